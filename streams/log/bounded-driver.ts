import { type LogRecord, partitionKey, type TopicPartition } from '../record.ts'
import type { LogAdmin, LogConsumer, LogDriver, LogProducer, LogReader } from './port.ts'

/** The offset behind the last record to be read, by `partitionKey`; partitions that are not named have no bound. */
export type Bounds = ReadonlyMap<string, bigint>

/**
 * The same log, ending where it is told to: a group that reads it has nothing left when it is there, whatever is written
 * behind. What is read without bounds (changelogs, tables) is as ever.
 */
export function boundDriver(driver: LogDriver, bounds: Bounds): LogDriver {
  const isWithin = (record: LogRecord): boolean => {
    const bound = bounds.get(partitionKey(record))
    return bound === undefined || record.offset < bound
  }
  return {
    name: driver.name,
    capabilities: driver.capabilities,
    admin: async () => boundAdmin(await driver.admin(), bounds),
    consumer: (options) => new BoundedConsumer(driver.consumer(options), isWithin),
    reader: async (from) => boundReader(await driver.reader(from), isWithin),
    producer: async (options) => unwrapping(await driver.producer(options)),
    close: () => driver.close(),
  }
}

const boundAdmin = (admin: LogAdmin, bounds: Bounds): LogAdmin => ({
  ensureTopics: (topics) => admin.ensureTopics(topics),
  listTopics: () => admin.listTopics(),
  startOffsets: (topic) => admin.startOffsets(topic),
  committedOffsets: (groupId, topics) => admin.committedOffsets(groupId, topics),
  ...(admin.writtenEnds && { writtenEnds: (topic: string) => admin.writtenEnds?.(topic) ?? Promise.resolve([]) }),
  async endOffsets(topic) {
    const ends = await admin.endOffsets(topic)
    return ends.map((end, partition) => {
      const bound = bounds.get(partitionKey({ topic, partition }))
      return bound !== undefined && bound < end ? bound : end
    })
  },
  close: () => admin.close(),
})

class BoundedConsumer implements LogConsumer {
  readonly inner: LogConsumer
  readonly #isWithin: (record: LogRecord) => boolean

  constructor(inner: LogConsumer, isWithin: (record: LogRecord) => boolean) {
    this.inner = inner
    this.#isWithin = isWithin
  }

  start(): Promise<void> {
    return this.inner.start()
  }

  async poll(recordsMax: number, waitMs: number): Promise<readonly LogRecord[]> {
    const records = await this.inner.poll(recordsMax, waitMs)
    return records.every(this.#isWithin) ? records : this.#withoutPast(records)
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.inner.pause(partitions)
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.inner.resume(partitions)
  }

  close(): Promise<void> {
    return this.inner.close()
  }

  /** What lies behind a bound is fetched once and no more. */
  #withoutPast(records: readonly LogRecord[]): readonly LogRecord[] {
    const past = records.filter((record) => !this.#isWithin(record))
    const places = new Map(
      past.map(({ topic, partition }) => [partitionKey({ topic, partition }), { topic, partition }]),
    )
    this.inner.pause([...places.values()])
    return records.filter(this.#isWithin)
  }
}

const boundReader = (reader: LogReader, isWithin: (record: LogRecord) => boolean): LogReader => ({
  ...(reader.position && { position: (at: TopicPartition) => reader.position?.(at) }),
  poll: async (recordsMax, waitMs) => (await reader.poll(recordsMax, waitMs)).filter(isWithin),
  close: () => reader.close(),
})

/** Producers commit for a consumer of their own driver. */
const unwrapping = (producer: LogProducer): LogProducer => ({
  commit: (batch) =>
    producer.commit(batch.consumer instanceof BoundedConsumer ? { ...batch, consumer: batch.consumer.inner } : batch),
  close: () => producer.close(),
})
