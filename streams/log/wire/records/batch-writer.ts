import type { ProducerRecord } from '../../../record.ts'
import { CRC_FROM, HEADER_BYTES, MAGIC, TRANSACTIONAL } from './batch.ts'
import { type Compression, codecOf, pack } from './compression.ts'
import { crc32c } from './crc32c.ts'

const FIRST_BYTES = 16 * 1024
/** Lengths, deltas and attributes of a record at their longest. */
const OVERHEAD_BYTES = 40
/** Up to here a loop is faster than the call that copies. */
const SHORT_BYTES = 24

/** Who writes: what makes a batch recognisable when it comes twice. */
export interface BatchIdentity {
  readonly producerId: number
  readonly producerEpoch: number
  readonly sequence: number
  readonly transactional: boolean
}

/** Puts records one after the other into a batch of format v2. */
export class BatchWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #at = HEADER_BYTES
  #count = 0
  #baseTimestampMs = 0
  #maxTimestampMs = 0

  get count(): number {
    return this.#count
  }

  /** Bytes so far, header included, before compression. */
  get length(): number {
    return this.#at
  }

  append(record: ProducerRecord): void {
    const { key, value, headers, timestampMs } = record
    if (this.#count === 0) this.#baseTimestampMs = timestampMs
    if (this.#count === 0 || timestampMs > this.#maxTimestampMs) this.#maxTimestampMs = timestampMs
    const delta = timestampMs - this.#baseTimestampMs
    const keyLength = key === undefined ? -1 : key.length
    const valueLength = value === undefined ? -1 : value.length
    const encoded = encodeHeaders(headers)
    const size =
      1 +
      varlongBytes(delta) +
      varintBytes(this.#count) +
      varintBytes(keyLength) +
      Math.max(0, keyLength) +
      varintBytes(valueLength) +
      Math.max(0, valueLength) +
      (encoded === undefined ? 1 : encoded.length)
    this.#reserve(size + OVERHEAD_BYTES)
    this.#varint(size)
    this.#bytes[this.#at++] = 0
    this.#varlong(delta)
    this.#varint(this.#count)
    this.#varint(keyLength)
    if (key !== undefined) this.#copy(key)
    this.#varint(valueLength)
    if (value !== undefined) this.#copy(value)
    if (encoded === undefined) this.#bytes[this.#at++] = 0
    else this.#copy(encoded)
    this.#count++
  }

  /** The finished batch. The writer is empty afterwards, and its memory is the batch's. */
  finish(identity: BatchIdentity, compression: Compression): Buffer {
    const whole = this.#packed(compression)
    whole.writeInt32BE(0, 0)
    whole.writeInt32BE(0, 4)
    whole.writeInt32BE(whole.length - 12, 8)
    whole.writeInt32BE(-1, 12)
    whole[16] = MAGIC
    whole.writeInt16BE(codecOf(compression) | (identity.transactional ? TRANSACTIONAL : 0), CRC_FROM)
    whole.writeInt32BE(this.#count - 1, 23)
    writeWide(whole, this.#baseTimestampMs, 27)
    writeWide(whole, this.#maxTimestampMs, 35)
    writeWide(whole, identity.producerId, 43)
    whole.writeInt16BE(identity.producerEpoch, 51)
    whole.writeInt32BE(identity.sequence, 53)
    whole.writeInt32BE(this.#count, 57)
    whole.writeUInt32BE(crc32c(whole, CRC_FROM, whole.length), 17)
    this.#bytes = Buffer.allocUnsafe(FIRST_BYTES)
    this.#at = HEADER_BYTES
    this.#count = 0
    return whole
  }

  #packed(compression: Compression): Buffer {
    if (compression === 'none') return this.#bytes.subarray(0, this.#at)
    const records = pack(codecOf(compression), this.#bytes.subarray(HEADER_BYTES, this.#at))
    const whole = Buffer.allocUnsafe(HEADER_BYTES + records.length)
    records.copy(whole, HEADER_BYTES)
    return whole
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#at + more))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }

  #copy(from: Uint8Array): void {
    const { length } = from
    if (length > SHORT_BYTES) {
      this.#bytes.set(from, this.#at)
      this.#at += length
      return
    }
    for (let n = 0; n < length; n++) this.#bytes[this.#at++] = from[n] as number
  }

  #varint(value: number): void {
    let rest = ((value << 1) ^ (value >> 31)) >>> 0
    for (; rest > 0x7f; rest >>>= 7) this.#bytes[this.#at++] = (rest & 0x7f) | 0x80
    this.#bytes[this.#at++] = rest
  }

  #varlong(value: number): void {
    if (value >= 0 && value < 0x4000_0000) {
      this.#varint(value)
      return
    }
    let rest = zigzag(value)
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.#bytes[this.#at++] = (rest % 128) | 0x80
    this.#bytes[this.#at++] = rest
  }
}

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value)

function varintBytes(value: number): number {
  const rest = ((value << 1) ^ (value >> 31)) >>> 0
  return rest < 0x80 ? 1 : rest < 0x4000 ? 2 : rest < 0x20_0000 ? 3 : rest < 0x1000_0000 ? 4 : 5
}

function varlongBytes(value: number): number {
  if (value >= 0 && value < 0x4000_0000) return varintBytes(value)
  let size = 1
  for (let rest = zigzag(value); rest > 0x7f; rest = Math.floor(rest / 128)) size++
  return size
}

function writeWide(bytes: Buffer, value: number, at: number): void {
  bytes.writeInt32BE(Math.floor(value / 0x1_0000_0000), at)
  bytes.writeUInt32BE(value >>> 0, at + 4)
}

/** Undefined where there are none, as with most records. */
function encodeHeaders(headers: ProducerRecord['headers']): Buffer | undefined {
  for (const _ in headers) return encodeEach(Object.entries(headers))
  return undefined
}

function encodeEach(entries: readonly (readonly [string, string])[]): Buffer {
  const parts: Buffer[] = [varintOf(entries.length)]
  for (const [name, value] of entries) {
    const [n, v] = [Buffer.from(name), Buffer.from(value)]
    parts.push(varintOf(n.length), n, varintOf(v.length), v)
  }
  return Buffer.concat(parts)
}

function varintOf(value: number): Buffer {
  const bytes: number[] = []
  let rest = value * 2
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return Buffer.from([...bytes, rest])
}
