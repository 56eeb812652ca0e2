import { setTimeout as sleep } from 'node:timers/promises'
import { type LogRecord, partitionKey, type TopicPartition } from '../../../record.ts'
import type { Wakeup } from '../../kafka/wakeup.ts'
import { isPassing } from '../failures.ts'
import type { Cluster } from '../network/cluster.ts'
import { BrokerError, check } from '../protocol/error-codes.ts'
import { FETCH, type FetchedPartition } from '../protocol/record-messages.ts'
import { VisibleRecords } from '../records/visible-records.ts'
import { asCorrupt, createdAnew, outOfRangeIfSo, truncated } from './fetch-failures.ts'
import { Position } from './position.ts'

const READ_COMMITTED = 1
const ANSWER_BYTES = 8 * 1024 * 1024
const PARTITION_BYTES = 1024 * 1024
/** A partition with so much waiting is not fetched until the caller has taken some. */
const QUEUE_BYTES = 1024 * 1024
/** How long a broker holds a request when it has nothing new. */
const WAIT_MS = 250
/** The same while partitions are left out because they have enough: those may need more at any moment. */
const SHORT_WAIT_MS = 10
const RETRY_FIRST_MS = 50
/** Leaders move; only what lasts longer is told. */
const FAILING_PATIENCE_MS = 3_000

/**
 * Reads partitions ahead into bounded queues, one request at a time per broker. Committed records only.
 * A failure is kept for the next `take`; fetching goes on, since brokers come back.
 */
export class Fetcher {
  readonly #cluster: Cluster
  readonly #arrived: Wakeup
  readonly #positions = new Map<string, Position>()
  readonly #asking = new Set<number>()
  #failure: unknown
  #failingSinceMs: number | undefined
  #recovering: Promise<void> | undefined
  #closed = false

  /** `arrived` is woken on records and failures. */
  constructor(cluster: Cluster, arrived: Wakeup) {
    this.#cluster = cluster
    this.#arrived = arrived
  }

  /** Reads these and nothing else. Whatever was read ahead is dropped. */
  assign(from: readonly (TopicPartition & { readonly offset: number })[]): void {
    this.#positions.clear()
    this.#failure = undefined
    this.#failingSinceMs = undefined
    for (const at of from) {
      const { topicId } = this.#cluster.topic(at.topic)
      this.#positions.set(partitionKey(at), new Position(at, topicId, at.offset))
    }
    this.#fetchMore()
  }

  pause(partitions: readonly TopicPartition[], paused: boolean): void {
    for (const at of partitions) {
      const position = this.#positions.get(partitionKey(at))
      if (position !== undefined) position.paused = paused
    }
    if (paused) return
    this.#arrived.wake()
    this.#fetchMore()
  }

  position(at: TopicPartition): number | undefined {
    return this.#positions.get(partitionKey(at))?.offset
  }

  /** Up to so many records that are here already. @throws what went wrong since, once. */
  take(recordsMax: number): readonly LogRecord[] {
    this.#throwFailure()
    const taken: LogRecord[] = []
    for (const [key, position] of [...this.#positions]) {
      if (taken.length >= recordsMax) break
      if (position.paused || position.isEmpty) continue
      try {
        position.take(taken, recordsMax - taken.length)
      } catch (error) {
        // What was taken before it is handed out first; the broken batch stays where it is.
        position.failure = asCorrupt(error, position)
        if (taken.length === 0) this.#throwFailure()
      }
      // To the end of the line, so that one busy partition does not keep the others waiting.
      this.#positions.delete(key)
      this.#positions.set(key, position)
    }
    if (taken.length === 0) this.#throwLasting()
    this.#fetchMore()
    return taken
  }

  close(): void {
    this.#closed = true
    this.#positions.clear()
  }

  #throwFailure(): void {
    for (const position of this.#positions.values()) {
      const { failure } = position
      position.failure = undefined
      if (failure !== undefined) throw failure
    }
  }

  #throwLasting(): void {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure
  }

  #wanted(): readonly Position[] {
    if (this.#closed || this.#recovering !== undefined) return []
    return [...this.#positions.values()].filter(
      ({ paused, checked, failure, queuedBytes }) =>
        !paused && !checked && failure === undefined && queuedBytes < QUEUE_BYTES,
    )
  }

  #fetchMore(): void {
    const wanted = this.#wanted()
    if (wanted.length === 0) return
    try {
      const byLeader = Map.groupBy(wanted, (at) => this.#cluster.leaderOf(at.topic, at.partition).leaderId)
      for (const [leaderId, positions] of byLeader) {
        if (!this.#asking.has(leaderId)) void this.#fetchFrom(leaderId, positions)
      }
    } catch (error) {
      this.#recover(error)
    }
  }

  async #fetchFrom(leaderId: number, positions: readonly Position[]): Promise<void> {
    this.#asking.add(leaderId)
    const alone = positions.find((position) => position.alone)
    const asked = alone === undefined ? positions : [alone]
    const waitMs = asked.length < this.#positions.size ? SHORT_WAIT_MS : WAIT_MS
    try {
      const answer = await this.#cluster.request(leaderId, 'fetching', FETCH, this.#bodyOf(asked, waitMs))
      check(answer.errorCode, 'Fetch')
      const moved = answer.topics.flatMap(({ topicId, partitions }) =>
        partitions.flatMap((fetched) => this.#accept(asked, topicId, fetched) ?? []),
      )
      if (moved.length > 0) this.#recover(moved[0])
      else this.#failingSinceMs = undefined
    } catch (error) {
      this.#recover(error)
    } finally {
      this.#asking.delete(leaderId)
      this.#fetchMore()
    }
  }

  #bodyOf(asked: readonly Position[], maxWaitMs: number) {
    const topics = [...Map.groupBy(asked, ({ topicId }) => topicId)].map(([topicId, group]) => ({
      topicId,
      partitions: group.map(({ topic, partition, next, lastEpoch }) => ({
        partition,
        currentLeaderEpoch: this.#cluster.leaderOf(topic, partition).leaderEpoch,
        fetchOffset: next,
        lastFetchedEpoch: lastEpoch,
        logStartOffset: -1,
        partitionMaxBytes: PARTITION_BYTES,
      })),
    }))
    const session = { sessionId: 0, sessionEpoch: -1, forgotten: [], rackId: '' }
    const limits = { maxWaitMs, minBytes: 1, maxBytes: ANSWER_BYTES, isolationLevel: READ_COMMITTED }
    return { replicaId: -1, ...limits, ...session, topics }
  }

  /** What makes it worth looking for the leaders again, if anything. */
  #accept(asked: readonly Position[], topicId: string, fetched: FetchedPartition): unknown {
    const position = asked.find((at) => at.topicId === topicId && at.partition === fetched.partition)
    // Taken away, or set to elsewhere, while the answer was under way.
    if (position === undefined || this.#positions.get(partitionKey(position)) !== position) return undefined
    try {
      if (fetched.divergingEpoch !== undefined) throw truncated(position, fetched.divergingEpoch.endOffset)
      check(fetched.errorCode, `reading ${partitionKey(position)}`)
      const bytes = fetched.records ?? Buffer.alloc(0)
      const { topic, partition, next } = position
      const records = new VisibleRecords(topic, partition, next, bytes, fetched.abortedTransactions)
      position.alone = !records.hasBatches && bytes.length > 0
      if (records.hasBatches) position.accept(records)
      if (!records.isEmpty) this.#arrived.wake()
      return undefined
    } catch (error) {
      if (isPassing(error)) return error
      this.#failPosition(position, error)
      return undefined
    }
  }

  #failPosition(position: Position, error: unknown): void {
    if (!(error instanceof BrokerError)) {
      position.failure = asCorrupt(error, position)
      this.#arrived.wake()
      return
    }
    // Looked at closely before it is said: a broker that is just starting may not know its own end yet.
    position.checked = true
    void outOfRangeIfSo(this.#cluster, position, error).then((failure) => {
      position.failure = failure
      position.checked = false
      if (failure === undefined) this.#fetchMore()
      else this.#arrived.wake()
    })
  }

  /** Pauses all fetching for a moment and asks for the leaders anew. */
  #recover(error: unknown): void {
    this.#failingSinceMs ??= performance.now()
    if (!isPassing(error) || performance.now() - this.#failingSinceMs > FAILING_PATIENCE_MS) {
      this.#failure = error
      this.#arrived.wake()
    }
    this.#recovering ??= this.#refresh().finally(() => {
      this.#recovering = undefined
      this.#fetchMore()
    })
  }

  async #refresh(): Promise<void> {
    await sleep(RETRY_FIRST_MS + RETRY_FIRST_MS * Math.random())
    if (this.#closed) return
    try {
      await this.#cluster.refresh()
      for (const position of this.#positions.values()) {
        if (this.#cluster.topic(position.topic).topicId !== position.topicId) position.failure = createdAnew(position)
      }
    } catch (error) {
      this.#failure = error
      this.#arrived.wake()
    }
  }
}
