import { StreamsError } from '../../../errors.ts'
import type { Headers, LogRecord } from '../../../record.ts'
import { CorruptError } from '../protocol/byte-reader.ts'

const NO_HEADERS: Headers = Object.freeze({})

/** What the records of a batch have in common. */
export interface RecordSource {
  readonly topic: string
  readonly partition: number
  readonly bytes: Buffer
  readonly baseOffset: number
  readonly baseTimestampMs: number
}

/**
 * A record where it lies among the fetched bytes: key, value and headers are looked up when asked for, never copied. It
 * keeps small whole numbers only, which cost no memory of their own.
 */
export class FetchedRecord implements LogRecord {
  readonly #source: RecordSource
  readonly #offsetDelta: number
  readonly #timestampDelta: number
  readonly #keyAt: number
  readonly #keyLength: number
  readonly #valueAt: number
  readonly #valueLength: number
  readonly #headersAt: number

  constructor(
    source: RecordSource,
    offsetDelta: number,
    timestampDelta: number,
    keyAt: number,
    keyLength: number,
    valueAt: number,
    valueLength: number,
    headersAt: number,
  ) {
    this.#source = source
    this.#offsetDelta = offsetDelta
    this.#timestampDelta = timestampDelta
    this.#keyAt = keyAt
    this.#keyLength = keyLength
    this.#valueAt = valueAt
    this.#valueLength = valueLength
    this.#headersAt = headersAt
  }

  get topic(): string {
    return this.#source.topic
  }

  get partition(): number {
    return this.#source.partition
  }

  get offset(): bigint {
    return BigInt(this.#source.baseOffset + this.#offsetDelta)
  }

  get timestampMs(): number {
    return this.#source.baseTimestampMs + this.#timestampDelta
  }

  get key(): Uint8Array | undefined {
    if (this.#keyLength < 0) return undefined
    return this.#source.bytes.subarray(this.#keyAt, this.#keyAt + this.#keyLength)
  }

  get value(): Uint8Array | undefined {
    if (this.#valueLength < 0) return undefined
    return this.#source.bytes.subarray(this.#valueAt, this.#valueAt + this.#valueLength)
  }

  /** The last value wins where a writer set a header twice; one without a value is left out. */
  get headers(): Headers {
    const { bytes } = this.#source
    if (bytes[this.#headersAt] === 0) return NO_HEADERS
    try {
      return readHeaders(bytes, this.#headersAt)
    } catch (error) {
      const { topic, partition, offset } = this
      const message = `${topic}, partition ${partition}, offset ${offset}: ${(error as Error).message}`
      throw new StreamsError('DESERIALIZATION', message, { topic, partition, offset }, error)
    }
  }
}

function readHeaders(bytes: Buffer, from: number): Headers {
  let at = from
  const next = (): number => {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[at++]
      if (byte === undefined) break
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    throw new CorruptError('a header cut short')
  }
  const text = (length: number): string => {
    if (at + length > bytes.length) throw new CorruptError('a header longer than its batch')
    at += length
    return bytes.toString('utf8', at - length, at)
  }
  const headers: Record<string, string> = {}
  for (let count = next(); count > 0; count--) {
    const name = text(Math.max(0, next()))
    const length = next()
    if (length >= 0) headers[name] = text(length)
  }
  return headers
}
