import type { BridgeList } from '../../api/contract.ts'
import { grouped, type Mark, mark, spanText, table } from '../output.ts'
import { slowestOf } from '../runtime/lag/lag-metrics.ts'
import type { LagRow } from '../runtime/lag/lag-row.ts'

const ARROWS = { falling: '↘ falling', steady: '→ steady', rising: '↗ growing' } as const
const MARKS: Readonly<Record<LagRow['status'], Mark>> = {
  ok: 'good',
  warn: 'warn',
  never: 'warn',
  rewind: 'bad',
  stall: 'bad',
  stop: 'bad',
}
const HEADS = ['TASK', 'SOURCE', 'COMMITTED', 'END', 'LAG', 'BEHIND', 'TREND', 'CATCH UP', 'STATUS']

/** So many rows fit on a screen, and the worst are on top. */
export const LAG_ROWS = 20

/**
 * Worst first, then a sentence that answers the question. A lag that is the most there can be is `≤`. Beyond `rowsMax` a line
 * says how many there are.
 */
export function lagText(rows: readonly LagRow[], rowsMax = Number.POSITIVE_INFINITY): string {
  const sorted = rows.toSorted(
    (a, b) =>
      b.lag_records - a.lag_records ||
      troubleOf(b) - troubleOf(a) ||
      a.task_id.localeCompare(b.task_id) ||
      a.topic.localeCompare(b.topic),
  )
  const lines = sorted
    .slice(0, rowsMax)
    .map((row) => [
      row.task_id,
      `${row.topic}-${row.partition}`,
      row.committed_offset ?? 'never',
      row.end_offset,
      `${row.lag_exact ? '' : '≤'}${grouped(row.lag_records)}`,
      row.lag_records === 0 ? '-' : row.behind_ms === null ? 'unknown' : spanText(row.behind_ms),
      row.lag_records === 0 ? '' : ARROWS[row.trend],
      catchUpText(row),
      row.status,
    ])
  // Coloured behind the layout: a colour has no width.
  const drawn = table(HEADS, lines, new Set([2, 3, 4, 5, 7]))
  return `${drawn.replaceAll(/\b(ok|warn|never|rewind|stall|stop)$/gm, (word) => mark(word, MARKS[word as LagRow['status']]))}${leftText(sorted.slice(rowsMax))}\n\n${summaryOf(rows)}`
}

/** Of rows that have the same left to read those that are not well come first. */
const troubleOf = ({ status }: LagRow): number => Number(status !== 'ok')

function leftText(left: readonly LagRow[]): string {
  if (left.length === 0) return ''
  const nothing = left.every(({ lag_records, status }) => lag_records === 0 && status === 'ok')
  return `\n… and ${left.length} more${nothing ? ' with nothing to read' : ''}: --all`
}

const catchUpText = (row: LagRow): string =>
  row.lag_records === 0 ? '' : row.catch_up_ms === null ? 'not in sight' : spanText(row.catch_up_ms)

function summaryOf(rows: readonly LagRow[]): string {
  const behind = rows.filter((row) => row.lag_records > 0)
  if (behind.length === 0) return 'Everything is keeping up.'
  const worst = behind.toSorted((a, b) => (b.behind_ms ?? 0) - (a.behind_ms ?? 0))[0]
  const troubled = rows.filter((row) => row.status !== 'ok').length
  const left = slowestOf(behind.filter((row) => row.node === worst?.node))
  const age = worst?.behind_ms ? `, ${spanText(worst.behind_ms)} behind` : ''
  const ends = Number.isFinite(left) ? `; it has caught up in ${spanText(left)}` : ''
  const status = troubled === 0 ? '' : ` ${troubled} not ok.`
  return `${behind.length} of ${rows.length} partitions have something to read.${status} The slowest is ${worst?.task_id}${age}${ends}.`
}

const LIST_HEADS = ['LIST', 'BRIDGE', 'DIRECTION', 'WAITING', 'TAKEN', 'DEAD', 'OLDEST', 'GROWTH']

/** Lists of older services; ages from the second look on. While Redis is away, that. */
export async function listsText(lists: () => Promise<readonly BridgeList[]>): Promise<string> {
  const rows = await lists().catch((error: Error) => error.message)
  if (typeof rows === 'string') return `The lists of the bridges are not known: ${rows}`
  const lines = rows.map((row) => [
    row.list,
    row.name,
    row.direction,
    ...[row.waiting, row.taken, row.dead].map(grouped),
    row.waiting === 0 ? '-' : row.oldest_ms === 0 ? 'unknown' : `≥${spanText(row.oldest_ms)}`,
    row.growth_per_second === null ? '' : `${row.growth_per_second}/s`,
  ])
  return table(LIST_HEADS, lines, new Set([3, 4, 5, 6, 7]))
}
