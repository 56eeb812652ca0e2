import { StreamsError } from '../../errors.ts'
import { topicMissing } from '../kafka/failures.ts'
import type { NativeError } from './native.ts'

/** Codes of librdkafka below zero are its own, those above the broker's. */
export const CODES = {
  ASSIGN_PARTITIONS: -175,
  REVOKE_PARTITIONS: -174,
  QUEUE_FULL: -184,
  TIMED_OUT: -185,
  STATE: -172,
  FENCED: -144,
  AUTO_OFFSET_RESET: -140,
  MAX_POLL_EXCEEDED: -147,
} as const

const FENCED = new Set<number>([CODES.FENCED, 47, 48, 49, 90])
/** Illegal generation, unknown member, fenced instance, fenced and stale member epoch. */
const MEMBER_GONE = new Set([22, 25, 82, 110, 113])
const TOO_LARGE = new Set([10, 18])
const UNKNOWN_TOPIC = new Set([3, -188, -190])

/** The process was replaced: as a member of its group, or as the holder of its transactional id. */
export const isFenced = (error: NativeError): boolean => FENCED.has(error.code) || MEMBER_GONE.has(error.code)

export const asNative = (error: unknown): NativeError => error as NativeError

/** Names a failure by what can be done about it. */
export function toStreamsError(error: unknown, doing: string, brokers: readonly string[]): StreamsError {
  if (error instanceof StreamsError) return error
  const native = asNative(error)
  const details = { code: native.code ?? 0 }
  if (isFenced(native)) {
    const message =
      `${doing}: this process was replaced (${native.message}). Nothing of it may be committed any more; ` +
      'if that repeats, another live process has the same transactional id.'
    return new StreamsError('PRODUCER_FENCED', message, details, error)
  }
  if (TOO_LARGE.has(native.code)) {
    const message = `${doing}: a record is larger than brokers take (${native.message}). Raise max.message.bytes, or shrink it.`
    return new StreamsError('RECORD_TOO_LARGE', message, details, error)
  }
  if (UNKNOWN_TOPIC.has(native.code)) return topicMissing(`named by: ${doing}`, error)
  const message = `${doing}: Kafka at ${brokers.join(', ')} cannot be used: ${native.message}`
  return new StreamsError('LOG_UNAVAILABLE', message, { ...details, brokers: brokers.join(',') }, error)
}
