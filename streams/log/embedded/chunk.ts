import type { Headers, LogRecord, ProducerRecord, TopicPartition } from '../../record.ts'

/**
 * Records of one partition and one commit as one value, so that writing many small records costs one tree insert:
 *
 *   count u32 | appended_at_ms f64 | records
 *   record: offset delta u32 | timestamp_ms f64 | key length i32 | value length i32 | headers length i32 | bytes
 *
 * A length of -1 is an absent key or value. Headers are JSON, none at all when there are none. Little endian.
 */
const CHUNK_HEADER = 12
const RECORD_HEADER = 24
/** A chunk ends when it has this many bytes, so that reading one record never costs more. */
export const CHUNK_BYTES_MAX = 256 * 1024

export interface Chunk {
  readonly firstOffset: number
  readonly bytes: Uint8Array
}

interface Sized {
  readonly offset: number
  readonly record: ProducerRecord
  readonly headers: Uint8Array | undefined
  readonly bytes: number
}

/** Packs records into chunks. */
export function encodeChunks(
  offsets: readonly number[],
  records: readonly ProducerRecord[],
  appendedAtMs: number,
): Chunk[] {
  const chunks: Chunk[] = []
  let run: Sized[] = []
  let bytes = 0
  for (const [i, record] of records.entries()) {
    const headers = hasAny(record.headers) ? Buffer.from(JSON.stringify(record.headers)) : undefined
    const size = RECORD_HEADER + (record.key?.length ?? 0) + (record.value?.length ?? 0) + (headers?.length ?? 0)
    if (bytes + size > CHUNK_BYTES_MAX && run.length > 0) {
      chunks.push(encodeChunk(run, bytes, appendedAtMs))
      run = []
      bytes = 0
    }
    run.push({ offset: offsets[i] as number, record, headers, bytes: size })
    bytes += size
  }
  if (run.length > 0) chunks.push(encodeChunk(run, bytes, appendedAtMs))
  return chunks
}

function encodeChunk(run: readonly Sized[], bytes: number, appendedAtMs: number): Chunk {
  const out = Buffer.allocUnsafe(CHUNK_HEADER + bytes)
  const firstOffset = (run[0] as Sized).offset
  out.writeUInt32LE(run.length, 0)
  out.writeDoubleLE(appendedAtMs, 4)
  let at = CHUNK_HEADER
  for (const { offset, record, headers } of run) {
    out.writeUInt32LE(offset - firstOffset, at)
    out.writeDoubleLE(record.timestampMs, at + 4)
    out.writeInt32LE(record.key?.length ?? -1, at + 12)
    out.writeInt32LE(record.value?.length ?? -1, at + 16)
    out.writeInt32LE(headers?.length ?? -1, at + 20)
    at += RECORD_HEADER
    for (const part of [record.key, record.value, headers]) {
      if (part === undefined) continue
      out.set(part, at)
      at += part.length
    }
  }
  return { firstOffset, bytes: out }
}

export const appendedAtOf = (chunk: Buffer): number => chunk.readDoubleLE(4)

/** Unpacks the records of a chunk from an offset on into `out`, until that has `recordsMax`. */
export function decodeChunk(
  at: TopicPartition,
  firstOffset: number,
  chunk: Buffer,
  from: number,
  recordsMax: number,
  out: LogRecord[],
): void {
  const count = chunk.readUInt32LE(0)
  let place = CHUNK_HEADER
  for (let i = 0; i < count && out.length < recordsMax; i++) {
    const offset = firstOffset + chunk.readUInt32LE(place)
    const [keyLength, valueLength, headersLength] = [
      chunk.readInt32LE(place + 12),
      chunk.readInt32LE(place + 16),
      chunk.readInt32LE(place + 20),
    ]
    const keyAt = place + RECORD_HEADER
    const valueAt = keyAt + Math.max(0, keyLength)
    const headersAt = valueAt + Math.max(0, valueLength)
    const end = headersAt + Math.max(0, headersLength)
    if (offset >= from) {
      out.push({
        topic: at.topic,
        partition: at.partition,
        offset: BigInt(offset),
        timestampMs: chunk.readDoubleLE(place + 4),
        key: keyLength < 0 ? undefined : chunk.subarray(keyAt, valueAt),
        value: valueLength < 0 ? undefined : chunk.subarray(valueAt, headersAt),
        headers: headersLength < 0 ? NO_HEADERS : (JSON.parse(chunk.toString('utf8', headersAt, end)) as Headers),
      })
    }
    place = end
  }
}

const NO_HEADERS: Headers = {}

function hasAny(headers: Headers): boolean {
  for (const _ in headers) return true
  return false
}
