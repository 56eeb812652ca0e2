import type { LogRecord } from '../record.ts'
import type { QueuedRecord } from '../task/queued-record.ts'

const RECORDS_MAX = 500

/**
 * The newest records of the topics that sinks read, as objects. A sink takes its records from the log and looks here
 * whether one needs decoding at all; when it falls behind, it decodes.
 */
export class DecodedTail {
  readonly #topics: ReadonlySet<string>
  readonly #records = new Map<string, Map<bigint, QueuedRecord>[]>()

  constructor(topics: ReadonlySet<string>) {
    this.#topics = topics
  }

  put(record: QueuedRecord): void {
    const topic = record.spec.topic
    if (!this.#topics.has(topic)) return
    const partitions = this.#records.get(topic) ?? []
    this.#records.set(topic, partitions)
    const tail = partitions[record.partition] ?? new Map<bigint, QueuedRecord>()
    partitions[record.partition] = tail
    tail.set(record.offset, record)
    if (tail.size > RECORDS_MAX) tail.delete(tail.keys().next().value as bigint)
  }

  get(record: LogRecord): QueuedRecord | undefined {
    return this.#records.get(record.topic)?.[record.partition]?.get(record.offset)
  }
}
