/** Offsets of a partition from first to last: every record of the file's topic and day between them is in the file. */
export interface OffsetSpan {
  readonly partition: number
  readonly first: bigint
  readonly last: bigint
}

/** What a file of the lake holds: records of one topic and day, of the partitions and offsets of its spans. */
export interface LakeFile {
  readonly table: string
  /** UTC day of the records' time. */
  readonly day: string
  readonly topic: string
  /** At least one, a partition once at most. */
  readonly spans: readonly OffsetSpan[]
}

/** File systems hold names of 255 bytes; a store adds what marks a part. */
const NAME_MAX_CHARS = 180
const DAY_MS = 86_400_000
const NAME = /^([^/]+)\/day=(\d{4}-\d\d-\d\d)\/([^/~]+)((?:~\d+-\d+-\d+)+)\.parquet$/

const spanText = ({ partition, first, last }: OffsetSpan): string => `~${partition}-${first}-${last}`

/**
 * `<table>/day=2015-07-01/<topic>~<partition>-<first>-<last>~….parquet`: the name is the claim of exactly once, so that
 * it comes to be with the file, in one step. No topic's name has a `~`.
 */
export const lakeFileKey = (f: LakeFile): string =>
  `${f.table}/day=${f.day}/${f.topic}${f.spans.map(spanText).join('')}.parquet`

/** Undefined where the key is not of a file of ours. */
export function parseLakeFileKey(key: string): LakeFile | undefined {
  const [, table, day, topic, spans] = NAME.exec(key) ?? []
  if (!table || !day || !topic || !spans) return undefined
  return { table, day, topic, spans: spans.slice(1).split('~').map(parseSpan) }
}

function parseSpan(text: string): OffsetSpan {
  const [partition = '', first = '', last = ''] = text.split('-')
  return { partition: Number(partition), first: BigInt(first), last: BigInt(last) }
}

/** Cuts spans so that each part fits a file's name. */
export function spansThatFit(topic: string, spans: readonly OffsetSpan[]): readonly (readonly OffsetSpan[])[] {
  const parts: OffsetSpan[][] = []
  let room = 0
  for (const span of spans) {
    const { length } = spanText(span)
    if (parts.length === 0 || length > room) {
      parts.push([])
      room = NAME_MAX_CHARS - topic.length
    }
    parts.at(-1)?.push(span)
    room -= length
  }
  return parts
}

const dayTexts = new Map<number, string>()
const DAY_TEXTS_MAX = 10_000

/** The UTC day, `2015-07-01`. */
export function dayOf(timestampMs: number): string {
  const day = Math.floor(timestampMs / DAY_MS)
  let text = dayTexts.get(day)
  if (text === undefined) {
    if (dayTexts.size >= DAY_TEXTS_MAX) dayTexts.clear()
    text = new Date(timestampMs).toISOString().slice(0, 10)
    dayTexts.set(day, text)
  }
  return text
}

/**
 * Which offsets are in the lake. Within one topic-partition and day a file holds every record between its first and
 * last offset, so the spans of the names decide whether a record is there.
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
