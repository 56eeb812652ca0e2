import { setTimeout as sleep } from 'node:timers/promises'
import { type Headers, type LogRecord, partitionKey, type TopicPartition } from '../../record.ts'
import { outOfRange } from '../kafka/failures.ts'
import type { Wakeup } from '../kafka/wakeup.ts'
import { committedOnly } from './aborted.ts'
import { isMoved } from './failures.ts'
import type { Broker, Cluster, FetchedPartition, FetchedRecord, TopicList } from './internals.ts'

const FETCH_WAIT_MS = 200
const FETCH_BYTES = 8 * 1024 * 1024
const PARTITION_BYTES = 1024 * 1024
/** A partition with so many records waiting is not fetched until the caller has taken some. */
const QUEUE_RECORDS = 5_000
const READ_COMMITTED = 1
const RETRY_MS = 300

interface Position extends TopicPartition {
  next: bigint
  paused: boolean
  /** Asked for alone: a full answer to many partitions may leave some of them out. */
  alone: boolean
  readonly queue: LogRecord[]
}

/**
 * Reads partitions ahead into bounded queues, one request at a time per broker. Committed records only.
 * A failure is kept for the next `take`; fetching goes on, since brokers come back.
 */
export class Fetcher {
  readonly #cluster: Cluster
  readonly #arrived: Wakeup
  readonly #positions = new Map<string, Position>()
  #running: Promise<void> | undefined
  #closed = false
  #failure: unknown

  /** `arrived` is woken on records and failures. */
  constructor(cluster: Cluster, arrived: Wakeup) {
    this.#cluster = cluster
    this.#arrived = arrived
  }

  /** Reads these and nothing else. Whatever was read ahead is dropped. */
  assign(from: readonly (TopicPartition & { readonly offset: bigint })[]): void {
    this.#positions.clear()
    this.#failure = undefined
    for (const { topic, partition, offset } of from) {
      const position = { topic, partition, next: offset, paused: false, alone: false, queue: [] }
      this.#positions.set(partitionKey(position), position)
    }
    this.#fetchMore()
  }

  pause(partitions: readonly TopicPartition[], paused: boolean): void {
    for (const at of partitions) {
      const position = this.#positions.get(partitionKey(at))
      if (position !== undefined) position.paused = paused
    }
    if (!paused) {
      this.#arrived.wake()
      this.#fetchMore()
    }
  }

  /** The next offset to be taken; markers and aborted records that were passed are behind it. */
  position(at: TopicPartition): bigint | undefined {
    const position = this.#positions.get(partitionKey(at))
    return position?.queue[0]?.offset ?? position?.next
  }

  /** Up to so many records that are here already. @throws what went wrong since, once. */
  take(recordsMax: number): readonly LogRecord[] {
    const taken: LogRecord[] = []
    for (const [key, position] of [...this.#positions]) {
      if (taken.length >= recordsMax) break
      if (position.paused || position.queue.length === 0) continue
      taken.push(...position.queue.splice(0, recordsMax - taken.length))
      // To the end of the line, so that one busy partition does not keep the others waiting.
      this.#positions.delete(key)
      this.#positions.set(key, position)
    }
    if (taken.length === 0 && this.#failure !== undefined) {
      const failure = this.#failure
      this.#failure = undefined
      throw failure
    }
    this.#fetchMore()
    return taken
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#positions.clear()
    await this.#running
  }

  #wanted(): readonly Position[] {
    if (this.#closed) return []
    const wanted = [...this.#positions.values()].filter((p) => !p.paused && p.queue.length < QUEUE_RECORDS)
    const alone = wanted.find((p) => p.alone)
    return alone === undefined ? wanted : [alone]
  }

  #fetchMore(): void {
    if (this.#running !== undefined || this.#wanted().length === 0) return
    this.#running = this.#fetchWhileWanted().finally(() => {
      this.#running = undefined
      this.#fetchMore()
    })
  }

  async #fetchWhileWanted(): Promise<void> {
    for (let wanted = this.#wanted(); wanted.length > 0; wanted = this.#wanted()) {
      try {
        await this.#round(wanted)
      } catch (error) {
        if (!isMoved(error)) this.#fail(error)
        await sleep(RETRY_MS)
        if (!this.#closed) await this.#cluster.refreshMetadata().catch((failure: unknown) => this.#fail(failure))
      }
    }
  }

  #fail(error: unknown): void {
    this.#failure = error
    this.#arrived.wake()
  }

  async #round(wanted: readonly Position[]): Promise<void> {
    await this.#cluster.refreshMetadataIfNecessary()
    const byLeader = Map.groupBy(wanted, ({ topic, partition }) => leaderOf(this.#cluster, topic, partition))
    await Promise.all(
      [...byLeader].map(async ([nodeId, positions]) => {
        const broker = await this.#cluster.findBroker({ nodeId })
        await this.#fetchFrom(broker, positions)
      }),
    )
  }

  async #fetchFrom(broker: Broker, positions: readonly Position[]): Promise<void> {
    const asked = new Map(positions.map((position) => [partitionKey(position), position]))
    const { responses } = await broker
      .fetch({ ...LIMITS, topics: requestOf(positions) })
      .catch((error: unknown) => Promise.reject(namingOffset(error, asked)))
    for (const { topicName, partitions } of responses) {
      for (const fetched of partitions) {
        const key = partitionKey({ topic: topicName, partition: fetched.partition })
        const position = asked.get(key)
        // Taken away, or set to elsewhere, while the answer was under way.
        if (position !== undefined && this.#positions.get(key) === position) accept(position, fetched)
      }
    }
    if (positions.some(({ queue }) => queue.length > 0)) this.#arrived.wake()
  }
}

const LIMITS = {
  maxWaitTime: FETCH_WAIT_MS,
  minBytes: 1,
  maxBytes: FETCH_BYTES,
  isolationLevel: READ_COMMITTED,
} as const

function requestOf(
  positions: readonly Position[],
): TopicList<{ partition: number; fetchOffset: string; maxBytes: number }>[] {
  return [...Map.groupBy(positions, ({ topic }) => topic)].map(([topic, group]) => ({
    topic,
    partitions: group.map(({ partition, next }) => ({
      partition,
      fetchOffset: next.toString(),
      maxBytes: PARTITION_BYTES,
    })),
  }))
}

function accept(position: Position, fetched: FetchedPartition): void {
  const records = fetched.messages.filter(({ offset }) => BigInt(offset) >= position.next)
  const last = records.at(-1)
  if (last === undefined) {
    // Compaction leaves batches without records, which the client cannot tell from an answer that had no room.
    if (position.next >= BigInt(fetched.lastStableOffset)) position.alone = false
    else if (position.alone) position.next += 1n
    else position.alone = true
    return
  }
  position.alone = false
  position.next = BigInt(last.offset) + 1n
  // Markers and aborted records count for the position only. Filtered over all that came: a marker may lie before it.
  const visible = committedOnly(fetched.messages, fetched.abortedTransactions)
  const first = BigInt(records[0]?.offset ?? last.offset)
  for (const record of visible) if (BigInt(record.offset) >= first) position.queue.push(toLogRecord(position, record))
}

function toLogRecord({ topic, partition }: TopicPartition, record: FetchedRecord): LogRecord {
  return {
    topic,
    partition,
    offset: BigInt(record.offset),
    timestampMs: Number(record.timestamp),
    key: record.key ?? undefined,
    value: record.value ?? undefined,
    headers: toHeaders(record.headers),
  }
}

/** The last value wins where another writer set a header twice. */
function toHeaders(headers: FetchedRecord['headers']): Headers {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      const last = Array.isArray(value) ? value.at(-1) : value
      return last === undefined || last === null ? [] : [[name, last.toString()]]
    }),
  )
}

function leaderOf(cluster: Cluster, topic: string, partition: number): string {
  const [leader] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]))
  if (leader !== undefined) return leader
  throw Object.assign(new Error(`${topic}, partition ${partition} has no leader`), { type: 'LEADER_NOT_AVAILABLE' })
}

function namingOffset(error: unknown, asked: ReadonlyMap<string, Position>): unknown {
  const { name, topic, partition } = error as { name?: string; topic?: string; partition?: number }
  if (name !== 'KafkaJSOffsetOutOfRange' || topic === undefined || partition === undefined) return error
  const at = { topic, partition }
  return outOfRange(at, asked.get(partitionKey(at))?.next, error)
}
