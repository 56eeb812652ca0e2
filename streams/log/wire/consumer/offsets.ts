import { partitionKey, type TopicPartition } from '../../../record.ts'
import type { OffsetsAt } from '../../operations.ts'
import { isPassing } from '../failures.ts'
import type { Cluster } from '../network/cluster.ts'
import { LIST_OFFSETS } from '../protocol/cluster-messages.ts'
import { check } from '../protocol/error-codes.ts'
import { COORDINATOR_PATIENCE_MS } from '../settings.ts'

const EARLIEST = -2
const LATEST = -1
const READ_UNCOMMITTED = 0
const READ_COMMITTED = 1

export interface ListedOffset {
  /** -1 where there is no record at or after the time asked for. */
  readonly offset: number
  readonly timestampMs: number
}

/** First offset each partition still holds, by `partitionKey`. */
export const earliestOffsets = (
  cluster: Cluster,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<string, number>> => onlyOffsets(listOffsets(cluster, partitions, EARLIEST))

/** Offset behind the last record each partition holds, committed or not. */
export const latestOffsets = (
  cluster: Cluster,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<string, number>> => onlyOffsets(listOffsets(cluster, partitions, LATEST))

/** Offset behind the last record that a reader of committed data can reach. */
export const stableOffsets = (
  cluster: Cluster,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<string, number>> => onlyOffsets(listOffsets(cluster, partitions, LATEST, READ_COMMITTED))

/** Offsets by what they are, or by time, with the time of the record there. */
export const findOffsets = (
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  at: OffsetsAt,
): Promise<ReadonlyMap<string, ListedOffset>> => {
  const timestamp = typeof at === 'object' ? at.timestampMs : at === 'earliest' ? EARLIEST : LATEST
  // By time, a broker looks below the last stable offset only where it is asked as a reader of committed data.
  return listOffsets(cluster, partitions, timestamp, at === 'stable' ? READ_COMMITTED : READ_UNCOMMITTED)
}

const onlyOffsets = async (listed: Promise<ReadonlyMap<string, ListedOffset>>): Promise<ReadonlyMap<string, number>> =>
  new Map([...(await listed)].map(([key, { offset }]) => [key, offset]))

async function listOffsets(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  timestamp: number,
  isolationLevel: number = READ_UNCOMMITTED,
): Promise<ReadonlyMap<string, ListedOffset>> {
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
): Promise<ReadonlyMap<string, ListedOffset>> {
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
  const found = new Map<string, ListedOffset>()
  for (const { name, partitions: of } of answers.flatMap(({ topics }) => topics)) {
    for (const { partition, errorCode, offset, timestamp: timestampMs } of of) {
      const key = partitionKey({ topic: name, partition })
      check(errorCode, `offsets of ${key}`)
      found.set(key, { offset, timestampMs })
    }
  }
  return found
}

export const partitionsOf = (cluster: Cluster, topic: string): readonly TopicPartition[] =>
  cluster.topic(topic).partitions.map((_, partition) => ({ topic, partition }))
