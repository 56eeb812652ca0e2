import { StreamsError } from '../../errors.ts'
import type { TopicPartition } from '../../record.ts'
import { outOfRange, topicMissing } from '../kafka/failures.ts'

/** What kafkajs throws, as far as it is looked at. */
interface KafkajsFailure {
  readonly name: string
  readonly message: string
  readonly type?: string
  readonly topic?: string
  readonly partition?: number
  readonly cause?: unknown
  readonly code?: unknown
  readonly errors?: readonly unknown[]
}

/** The coordinator has given this member's place away: what it did meanwhile must not be committed. */
export const isMemberGone = (error: unknown): boolean =>
  ['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID'].includes(rootOf(error).type ?? '')

export const isRebalance = (error: unknown): boolean => rootOf(error).type === 'REBALANCE_IN_PROGRESS'

/** Metadata or coordinator are not where they were: ask again. */
export const isMoved = (error: unknown): boolean =>
  [
    'NOT_LEADER_FOR_PARTITION',
    'LEADER_NOT_AVAILABLE',
    'UNKNOWN_LEADER_EPOCH',
    'FENCED_LEADER_EPOCH',
    'NOT_COORDINATOR_FOR_GROUP',
    'GROUP_COORDINATOR_NOT_AVAILABLE',
    'GROUP_LOAD_IN_PROGRESS',
  ].includes(rootOf(error).type ?? '')

/** A topic that was listed a moment ago is not there: it was deleted since, or has just been made. */
export const isUnknownTopic = (error: unknown): boolean => rootOf(error).type === 'UNKNOWN_TOPIC_OR_PARTITION'

/** Names a failure of the client by what can be done about it. */
export function toStreamsError(error: unknown, doing: string, brokers: readonly string[]): StreamsError {
  if (error instanceof StreamsError) return error
  const root = rootOf(error)
  if (root.name === 'KafkaJSOffsetOutOfRange' && root.topic !== undefined && root.partition !== undefined) {
    const at: TopicPartition = { topic: root.topic, partition: root.partition }
    return outOfRange(at, undefined, error)
  }
  if (root.type === 'UNKNOWN_TOPIC_OR_PARTITION') return topicMissing(root.topic ?? `named by: ${doing}`, error)
  if (root.type === 'MESSAGE_TOO_LARGE' || root.type === 'RECORD_LIST_TOO_LARGE') {
    return new StreamsError(
      'RECORD_TOO_LARGE',
      `${doing}: ${root.message}. Raise max.message.bytes of the topic.`,
      {},
      error,
    )
  }
  if (isMemberGone(error)) return memberGone(doing, error)
  if (root.type?.endsWith('_AUTHORIZATION_FAILED')) {
    const what = root.topic === undefined ? doing : `${doing}: ${root.topic}`
    const message = `${what}: the cluster refuses this client: ${root.type}. The rights it needs: stonks acls`
    return new StreamsError('INVALID_STATE', message, root.topic === undefined ? {} : { topic: root.topic }, error)
  }
  if (root.name === 'KafkaJSNotImplemented') {
    const message = `${doing}: ${root.message}. Records compressed like that are read by driver librdkafka.`
    return new StreamsError('DESERIALIZATION', message, {}, error)
  }
  const message = `${doing}: Kafka at ${brokers.join(', ')} cannot be used: ${root.message}`
  return new StreamsError('LOG_UNAVAILABLE', message, { brokers: brokers.join(',') }, error)
}

export function memberGone(doing: string, cause?: unknown): StreamsError {
  const message =
    `${doing}: this process is no longer the group's member it was, others have its partitions. ` +
    'Nothing of it may be committed; the partitions are read again from the last commit.'
  return new StreamsError('PRODUCER_FENCED', message, {}, cause)
}

function rootOf(error: unknown): KafkajsFailure {
  const failure = error as KafkajsFailure
  if (failure?.name === 'KafkaJSNumberOfRetriesExceeded' && failure.cause) return rootOf(failure.cause)
  // Several topics made at once: the first that failed stands for all.
  return failure?.name === 'KafkaJSAggregateError' && failure.errors?.[0] ? rootOf(failure.errors[0]) : failure
}
