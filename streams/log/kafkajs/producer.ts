import { Kafka, type KafkaConfig, type logCreator, type Producer } from 'kafkajs'
import { StreamsError } from '../../errors.ts'
import { type ProducerRecord, partitionKey } from '../../record.ts'
import type { CommitBatch, LogProducer } from '../port.ts'
import { KafkajsConsumer } from './consumer.ts'
import { toStreamsError } from './failures.ts'
import { type Cluster, createCluster } from './internals.ts'
import { commitTopics } from './membership.ts'

/** The client makes one batch of all it is given for a partition, and a batch must stay below what brokers take. */
const CHUNK_RECORDS = 1_000
const CHUNK_BYTES = 900_000
/** Room a record takes besides its key, value and headers, more or less. */
const RECORD_OVERHEAD = 32

/**
 * At least once: outputs first, on all replicas, then the offsets that caused them.
 *
 * Not idempotent on purpose. After a failed send the client uses the same sequence numbers for whatever is sent next;
 * had the broker kept the failed batch, it would take the new one for its repetition and drop it: a loss, where
 * at-least-once promises no more than a repetition.
 */
export class KafkajsProducer implements LogProducer {
  readonly #brokers: readonly string[]
  readonly #producer: Producer
  readonly #cluster: Cluster

  constructor(config: KafkaConfig & { logCreator: logCreator }, brokers: readonly string[]) {
    this.#brokers = brokers
    this.#producer = new Kafka(config).producer({
      allowAutoTopicCreation: false,
      idempotent: false,
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
    })
    this.#cluster = createCluster(config)
  }

  connect(): Promise<void> {
    return this.#naming('connecting', () => this.#producer.connect())
  }

  async commit(batch: CommitBatch): Promise<readonly bigint[]> {
    const offsets = await this.#naming('sending records', () => this.#sendAll(batch.outputs))
    if (batch.offsets.size > 0) await this.#commitOffsets(batch)
    return offsets
  }

  async close(): Promise<void> {
    await Promise.all([this.#producer.disconnect(), this.#cluster.disconnect()])
  }

  async #sendAll(outputs: readonly ProducerRecord[]): Promise<readonly bigint[]> {
    const offsets = new Array<bigint>(outputs.length).fill(-1n)
    for (const request of requestsOf(outputs)) {
      const topicMessages = [...Map.groupBy(request, (chunk) => chunk.topic)].map(([topic, chunks]) => ({
        topic,
        messages: chunks.flatMap(({ indexes }) => indexes.map((index) => toMessage(outputs[index] as ProducerRecord))),
      }))
      const answers = await this.#producer.sendBatch({ topicMessages, acks: -1, timeout: 30_000 })
      const bases = new Map(
        answers.map((a) => [partitionKey({ topic: a.topicName, partition: a.partition }), BigInt(a.baseOffset ?? -1)]),
      )
      for (const chunk of request) {
        const base = bases.get(partitionKey(chunk)) ?? -1n
        for (const [n, index] of chunk.indexes.entries()) offsets[index] = base + BigInt(n)
      }
    }
    return offsets
  }

  async #commitOffsets({ consumer, groupId, offsets }: CommitBatch): Promise<void> {
    if (consumer instanceof KafkajsConsumer) return consumer.commit(offsets)
    if (consumer !== undefined) throw new StreamsError('INVALID_STATE', 'the consumer belongs to another driver')
    await this.#naming(`committing offsets of ${groupId}`, async () => {
      await this.#cluster.connect()
      const coordinator = await this.#cluster.findGroupCoordinator({ groupId })
      // A group without members, which a source is: there is no generation to be of.
      const nobody = { groupId, groupGenerationId: -1, memberId: '' }
      await coordinator.offsetCommit({ ...nobody, topics: commitTopics(offsets.values()) })
    })
  }

  #naming<T>(doing: string, act: () => Promise<T>): Promise<T> {
    return act().catch((error: unknown) => Promise.reject(toStreamsError(error, doing, this.#brokers)))
  }
}

interface Chunk {
  readonly topic: string
  readonly partition: number
  readonly indexes: number[]
  bytes: number
}

/** Requests one after the other; each holds one chunk a partition at most, so the order per partition stays. */
export function requestsOf(outputs: readonly ProducerRecord[]): readonly (readonly Chunk[])[] {
  const requests: Chunk[][] = []
  const current = new Map<string, { readonly request: number; readonly chunk: Chunk }>()
  for (const [index, record] of outputs.entries()) {
    const key = partitionKey(record)
    const bytes = sizeOf(record)
    const open = current.get(key)
    if (open && open.chunk.indexes.length < CHUNK_RECORDS && open.chunk.bytes + bytes <= CHUNK_BYTES) {
      open.chunk.indexes.push(index)
      open.chunk.bytes += bytes
      continue
    }
    const request = (open?.request ?? -1) + 1
    const chunk: Chunk = { topic: record.topic, partition: record.partition, indexes: [index], bytes }
    current.set(key, { request, chunk })
    const chunks = requests[request] ?? []
    requests[request] = chunks
    chunks.push(chunk)
  }
  return requests
}

function sizeOf({ key, value, headers }: ProducerRecord): number {
  const inHeaders = Object.entries(headers).reduce((sum, [name, text]) => sum + name.length + 3 * text.length, 0)
  return RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0) + inHeaders
}

function toMessage({ partition, timestampMs, key, value, headers }: ProducerRecord): {
  partition: number
  timestamp: string
  key: Buffer | null
  value: Buffer | null
  headers: Record<string, string>
} {
  const bytes = (part: Uint8Array | undefined): Buffer | null =>
    part === undefined ? null : Buffer.from(part.buffer, part.byteOffset, part.byteLength)
  return { partition, timestamp: String(timestampMs), key: bytes(key), value: bytes(value), headers: { ...headers } }
}
