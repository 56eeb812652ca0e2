import { StreamsError } from '../../errors.ts'
import { topicMissing } from '../kafka/failures.ts'
import { ConnectionError, RefusedError } from './network/connection-error.ts'
import { CorruptError } from './protocol/byte-reader.ts'
import { BrokerError, CODES } from './protocol/error-codes.ts'

/** Repeating it later may help, at the same place or another. */
export const isPassing = (error: unknown): boolean =>
  error instanceof ConnectionError ||
  (error instanceof BrokerError && (error.kind === 'moved' || error.kind === 'wait' || error.kind === 'abort'))

export const isFenced = (error: unknown): boolean => error instanceof BrokerError && error.kind === 'fenced'

export const isMemberGone = (error: unknown): boolean => error instanceof BrokerError && error.kind === 'member'

export const isRebalance = (error: unknown): boolean => error instanceof BrokerError && error.kind === 'rebalance'

/** Names a failure by what can be done about it. */
export function toStreamsError(error: unknown, doing: string, brokers: readonly string[]): StreamsError {
  if (error instanceof StreamsError) return error
  const message = error instanceof Error ? error.message : String(error)
  const details = error instanceof BrokerError ? { code: error.code } : {}
  if (error instanceof BrokerError) {
    if (error.code === CODES.MESSAGE_TOO_LARGE || error.code === CODES.RECORD_LIST_TOO_LARGE) {
      const hint = 'A record is larger than brokers take: raise max.message.bytes, or shrink it.'
      return new StreamsError('RECORD_TOO_LARGE', `${doing}: ${message}. ${hint}`, details, error)
    }
    if (error.code === CODES.UNKNOWN_TOPIC_OR_PARTITION) return topicMissing(`named by: ${doing}`, error)
    if (error.kind === 'fenced') {
      const hint =
        'This process was replaced, nothing of it may be committed any more; ' +
        'if that repeats, another live process has the same transactional id.'
      return new StreamsError('PRODUCER_FENCED', `${doing}: ${message}. ${hint}`, details, error)
    }
    if (error.kind === 'member') return memberGone(doing, error)
    if (error.kind === 'refused') return refused(doing, message, error)
  }
  if (error instanceof RefusedError) return refused(doing, message, error)
  if (error instanceof CorruptError) return new StreamsError('DESERIALIZATION', `${doing}: ${message}`, {}, error)
  const where = `Kafka at ${brokers.join(', ')} cannot be used`
  return new StreamsError(
    'LOG_UNAVAILABLE',
    `${doing}: ${where}: ${message}`,
    { ...details, brokers: brokers.join(',') },
    error,
  )
}

export function memberGone(doing: string, cause?: unknown): StreamsError {
  const message =
    `${doing}: this process is no longer the group's member it was, others have its partitions. ` +
    'Nothing of it may be committed; the partitions are read again from the last commit.'
  return new StreamsError('PRODUCER_FENCED', message, {}, cause)
}

/** Password, certificate, rights or version: somebody has to change a setting first. */
const refused = (doing: string, message: string, cause: unknown): StreamsError =>
  new StreamsError('INVALID_STATE', `${doing}: the cluster refuses this client: ${message}`, {}, cause)
