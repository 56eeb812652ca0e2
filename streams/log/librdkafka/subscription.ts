import type { StreamsError } from '../../errors.ts'
import { type LogRecord, partitionKey, type TopicPartition } from '../../record.ts'
import type { KafkaConnection } from '../kafka/connection.ts'
import { outOfRange, topicMissing } from '../kafka/failures.ts'
import { Wakeup } from '../kafka/wakeup.ts'
import type { CommittedOffset } from '../port.ts'
import { asNative, CODES, toStreamsError } from './failures.ts'
import { toLogRecord } from './messages.ts'
import { type Native, type NativeConsumer, type NativePartition, promised } from './native.ts'
import { CONSUMER_TOPIC_CONFIG, connect, consumerConfig } from './settings.ts'

const BEGINNING = -2
const ASK_TIMEOUT_MS = 10_000
/** Longer than a dead process's transaction stays open (15 s) until the broker sees to it (every 10 s). */
const STABLE_TIMEOUT_MS = 30_000
/** How often partitions that stand still are looked after. */
const LOOK_MS = 30_000

/** A native consumer with promises: the part that readers and group members share. */
export class Subscription {
  readonly native: NativeConsumer
  readonly events = new Wakeup()
  readonly #connection: KafkaConnection
  /** Next offset of each assigned partition, as far as it is known. */
  readonly #next = new Map<string, TopicPartition & { readonly offset: bigint | undefined }>()
  readonly #ends = new Map<string, bigint>()
  /** Positions at the last look, and what was found out of place. */
  #looked: ReadonlyMap<string, bigint | undefined> = new Map()
  #lookAtMs = performance.now() + LOOK_MS
  #failure: unknown

  constructor(
    native: Native,
    connection: KafkaConnection,
    groupId: string,
    more: Readonly<Record<string, unknown>> = {},
  ) {
    this.#connection = connection
    const config = { ...consumerConfig(connection, groupId), queue_non_empty_cb: () => this.events.wake(), ...more }
    this.native = new native.KafkaConsumer(config, CONSUMER_TOPIC_CONFIG)
    // Told where it is asked for; behind a transaction's markers, which are no records.
    this.native.on('partition.eof', ({ topic, partition, offset }: Required<NativePartition>) => {
      this.#ends.set(partitionKey({ topic, partition }), BigInt(offset))
    })
  }

  async open(): Promise<void> {
    await connect(this.native, this.#connection)
    // Never wait in there: waits hold one of the few threads that the whole process shares.
    this.native.setDefaultConsumeTimeout(0)
  }

  async partitionsOf(topic: string): Promise<readonly TopicPartition[]> {
    const ask = { topic, timeout: ASK_TIMEOUT_MS }
    const { topics } = await promised<{ topics: { name: string; partitions: { id: number }[] }[] }>((done) =>
      this.native.getMetadata(ask, done),
    )
    const found = topics.find(({ name }) => name === topic)?.partitions ?? []
    if (found.length === 0) throw topicMissing(topic)
    return found.map(({ id }) => ({ topic, partition: id })).sort((a, b) => a.partition - b.partition)
  }

  /** Offsets the group has committed; waits for those that a transaction is just about to. */
  async committed(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, CommittedOffset>> {
    const ask = (done: Parameters<NativeConsumer['committed']>[2]): void =>
      void this.native.committed(partitions.map(toNative), STABLE_TIMEOUT_MS, done)
    const known = await promised<NativePartition[]>(ask)
    return new Map(
      known.flatMap(({ topic, partition, offset, metadata }) =>
        offset === undefined || offset < 0
          ? []
          : [[partitionKey({ topic, partition }), { offset: BigInt(offset), metadata: metadata ?? '' }] as const],
      ),
    )
  }

  /** Reads these from there on and nothing else; undefined is the beginning. @throws where the log begins later. */
  async assign(from: readonly (TopicPartition & { readonly offset: bigint | undefined })[]): Promise<void> {
    await Promise.all(from.map((at) => this.#checkHeld(at)))
    this.#next.clear()
    this.#ends.clear()
    for (const at of from) this.#next.set(partitionKey(at), at)
    this.native.assign(
      from.map(({ topic, partition, offset }) => ({
        topic,
        partition,
        offset: offset === undefined ? BEGINNING : Number(offset),
      })),
    )
  }

  unassign(): void {
    this.#next.clear()
    this.native.unassign()
  }

  /** What is here already. */
  async take(recordsMax: number): Promise<readonly LogRecord[]> {
    this.#lookAfterStill()
    try {
      const messages = await promised<Parameters<typeof toLogRecord>[0][]>((done) =>
        this.native.consume(recordsMax, done),
      )
      const records = messages.map(toLogRecord)
      for (const { topic, partition, offset } of records) this.#moveOn(topic, partition, offset + 1n)
      return records
    } catch (error) {
      throw await this.#named(error)
    }
  }

  /** The next offset to be taken: behind the last record taken, or where the end of the partition was met. */
  position(at: TopicPartition): bigint | undefined {
    const key = partitionKey(at)
    const [next, end] = [this.#next.get(key)?.offset, this.#ends.get(key)]
    return next === undefined || (end !== undefined && end > next) ? end : next
  }

  close(): Promise<void> {
    if (!this.native.isConnected()) return Promise.resolve()
    return new Promise((resolve) => this.native.disconnect(() => resolve()))
  }

  failure(error: unknown, doing: string): StreamsError {
    return toStreamsError(error, doing, this.#connection.brokers)
  }

  /** The client tells of a lost position once, and not at all where records of other partitions come along with it. */
  #lookAfterStill(): void {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure
    if (performance.now() < this.#lookAtMs) return
    this.#lookAtMs = performance.now() + LOOK_MS
    const still = [...this.#next].filter(
      ([key, { offset }]) => offset !== undefined && this.#looked.get(key) === offset,
    )
    this.#looked = new Map([...this.#next].map(([key, { offset }]) => [key, offset]))
    for (const [key, at] of still) {
      void this.#checkHeld(at).catch((error: StreamsError) => {
        if (!error.retriable && this.#next.get(key) === at) this.#failure = error
      })
    }
  }

  #moveOn(topic: string, partition: number, offset: bigint): void {
    const key = partitionKey({ topic, partition })
    if (this.#next.has(key)) this.#next.set(key, { topic, partition, offset })
  }

  async #named(error: unknown): Promise<StreamsError> {
    if (asNative(error).code === CODES.AUTO_OFFSET_RESET) {
      for (const at of this.#next.values()) await this.#checkHeld(at)
    }
    return this.failure(error, 'reading')
  }

  async #checkHeld(at: TopicPartition & { readonly offset: bigint | undefined }): Promise<void> {
    if (at.offset === undefined) return
    const { lowOffset, highOffset } = await promised<{ lowOffset: number; highOffset: number }>((done) =>
      this.native.queryWatermarkOffsets(at.topic, at.partition, ASK_TIMEOUT_MS, done),
    ).catch((error: unknown) => Promise.reject(this.failure(error, `offsets of ${partitionKey(at)}`)))
    if (at.offset < BigInt(lowOffset) || at.offset > BigInt(highOffset)) throw outOfRange(at, at.offset)
  }
}

export const toNative = ({ topic, partition }: TopicPartition): NativePartition => ({ topic, partition })
