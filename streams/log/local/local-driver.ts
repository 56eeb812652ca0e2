import { StreamsError } from '../../errors.ts'
import { type LogRecord, partitionKey, type TopicPartition } from '../../record.ts'
import type {
  Capabilities,
  CommittedOffset,
  ConsumerOptions,
  LogAdmin,
  LogDriver,
  LogProducer,
  LogReader,
  ProducerOptions,
  TopicConfig,
} from '../port.ts'
import { allPartitions, GroupCoordinator } from './group-coordinator.ts'
import { LocalConsumer } from './local-consumer.ts'
import type { LocalLog } from './local-log.ts'
import { LocalProducer, ProducerEpochs } from './local-producer.ts'
import { waitForAppend } from './wait.ts'

/** The port over a log of this process. `localLog` lets a runtime in the same process commit stores with the log. */
export class LocalDriver implements LogDriver {
  readonly name: string
  readonly capabilities: Capabilities
  readonly localLog: LocalLog
  readonly #groups: GroupCoordinator
  readonly #epochs = new ProducerEpochs()
  readonly #onClose: () => void

  constructor(name: string, localLog: LocalLog, capabilities: Capabilities, onClose: () => void = () => {}) {
    this.#onClose = onClose
    this.name = name
    this.localLog = localLog
    this.capabilities = capabilities
    this.#groups = new GroupCoordinator((topic) => localLog.topics.get(topic)?.partitions ?? 0)
  }

  async admin(): Promise<LogAdmin> {
    return new LocalAdmin(this.localLog)
  }

  consumer(options: ConsumerOptions): LocalConsumer {
    return new LocalConsumer(this.localLog, this.#groups, options)
  }

  async reader(
    from: readonly { readonly at: TopicPartition; readonly offset: bigint | 'earliest' }[],
  ): Promise<LogReader> {
    return new LocalReader(this.localLog, from)
  }

  async producer(options: ProducerOptions): Promise<LogProducer> {
    return new LocalProducer(this.localLog, this.#epochs, options.transactionalId)
  }

  async close(): Promise<void> {
    this.#onClose()
    await this.localLog.close()
  }
}

class LocalAdmin implements LogAdmin {
  readonly #log: LocalLog

  constructor(log: LocalLog) {
    this.#log = log
  }

  async ensureTopics(topics: readonly TopicConfig[]): Promise<void> {
    this.#log.ensureTopics(topics)
  }

  async listTopics(): Promise<readonly { readonly topic: string; readonly partitions: number }[]> {
    return [...this.#log.topics.values()].map(({ topic, partitions }) => ({ topic, partitions }))
  }

  async endOffsets(topic: string): Promise<readonly bigint[]> {
    return this.#partitions(topic).map((at) => BigInt(this.#log.stableOffset(at)))
  }

  async startOffsets(topic: string): Promise<readonly bigint[]> {
    return this.#partitions(topic).map((at) => BigInt(this.#log.startOffset(at)))
  }

  async committedOffsets(groupId: string, topics: readonly string[]): Promise<ReadonlyMap<string, CommittedOffset>> {
    const all = topics.filter((topic) => this.#log.topics.has(topic)).flatMap((topic) => this.#partitions(topic))
    return new Map(
      all.flatMap((at) => {
        const committed = this.#log.committed(groupId, at)
        return committed === undefined ? [] : [[partitionKey(at), committed] as const]
      }),
    )
  }

  async close(): Promise<void> {}

  #partitions(topic: string): readonly TopicPartition[] {
    const config = this.#log.topics.get(topic)
    if (config !== undefined) return allPartitions(topic, config.partitions)
    throw new StreamsError('TOPIC_MISSING', `the log has no topic ${topic}`, { topic })
  }
}

class LocalReader implements LogReader {
  readonly #log: LocalLog
  readonly #positions: { readonly at: TopicPartition; next: number }[]

  constructor(log: LocalLog, from: readonly { readonly at: TopicPartition; readonly offset: bigint | 'earliest' }[]) {
    this.#log = log
    this.#positions = from.map(({ at, offset }) => {
      const start = log.startOffset(at)
      return { at, next: offset === 'earliest' ? start : Math.max(start, Number(offset)) }
    })
  }

  position(at: TopicPartition): bigint | undefined {
    const position = this.#positions.find((one) => one.at.topic === at.topic && one.at.partition === at.partition)
    return position === undefined ? undefined : BigInt(position.next)
  }

  async poll(recordsMax: number, waitMs: number): Promise<readonly LogRecord[]> {
    const records = this.#read(recordsMax)
    if (records.length > 0 || waitMs <= 0) return records
    await waitForAppend(this.#log, waitMs)
    return this.#read(recordsMax)
  }

  async close(): Promise<void> {}

  #read(recordsMax: number): readonly LogRecord[] {
    const out: LogRecord[] = []
    for (const position of this.#positions) {
      if (out.length >= recordsMax) break
      const { records, next } = this.#log.read(position.at, position.next, recordsMax - out.length)
      position.next = next
      out.push(...records)
    }
    return out
  }
}
