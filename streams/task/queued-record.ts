import type { TopicSpec } from '../graph.ts'
import type { Headers, InputRecord, LogRecord } from '../record.ts'

/**
 * A record waiting for a task. Bytes stay beside the decoded form: a dead letter carries the original bytes. One object is
 * shared by all who read the partition in this process, so a value is decoded at most once.
 */
export class QueuedRecord {
  readonly spec: TopicSpec
  readonly partition: number
  readonly offset: bigint
  readonly timestampMs: number
  readonly keyBytes: Uint8Array | undefined
  readonly valueBytes: Uint8Array | undefined
  readonly headers: Headers
  /** The decoded form, once somebody needed it. */
  input: InputRecord | undefined

  constructor(spec: TopicSpec, record: LogRecord) {
    this.spec = spec
    this.partition = record.partition
    this.offset = record.offset
    this.timestampMs = record.timestampMs
    this.keyBytes = record.key
    this.valueBytes = record.value
    this.headers = record.headers
    this.input = undefined
  }

  /** As it lies in the log. */
  toLogRecord(): LogRecord {
    const { spec, partition, offset, timestampMs, keyBytes: key, valueBytes: value, headers } = this
    return { topic: spec.topic, partition, offset, timestampMs, key, value, headers }
  }

  /** Decodes; a promise only where the serde has to fetch a schema. Throws what the serde throws. */
  decode(): InputRecord | Promise<InputRecord> {
    if (this.input !== undefined) return this.input
    const value = this.valueBytes === undefined ? undefined : this.spec.value.deserialize(this.valueBytes)
    if (isPromise(value)) return value.then((decoded) => this.decodedAs(decoded))
    return this.decodedAs(value)
  }

  decodedAs(value: unknown): InputRecord {
    const { partition, offset, timestampMs, headers } = this
    const key = this.keyBytes === undefined ? undefined : decodeKey(this.keyBytes)
    this.input = { topic: this.spec.name, partition, offset, timestampMs, key, value, headers }
    return this.input
  }
}

const utf8 = new TextDecoder()
export const decodeKey = (bytes: Uint8Array): string => (Buffer.isBuffer(bytes) ? bytes.toString() : utf8.decode(bytes))

export const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
