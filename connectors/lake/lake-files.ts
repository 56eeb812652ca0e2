/** What a file of the lake holds: records of one topic-partition and day, whose offsets lie from first to last. */
export interface LakeFile {
  readonly table: string
  /** UTC day of the records' time. */
  readonly day: string
  readonly topic: string
  readonly partition: number
  readonly first: bigint
  readonly last: bigint
}

const NAME = /^([^/]+)\/day=(\d{4}-\d\d-\d\d)\/(.+)-(\d+)-(\d+)-(\d+)\.parquet$/
const OFFSET_DIGITS = 20
const padded = (offset: bigint): string => offset.toString().padStart(OFFSET_DIGITS, '0')

/** `<table>/day=2015-07-01/<topic>-<partition>-<first>-<last>.parquet`: the name is the claim of exactly once. */
export const lakeFileKey = (f: LakeFile): string =>
  `${f.table}/day=${f.day}/${f.topic}-${f.partition}-${padded(f.first)}-${padded(f.last)}.parquet`

/** Undefined where the key is not of a file of ours. */
export function parseLakeFileKey(key: string): LakeFile | undefined {
  const [, table, day, topic, partition, first, last] = NAME.exec(key) ?? []
  if (!table || !day || !topic || !partition || !first || !last) return undefined
  return { table, day, topic, partition: Number(partition), first: BigInt(first), last: BigInt(last) }
}

export const dayOf = (timestampMs: number): string => new Date(timestampMs).toISOString().slice(0, 10)

/**
 * Which offsets are in the lake. Within one topic-partition and day a file holds every record between its first and
 * last offset, so the ranges of the names decide whether a record is there.
 */
export class HeldOffsets {
  private readonly ranges = new Map<string, { last: bigint; readonly all: (readonly [bigint, bigint])[] }>()

  add(topic: string, partition: number, day: string, first: bigint, last: bigint): void {
    const key = `${topic}-${partition}-${day}`
    const held = this.ranges.get(key)
    if (!held) this.ranges.set(key, { last, all: [[first, last]] })
    else {
      const newest = held.all.at(-1)
      // A batch that follows the newest one without a gap grows it, so that a long life keeps few ranges.
      if (newest && first === newest[1] + 1n) held.all[held.all.length - 1] = [newest[0], last]
      else held.all.push([first, last])
      if (last > held.last) held.last = last
    }
  }

  has(topic: string, partition: number, day: string, offset: bigint): boolean {
    const held = this.ranges.get(`${topic}-${partition}-${day}`)
    if (!held || offset > held.last) return false
    return held.all.some(([first, last]) => first <= offset && offset <= last)
  }
}
