import { CommandError, EXIT } from '../../output.ts'

/** Where offsets are moved to. */
export type ResetTarget =
  | { readonly kind: 'earliest' | 'latest' }
  | { readonly kind: 'offset'; readonly offset: bigint }
  /** The first record at or after this time. */
  | { readonly kind: 'time'; readonly timestampMs: number }

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `earliest`, `latest`, `1200`, `2026-03-02T10:00:00Z`, `-90m`. A time without a zone would mean another one elsewhere. */
export function parseTarget(text: string, nowMs: number): ResetTarget {
  if (text === 'earliest' || text === 'latest') return { kind: text }
  if (/^\d+$/.test(text)) return { kind: 'offset', offset: BigInt(text) }
  const [, count, unit] = /^-(\d+)(s|m|h|d)$/.exec(text) ?? []
  if (count !== undefined && unit !== undefined) return timeAt(nowMs - Number(count) * (UNITS_MS[unit] ?? 0))
  const isInstant = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text)
  const timestampMs = isInstant && isDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(timestampMs)) return timeAt(timestampMs)
  throw new CommandError(
    EXIT.usage,
    `--to is ${JSON.stringify(text)}`,
    'it takes earliest, latest, an offset such as 1200, a time such as 2026-03-02T10:00:00Z, or a duration such as -90m',
  )
}

/** A time, or a duration back. @throws CommandError that names the flag */
export function parseTime(text: string, flag: string, nowMs: number): number {
  const isPlace = /^(earliest|latest|\d+)$/.test(text)
  try {
    const target = isPlace ? undefined : parseTarget(text, nowMs)
    if (target?.kind === 'time') return target.timestampMs
  } catch {
    // Told below, by the flag's own name.
  }
  throw new CommandError(
    EXIT.usage,
    `${flag} is ${JSON.stringify(text)}`,
    'it takes a time such as 2026-03-02T10:00:00Z, or a duration back such as -90m',
  )
}

/** No record is older than 1970, and to Kafka times before it are other things than times. */
const timeAt = (timestampMs: number): ResetTarget => ({ kind: 'time', timestampMs: Math.max(0, timestampMs) })

/** `Date.parse` takes the 31st of February for the 3rd of March. */
function isDay(day: string): boolean {
  const ms = Date.parse(day)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day)
}
