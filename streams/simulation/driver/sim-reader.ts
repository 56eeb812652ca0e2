import type { LogReader } from '../../log/port.ts'
import { type LogRecord, partitionKey, type TopicPartition } from '../../record.ts'
import type { Entry } from '../broker/sim-partition.ts'
import { naming, type SimClient } from './sim-client.ts'

/** Reads committed records from given offsets. */
export class SimReader implements LogReader {
  readonly #client: SimClient
  readonly #positions: Map<string, { at: TopicPartition; next: number }>
  #buffer: LogRecord[] = []

  constructor(
    client: SimClient,
    from: readonly { readonly at: TopicPartition; readonly offset: bigint | 'earliest' }[],
  ) {
    this.#client = client
    this.#positions = new Map(
      from.map(({ at, offset }) => [
        partitionKey(at),
        { at: { topic: at.topic, partition: at.partition }, next: offset === 'earliest' ? 0 : Number(offset) },
      ]),
    )
  }

  /** What is buffered is not read yet. */
  position(at: TopicPartition): bigint | undefined {
    const waiting = this.#buffer.find((one) => one.topic === at.topic && one.partition === at.partition)
    const next = this.#positions.get(partitionKey(at))?.next
    return waiting?.offset ?? (next === undefined ? undefined : BigInt(next))
  }

  async poll(recordsMax: number, waitMs: number): Promise<readonly LogRecord[]> {
    if (this.#buffer.length === 0) {
      const from = new Map([...this.#positions].map(([key, one]) => [key, { ...one }]))
      const fetched = await naming('reading', () =>
        this.#client.call('Fetch', (broker) => broker.fetch(from, waitMs), waitMs + 2_000),
      )
      for (const { at, records, next } of fetched) {
        for (const entry of records) this.#buffer.push(toLogRecord(at, entry))
        this.#positions.set(partitionKey(at), { at, next })
      }
    }
    return this.#buffer.splice(0, recordsMax)
  }

  async close(): Promise<void> {}
}

export function toLogRecord(at: TopicPartition, { offset, record }: Entry): LogRecord {
  if (record === undefined) throw new RangeError('a marker is no record')
  const { timestampMs, key, value, headers } = record
  return { topic: at.topic, partition: at.partition, offset: BigInt(offset), timestampMs, key, value, headers }
}
