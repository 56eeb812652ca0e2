import { CorruptError, wideAt } from '../protocol/byte-reader.ts'
import { crc32c } from './crc32c.ts'

/** Bytes before the records of a batch; the length field counts from behind itself. */
export const HEADER_BYTES = 61
const LENGTH_END = 12
/** The checksum covers everything from here on. */
export const CRC_FROM = 21
export const MAGIC = 2
export const TRANSACTIONAL = 0x10
export const CONTROL = 0x20
export const LOG_APPEND_TIME = 0x08
export const CODEC_MASK = 0x07

/** Header of one record batch (format v2) and where its records lie. */
export interface Batch {
  readonly bytes: Buffer
  readonly from: number
  readonly end: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly leaderEpoch: number
  readonly attributes: number
  readonly baseTimestampMs: number
  readonly maxTimestampMs: number
  readonly producerId: number
  readonly count: number
}

/**
 * The whole batches of what was fetched; a last one that is cut off is left out, as brokers cut at their byte limits.
 * @throws CorruptError on a checksum, a length or a format that cannot be
 */
export function batchesOf(bytes: Buffer): readonly Batch[] {
  const batches: Batch[] = []
  let at = 0
  while (at + LENGTH_END + 5 <= bytes.length) {
    const length = bytes.readInt32BE(at + 8)
    const magic = bytes[at + 16] as number
    if (magic < MAGIC) throw new CorruptError(oldFormat(magic))
    if (magic > MAGIC) throw new CorruptError(`record format v${magic} is not known`)
    if (length < HEADER_BYTES - LENGTH_END) throw new CorruptError(`a record batch of ${length} bytes`)
    const end = at + LENGTH_END + length
    if (end > bytes.length) break
    batches.push(headerOf(bytes, at, end))
    at = end
  }
  return batches
}

const oldFormat = (magic: number): string =>
  `records in format v${magic}, of before Apache Kafka 0.11, are not read: have the topic written anew`

function headerOf(bytes: Buffer, at: number, end: number): Batch {
  const crc = bytes.readUInt32BE(at + 17)
  const baseOffset = wideAt(bytes, at)
  if (crc32c(bytes, at + CRC_FROM, end) !== crc) throw new CorruptError(`checksum of the batch at offset ${baseOffset}`)
  const lastDelta = bytes.readInt32BE(at + 23)
  const count = bytes.readInt32BE(at + 57)
  if (lastDelta < 0 || count < 0 || count > lastDelta + 1)
    throw new CorruptError(`${count} records up to ${lastDelta} in the batch at offset ${baseOffset}`)
  return {
    bytes,
    from: at + HEADER_BYTES,
    end,
    baseOffset,
    lastOffset: baseOffset + lastDelta,
    leaderEpoch: bytes.readInt32BE(at + 12),
    attributes: bytes.readInt16BE(at + CRC_FROM),
    baseTimestampMs: wideAt(bytes, at + 27),
    maxTimestampMs: wideAt(bytes, at + 35),
    producerId: wideAt(bytes, at + 43),
    count,
  }
}
