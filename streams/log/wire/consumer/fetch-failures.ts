import { StreamsError } from '../../../errors.ts'
import { partitionKey, type TopicPartition } from '../../../record.ts'
import { outOfRange } from '../../kafka/failures.ts'
import type { Cluster } from '../network/cluster.ts'
import { CorruptError } from '../protocol/byte-reader.ts'
import { type BrokerError, CODES } from '../protocol/error-codes.ts'
import { earliestOffsets, latestOffsets } from './offsets.ts'
import type { Position } from './position.ts'

/** Bytes that cannot be read, by where they lie. Whoever wants to go on past them has to say so by resetting offsets. */
export function asCorrupt(error: unknown, { topic, partition, offset }: Position): unknown {
  if (!(error instanceof CorruptError)) return error
  const message = `${topic}, partition ${partition}, from offset ${offset}: ${error.message}`
  return new StreamsError('DESERIALIZATION', message, { topic, partition, offset: BigInt(offset) }, error)
}

export function truncated({ topic, partition, next }: Position, endOffset: number): StreamsError {
  const message =
    `${topic}, partition ${partition}: what was read up to offset ${next} is no longer in the log, which went another way ` +
    `at offset ${endOffset}: an unclean election lost records. Decide from where to go on, and reset the group's offsets.`
  return new StreamsError('INVALID_STATE', message, { topic, partition, offset: BigInt(next) })
}

export function createdAnew({ topic, partition, next }: Position): StreamsError {
  const message =
    `topic ${topic} was deleted and created anew while it was read: offset ${next} means another record now. ` +
    "Reset the reading group's offsets to go on."
  return new StreamsError('INVALID_STATE', message, { topic, partition, offset: BigInt(next) })
}

/** What the broker said, named; undefined where the position is in the log after all. */
export async function outOfRangeIfSo(cluster: Cluster, position: Position, said: BrokerError): Promise<unknown> {
  if (said.code !== CODES.OFFSET_OUT_OF_RANGE) return said
  try {
    const at: readonly TopicPartition[] = [position]
    const key = partitionKey(position)
    const first = (await earliestOffsets(cluster, at)).get(key) ?? 0
    const end = (await latestOffsets(cluster, at)).get(key) ?? 0
    if (position.next >= first && position.next <= end) return undefined
    return outOfRange(position, BigInt(position.next), said)
  } catch (error) {
    return error
  }
}
