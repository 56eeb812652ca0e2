import { StreamsError } from '../../errors.ts'
import type { TopicPartition } from '../../record.ts'

/** The log does not hold the offset to continue from: never skipped in silence, since records would be lost. */
export function outOfRange(at: TopicPartition, offset: bigint | undefined, cause?: unknown): StreamsError {
  const where = `${at.topic}, partition ${at.partition}`
  const which = offset === undefined ? 'the offset to continue from' : `offset ${offset}, to continue from,`
  return new StreamsError(
    'INVALID_STATE',
    `${where}: ${which} is not in the log. Retention removed it before it was read, or the topic was created anew. ` +
      "Raise the topic's retention, then reset the reading group's offsets to go on from what is there.",
    { topic: at.topic, partition: at.partition, ...(offset === undefined ? {} : { offset }) },
    cause,
  )
}

/** A topic is not on the log. */
export function topicMissing(topic: string, cause?: unknown): StreamsError {
  const message = `topic ${topic} does not exist on the log. Create it first: plan, then apply the topology.`
  return new StreamsError('TOPIC_MISSING', message, { topic }, cause)
}
