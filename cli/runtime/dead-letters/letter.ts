import type { Headers, LogRecord, ProducerRecord } from '../../../streams/index.ts'

/** A dead letter as its headers tell it. */
export interface Letter {
  readonly node: string
  readonly offset: bigint
  readonly timestampMs: number
  readonly stage: string
  readonly errorClass: string
  readonly message: string
  readonly attempts: number
  readonly failedAt: string
  /** How often it was replayed before. */
  readonly replays: number
  /** Where the record lay; undefined for a timer, and for what a source made. */
  readonly origin:
    | { readonly topic: string; readonly partition: number; readonly offset: string; readonly timestampMs: number }
    | undefined
  readonly record: LogRecord
}

/** How often a record was replayed: counted in the record itself, so that it comes along when it fails again. */
export const REPLAYS_HEADER = 'dlq.replays'
const REPLAYED_FROM_HEADER = 'dlq.replayed_from'

export function letterOf(node: string, record: LogRecord): Letter {
  const { headers } = record
  return {
    node,
    offset: record.offset,
    timestampMs: record.timestampMs,
    stage: headers['dlq.stage'] ?? 'unknown',
    errorClass: headers['dlq.error.class'] ?? 'unknown',
    message: headers['dlq.error.message'] ?? '',
    attempts: wholeOf(headers['dlq.attempts']) ?? 0,
    failedAt: headers['dlq.last_at'] ?? timeText(record.timestampMs),
    replays: wholeOf(headers[REPLAYS_HEADER]) ?? 0,
    origin: originOf(record),
    record,
  }
}

/** Undefined also where what others wrote names no place: such a letter cannot be put back. */
function originOf({ headers, timestampMs }: LogRecord): Letter['origin'] {
  const [topic, partition] = [headers['dlq.topic'], wholeOf(headers['dlq.partition'] ?? '0')]
  if (topic === undefined || partition === undefined) return undefined
  return {
    topic,
    partition,
    offset: headers['dlq.offset'] ?? '',
    timestampMs: wholeOf(headers['dlq.timestamp']) ?? timestampMs,
  }
}

function wholeOf(text: string | undefined): number | undefined {
  const number = text !== undefined && /^\d+$/.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(number) ? number : undefined
}

/** A record may have any time, one that no calendar has too. */
export const timeText = (timestampMs: number): string => {
  const time = new Date(timestampMs)
  return Number.isNaN(time.getTime()) ? `${timestampMs} ms` : time.toISOString()
}

/** The record as it was, on its way to where it lay: its own partition and time, its own headers, and one replay more. */
export function replayOf({ record, origin, replays, offset }: Letter): ProducerRecord | undefined {
  if (origin === undefined) return undefined
  return {
    topic: origin.topic,
    partition: origin.partition,
    timestampMs: origin.timestampMs,
    key: record.key,
    value: record.value,
    headers: {
      ...ownHeaders(record.headers),
      [REPLAYS_HEADER]: String(replays + 1),
      [REPLAYED_FROM_HEADER]: `${record.topic}-${record.partition} @ ${offset}`,
    },
  }
}

const ownHeaders = (headers: Headers): Headers =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => !name.startsWith('dlq.') && !name.startsWith('__connect.errors.')),
  )

export interface LetterFilter {
  readonly code?: string | undefined
  readonly stage?: string | undefined
  /** Part of the message. */
  readonly message?: string | undefined
  readonly key?: string | undefined
  readonly sinceMs?: number | undefined
  readonly untilMs?: number | undefined
  readonly offset?: bigint | undefined
}

export function matches(letter: Letter, filter: LetterFilter): boolean {
  const failedMs = Date.parse(letter.failedAt)
  const { key } = letter.record
  return (
    (filter.code === undefined || letter.errorClass === filter.code) &&
    (filter.stage === undefined || letter.stage === filter.stage) &&
    (filter.message === undefined || letter.message.includes(filter.message)) &&
    (filter.key === undefined || (key !== undefined && Buffer.from(key).toString() === filter.key)) &&
    (filter.sinceMs === undefined || failedMs >= filter.sinceMs) &&
    (filter.untilMs === undefined || failedMs < filter.untilMs) &&
    (filter.offset === undefined || letter.offset === filter.offset)
  )
}

export const isReplayable = ({ origin, replays }: Letter, maxReplays: number): boolean =>
  origin !== undefined && replays < maxReplays
