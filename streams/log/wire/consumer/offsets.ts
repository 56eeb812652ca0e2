import { partitionKey, type TopicPartition } from '../../../record.ts'
import { isPassing } from '../failures.ts'
import type { Cluster } from '../network/cluster.ts'
import { LIST_OFFSETS } from '../protocol/cluster-messages.ts'
import { check } from '../protocol/error-codes.ts'
import { COORDINATOR_PATIENCE_MS } from '../settings.ts'

const EARLIEST = -2
const LATEST = -1
const READ_UNCOMMITTED = 0
const READ_COMMITTED = 1

/** First offset each partition still holds, by `partitionKey`. */
export const earliestOffsets = (
  cluster: Cluster,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<string, number>> => listOffsets(cluster, partitions, EARLIEST)

/** Offset behind the last record each partition holds, committed or not. */
export const latestOffsets = (
  cluster: Cluster,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<string, number>> => listOffsets(cluster, partitions, LATEST)

/** Offset behind the last record that a reader of committed data can reach. */
export const stableOffsets = (
  cluster: Cluster,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<string, number>> => listOffsets(cluster, partitions, LATEST, READ_COMMITTED)

async function listOffsets(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  timestamp: number,
  isolationLevel: number = READ_UNCOMMITTED,
): Promise<ReadonlyMap<string, number>> {
  const backoff = cluster.backoff()
  const untilMs = performance.now() + COORDINATOR_PATIENCE_MS
  for (;;) {
    try {
      return await listOnce(cluster, partitions, timestamp, isolationLevel)
    } catch (error) {
      if (!isPassing(error) || performance.now() > untilMs) throw error
      await backoff.wait()
      await cluster.refresh()
    }
  }
}

async function listOnce(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  timestamp: number,
  isolationLevel: number,
): Promise<ReadonlyMap<string, number>> {
  const byLeader = Map.groupBy(partitions, (at) => cluster.leaderOf(at.topic, at.partition).leaderId)
  const answers = await Promise.all(
    [...byLeader].map(([leaderId, of]) => {
      const topics = [...Map.groupBy(of, ({ topic }) => topic)].map(([name, group]) => ({
        name,
        partitions: group.map(({ partition }) => ({ partition, currentLeaderEpoch: -1, timestamp })),
      }))
      const body = { replicaId: -1, isolationLevel, topics }
      return cluster.request(leaderId, 'requests', LIST_OFFSETS, body)
    }),
  )
  const found = new Map<string, number>()
  for (const { name, partitions: of } of answers.flatMap(({ topics }) => topics)) {
    for (const { partition, errorCode, offset } of of) {
      const key = partitionKey({ topic: name, partition })
      check(errorCode, `offsets of ${key}`)
      found.set(key, offset)
    }
  }
  return found
}

export const partitionsOf = (cluster: Cluster, topic: string): readonly TopicPartition[] =>
  cluster.topic(topic).partitions.map((_, partition) => ({ topic, partition }))
