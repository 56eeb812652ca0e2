import { grouped, spanText, table } from '../output.ts'
import type { Move } from '../runtime/operations/reset.ts'

const HEADS = ['PARTITION', 'FROM', 'TO', 'RECORDS', 'BEHIND NOW', 'BEHIND AFTER']
const age = (ms: number | undefined): string => (ms === undefined ? '-' : spanText(ms))
const place = (offset: bigint | undefined): string => (offset === undefined ? 'never' : String(offset))

export function movesText(group: string, moves: readonly Move[]): string {
  const rows = moves.map(({ at, from, to, records, behindMs, behindAfterMs, isClamped }) => [
    `${at.topic}-${at.partition}`,
    place(from?.offset),
    `${place(to?.offset)}${isClamped ? ' (as near as the log holds)' : ''}`,
    records === 0n ? '0' : `${records > 0n ? '+' : '-'}${grouped(records < 0n ? -records : records)}`,
    age(behindMs),
    age(behindAfterMs),
  ])
  return `${table(HEADS, rows, new Set([1, 3, 4, 5]))}\n\n${sentence(group, moves)}`
}

function sentence(group: string, moves: readonly Move[]): string {
  const sum = (of: (records: bigint) => boolean): bigint =>
    moves.reduce((total, { records }) => (of(records) ? total + (records < 0n ? -records : records) : total), 0n)
  const [again, skipped] = [sum((records) => records < 0n), sum((records) => records > 0n)]
  const parts = [
    ...(again > 0n ? [`reads ${grouped(again)} records again`] : []),
    ...(skipped > 0n ? [`skips ${grouped(skipped)} records`] : []),
  ]
  if (parts.length === 0) return `${group} stays where it is.`
  const oldest = Math.max(0, ...moves.map(({ behindAfterMs }) => behindAfterMs ?? 0))
  return `${group} ${parts.join(' and ')}; it is then ${spanText(oldest)} behind.`
}

export const moveJson = ({ at, from, to, records, behindMs, behindAfterMs, isClamped }: Move) => ({
  topic: at.topic,
  partition: at.partition,
  from: from === undefined ? null : String(from.offset),
  to: to === undefined ? null : String(to.offset),
  records: String(records),
  behind_ms: behindMs ?? null,
  behind_after_ms: behindAfterMs ?? null,
  clamped: isClamped,
})
