import { deserialize, serialize } from 'node:v8'
import { crc32 } from 'node:zlib'
import { dayOf, type LakeFile, lakeFileKey, type OffsetSpan, spansThatFit } from './lake-files.ts'

/** A record on its way to the lake. */
export interface LakeRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly timestampMs: number
  readonly ingestedAtMs: number
  readonly value: Readonly<Record<string, unknown>>
}

/** What a frame holds: records of one topic-partition and day, in offset order. */
export interface FrameHead extends OffsetSpan {
  readonly topic: string
  readonly day: string
  readonly rows: number
}
/** Records on their way, as bytes: what the journal keeps and the encoder takes. */
export interface Frame {
  readonly head: FrameHead
  readonly body: Uint8Array
}
/** Columns, because a key that repeats costs as much as its value. */
interface FrameBody {
  readonly offsets: BigInt64Array
  readonly ingestedAtMs: Float64Array
  readonly values: readonly LakeRecord['value'][]
}

const LENGTHS_BYTES = 12

/** One frame for each topic-partition and day among the records, whose offsets ascend per partition. */
export function framesOf(records: readonly LakeRecord[]): readonly Frame[] {
  const groups = Map.groupBy(records, (r) => `${r.topic}-${r.partition}-${dayOf(r.timestampMs)}`)
  return [...groups.values()].map((group) => {
    const [first, last] = [group[0] as LakeRecord, group.at(-1) as LakeRecord]
    const body: FrameBody = {
      offsets: BigInt64Array.from(group, (r) => r.offset),
      ingestedAtMs: Float64Array.from(group, (r) => r.ingestedAtMs),
      values: group.map((r) => r.value),
    }
    const { topic, partition } = first
    const span = { partition, first: first.offset, last: last.offset }
    return { head: { topic, day: dayOf(first.timestampMs), rows: group.length, ...span }, body: serialize(body) }
  })
}

/** What `framesOf` took, without the time of the record beyond its day. */
export interface FramedRows extends FrameBody {
  readonly partition: number
}
export const rowsOf = (partition: number, body: Uint8Array): FramedRows => ({
  partition,
  ...(deserialize(body) as FrameBody),
})

/** Lengths of head and body, their checksum, head, body. */
export function frameBytes({ head, body }: Frame): readonly Uint8Array[] {
  const headBytes = serialize(head)
  const lengths = Buffer.allocUnsafe(LENGTHS_BYTES)
  lengths.writeUInt32BE(headBytes.length)
  lengths.writeUInt32BE(body.length, 4)
  lengths.writeUInt32BE(crc32(body, crc32(headBytes)), 8)
  return [lengths, headBytes, body]
}

/** Where a frame lies in the journal's file. */
export interface FramePlace {
  readonly head: FrameHead
  /** Of the body. */
  readonly at: number
  readonly bytes: number
}

/** The whole frames that bytes begin with, and where they end. */
export function readFrames(bytes: Buffer): { readonly places: readonly FramePlace[]; readonly end: number } {
  const places: FramePlace[] = []
  let end = 0
  while (end + LENGTHS_BYTES <= bytes.length) {
    const headBytes = bytes.readUInt32BE(end)
    const headAt = end + LENGTHS_BYTES
    const at = headAt + headBytes
    const next = at + bytes.readUInt32BE(end + 4)
    if (headBytes === 0 || next > bytes.length || crc32(bytes.subarray(headAt, next)) !== bytes.readUInt32BE(end + 8))
      break
    places.push({ head: deserialize(bytes.subarray(headAt, at)) as FrameHead, at, bytes: next - at })
    end = next
  }
  return { places, end }
}

/** A file to be written of frames: its key and where its records are, by partition in offset order. */
export interface PlannedFile {
  readonly key: string
  readonly topic: string
  readonly places: readonly FramePlace[]
}

/** One file for each topic and day, or as many as their names can tell: a partition's records of a day are in one. */
export function planFiles(places: readonly FramePlace[], tableOf: (topic: string) => string): readonly PlannedFile[] {
  const groups = Map.groupBy(places, ({ head }) => `${head.topic}/${head.day}`)
  return [...groups.values()].flatMap((group) => {
    const { topic, day } = (group[0] as FramePlace).head
    const byPartition = Map.groupBy(group, ({ head }) => head.partition)
    const spans = [...byPartition.keys()].sort((a, b) => a - b).map((p) => spanOf(byPartition.get(p) ?? []))
    return spansThatFit(topic, spans).map((part) => {
      const file: LakeFile = { table: tableOf(topic), day, topic, spans: part }
      return { key: lakeFileKey(file), topic, places: part.flatMap((s) => byPartition.get(s.partition) ?? []) }
    })
  })
}

function spanOf(places: readonly FramePlace[]): OffsetSpan {
  const { partition, first, last } = (places[0] as FramePlace).head
  const span = { partition, first, last }
  for (const { head } of places) {
    if (head.first < span.first) span.first = head.first
    if (head.last > span.last) span.last = head.last
  }
  return span
}
