import type { Database } from 'lmdb'
import type { LogRecord } from '../../record.ts'
import type { TopicConfig } from '../port.ts'
import { appendedAtOf, decodeChunk, encodeChunks } from './chunk.ts'
import { chunkKey, endKey, offsetOfChunkKey } from './keys.ts'

/** Compaction rewrites a partition when it has at least this many chunks. */
const COMPACT_CHUNKS_MIN = 64
/** A tombstone stays this long, so that readers who were away still see the deletion. */
const TOMBSTONE_KEPT_MS = 86_400_000

type Records = Database<Buffer, Buffer>

/**
 * Inside a transaction: applies a topic's cleanup to one partition. Age is counted from when the record was appended: a
 * replayed year of news is as young as its replay.
 */
export function sweepPartition(
  records: Records,
  topicId: number,
  partition: number,
  config: TopicConfig,
  nowMs: number,
): void {
  const range = { start: chunkKey(topicId, partition, 0), end: endKey(topicId, partition + 1) }
  if (config.cleanup === 'compact') {
    compact(records, range, { topic: config.topic, partition }, topicId, nowMs)
    return
  }
  if (config.retentionMs < 0) return
  const old: Buffer[] = []
  for (const { key, value } of records.getRange(range)) {
    if (appendedAtOf(value) >= nowMs - config.retentionMs) break
    old.push(key)
  }
  for (const key of old) records.removeSync(key)
}

interface Kept {
  readonly record: LogRecord
  readonly appendedAtMs: number
}

/** Keeps of each key the last record, at its offset. Records without a key all stay. */
function compact(
  records: Records,
  range: { start: Buffer; end: Buffer },
  at: { topic: string; partition: number },
  topicId: number,
  nowMs: number,
): void {
  const chunks = [...records.getRange(range)]
  if (chunks.length < COMPACT_CHUNKS_MIN) return
  const latest = new Map<string, Kept>()
  for (const { key, value } of chunks) {
    const read: LogRecord[] = []
    decodeChunk(at, offsetOfChunkKey(key), value, 0, Number.POSITIVE_INFINITY, read)
    for (const record of read) {
      const name = record.key === undefined ? `@${record.offset}` : `k${Buffer.from(record.key).toString('latin1')}`
      latest.delete(name)
      latest.set(name, { record, appendedAtMs: appendedAtOf(value) })
    }
  }
  const kept = [...latest.values()].filter(
    ({ record, appendedAtMs }) => record.value !== undefined || appendedAtMs > nowMs - TOMBSTONE_KEPT_MS,
  )
  for (const { key } of chunks) records.removeSync(key)
  const sorted = kept.sort((a, b) => (a.record.offset < b.record.offset ? -1 : 1)).map((one) => one.record)
  const appendedAtMs = Math.max(0, ...kept.map((one) => one.appendedAtMs))
  for (const chunk of encodeChunks(
    sorted.map((r) => Number(r.offset)),
    sorted,
    appendedAtMs,
  )) {
    records.putSync(chunkKey(topicId, at.partition, chunk.firstOffset), chunk.bytes as Buffer)
  }
}
