import { setTimeout as sleep } from 'node:timers/promises'
import { partitionKey, type TopicPartition } from '../../record.ts'
import type { KafkaConnection } from '../kafka/connection.ts'
import { openKafkajsAdmin } from '../kafkajs/driver.ts'
import type { CommittedOffset, LogAdmin } from '../port.ts'
import { committedOffsets } from './consumer/group-offsets.ts'
import { earliestOffsets, latestOffsets, partitionsOf, stableOffsets } from './consumer/offsets.ts'
import { toStreamsError } from './failures.ts'
import { Cluster } from './network/cluster.ts'

const STABLE_WAIT_MS = 5_000
const STABLE_POLL_MS = 10

/** Topics by the administrator that is always there; offsets by itself, since it waits for leaders and for transactions. */
export async function openWireAdmin(connection: KafkaConnection): Promise<LogAdmin> {
  const topics = await openKafkajsAdmin(connection)
  const offsets = new OffsetsAdmin(connection)
  return {
    ensureTopics: (wanted) => topics.ensureTopics(wanted),
    listTopics: () => topics.listTopics(),
    endOffsets: (topic) => offsets.ends(topic),
    writtenEnds: (topic) => offsets.written(topic),
    startOffsets: (topic) => offsets.starts(topic),
    committedOffsets: (groupId, of) => offsets.committed(groupId, of),
    close: async () => {
      offsets.close()
      await topics.close()
    },
  }
}

class OffsetsAdmin {
  readonly #cluster: Cluster

  constructor(connection: KafkaConnection) {
    this.#cluster = new Cluster(connection)
  }

  starts(topic: string): Promise<readonly bigint[]> {
    return this.#naming(`start of ${topic}`, async () => {
      const partitions = await this.#partitions([topic])
      return inOrder(partitions, await earliestOffsets(this.#cluster, partitions))
    })
  }

  written(topic: string): Promise<readonly bigint[]> {
    return this.#naming(`end of ${topic}`, async () => {
      const partitions = await this.#partitions([topic])
      return inOrder(partitions, await latestOffsets(this.#cluster, partitions))
    })
  }

  /**
   * Brokers answer a commit before they have written its end to every partition. So it waits until what is in the log now
   * has become stable; a transaction that stays open for longer is none that was committed before.
   */
  ends(topic: string): Promise<readonly bigint[]> {
    return this.#naming(`end of ${topic}`, async () => {
      const partitions = await this.#partitions([topic])
      const untilMs = performance.now() + STABLE_WAIT_MS
      const written = inOrder(partitions, await latestOffsets(this.#cluster, partitions))
      for (;;) {
        const ends = inOrder(partitions, await stableOffsets(this.#cluster, partitions))
        const areStable = ends.every((end, partition) => end >= (written[partition] ?? 0n))
        if (areStable || performance.now() >= untilMs) return ends
        await sleep(STABLE_POLL_MS)
      }
    })
  }

  /** Those of a transaction just about to end are waited for, or whoever takes over would go on from the ones before. */
  async committed(groupId: string, topics: readonly string[]): Promise<ReadonlyMap<string, CommittedOffset>> {
    if (topics.length === 0) return new Map()
    return this.#naming(`committed offsets of ${groupId}`, async () =>
      committedOffsets(this.#cluster, groupId, await this.#partitions(topics)),
    )
  }

  close(): void {
    this.#cluster.close()
  }

  async #partitions(topics: readonly string[]): Promise<readonly TopicPartition[]> {
    await this.#cluster.refresh(topics)
    return topics.flatMap((topic) => partitionsOf(this.#cluster, topic))
  }

  #naming<T>(doing: string, act: () => Promise<T>): Promise<T> {
    return act().catch((error: unknown) => Promise.reject(toStreamsError(error, doing, this.#cluster.brokers)))
  }
}

const inOrder = (partitions: readonly TopicPartition[], found: ReadonlyMap<string, number>): readonly bigint[] =>
  partitions.map((at) => BigInt(found.get(partitionKey(at)) ?? 0))
