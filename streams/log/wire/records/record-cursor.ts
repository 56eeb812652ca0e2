import type { LogRecord } from '../../../record.ts'
import { CorruptError } from '../protocol/byte-reader.ts'
import { type Batch, CODEC_MASK, LOG_APPEND_TIME } from './batch.ts'
import { unpack } from './compression.ts'
import { FetchedRecord, type RecordSource } from './fetched-record.ts'

/** Walks the records of one batch. Every length is checked against the batch before it is believed. */
export class RecordCursor {
  readonly #source: RecordSource
  readonly #batch: Batch
  readonly #end: number
  /** Of the append's time: what the records say of theirs does not count. */
  readonly #appended: boolean
  #at: number
  #left: number

  /** @throws CorruptError where the batch cannot be unpacked */
  constructor(batch: Batch, topic: string, partition: number) {
    const codec = batch.attributes & CODEC_MASK
    const bytes = codec === 0 ? batch.bytes : unpack(codec, batch.bytes.subarray(batch.from, batch.end))
    this.#batch = batch
    this.#at = codec === 0 ? batch.from : 0
    this.#end = codec === 0 ? batch.end : bytes.length
    this.#appended = (batch.attributes & LOG_APPEND_TIME) !== 0
    const { baseOffset } = batch
    const baseTimestampMs = this.#appended ? batch.maxTimestampMs : batch.baseTimestampMs
    this.#source = { topic, partition, bytes, baseOffset, baseTimestampMs }
    this.#left = batch.count
  }

  /** Appends up to so many records, those from `fromOffset` on. True when the batch is at its end. */
  take(into: LogRecord[], max: number, fromOffset: number): boolean {
    let wanted = max
    while (this.#left > 0 && wanted > 0) {
      const record = this.#next(fromOffset)
      if (record === undefined) continue
      into.push(record)
      wanted--
    }
    if (this.#left === 0 && this.#at !== this.#end) throw this.#corrupt(`${this.#end - this.#at} bytes too many`)
    return this.#left === 0
  }

  #next(fromOffset: number): FetchedRecord | undefined {
    const length = this.#varint()
    const end = this.#at + length
    if (length < 0 || end > this.#end) throw this.#corrupt(`a record of ${length} bytes`)
    this.#at++
    const timestampDelta = this.#varlong()
    const offsetDelta = this.#varint()
    const keyLength = this.#varint()
    const keyAt = this.#at
    if (keyLength > 0) this.#at += keyLength
    const valueLength = this.#varint()
    const valueAt = this.#at
    if (valueLength > 0) this.#at += valueLength
    if (this.#at >= end) throw this.#corrupt('key and value longer than their record')
    const headersAt = this.#at
    this.#at = end
    this.#left--
    if (this.#batch.baseOffset + offsetDelta < fromOffset) return undefined
    return new FetchedRecord(
      this.#source,
      offsetDelta,
      this.#appended ? 0 : timestampDelta,
      keyAt,
      keyLength,
      valueAt,
      valueLength,
      headersAt,
    )
  }

  #varint(): number {
    const { bytes } = this.#source
    const first = bytes[this.#at] as number
    if (first < 0x80) {
      this.#at++
      return (first >>> 1) ^ -(first & 1)
    }
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#at < this.#end ? (bytes[this.#at++] as number) : 0xff
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    throw this.#corrupt('a varint without an end')
  }

  /** Of up to 64 bits, by multiplication: bit operations have 32. */
  #varlong(): number {
    const { bytes } = this.#source
    const first = bytes[this.#at] as number
    if (first < 0x80) return this.#varint()
    let value = 0
    let factor = 1
    for (let n = 0; n < 10; n++) {
      const byte = this.#at < this.#end ? (bytes[this.#at++] as number) : 0xff
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
      factor *= 128
    }
    throw this.#corrupt('a varlong without an end')
  }

  #corrupt(what: string): CorruptError {
    return new CorruptError(`${what} in the batch at offset ${this.#batch.baseOffset}`)
  }
}
