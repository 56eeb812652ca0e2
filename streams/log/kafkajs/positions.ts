import { partitionKey, type TopicPartition } from '../../record.ts'
import type { Cluster } from './internals.ts'

const EARLIEST = -2

/** Offset of the first record each partition still holds, by `partitionKey`. */
export async function earliestOffsets(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<string, bigint>> {
  const topics = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, group]) => ({
    topic,
    partitions: group.map(({ partition }) => ({ partition })),
    fromTimestamp: EARLIEST,
  }))
  const answers = topics.length === 0 ? [] : await cluster.fetchTopicsOffset(topics)
  return new Map(
    answers.flatMap(({ topic, partitions: known }) =>
      known.map(({ partition, offset }) => [partitionKey({ topic, partition }), BigInt(offset)] as const),
    ),
  )
}
