import type { LaneProgress } from '../event-time/input-partition.ts'

/** What a task commits besides offsets and stores; lies in the metadata of its first input partition's offset. */
export interface TaskMetadata {
  readonly streamTimeMs: number
  /** The highest time of a record that is done; above stream time only where an older one is not. */
  readonly seenMs: number
  readonly punctuators: readonly (number | null)[]
  /** Next offset of each broadcast partition, by `partitionKey`: tasks of one process are not equally far. */
  readonly broadcast: ReadonlyMap<string, bigint>
  /** Number of the last change of each store that went to its changelog. */
  readonly changes: ReadonlyMap<string, number>
  /** Progress of each writer of each input partition, by `partitionKey` and task. */
  readonly lanes: ReadonlyMap<string, ReadonlyMap<string, LaneProgress>>
  /** Up to when tables were seen complete in event time. */
  readonly tablesCompleteMs: number
  /** What is done beyond the offset that this lies beside, by `encodeDone`. */
  readonly done: string
}

export const NO_METADATA: TaskMetadata = {
  streamTimeMs: -1,
  seenMs: -1,
  punctuators: [],
  broadcast: new Map(),
  changes: new Map(),
  lanes: new Map(),
  tablesCompleteMs: Number.NEGATIVE_INFINITY,
  done: '',
}

type Written = Omit<TaskMetadata, 'lanes' | 'tablesCompleteMs' | 'done'> & Partial<TaskMetadata>

export function encodeTaskMetadata(metadata: Written): string {
  const broadcast = Object.fromEntries([...metadata.broadcast].map(([key, offset]) => [key, String(offset)]))
  const changes = Object.fromEntries(metadata.changes)
  return JSON.stringify({
    stream_time_ms: metadata.streamTimeMs,
    punctuators: metadata.punctuators,
    broadcast,
    changes,
    ...encodeEventTime(metadata),
    ...(metadata.seenMs > metadata.streamTimeMs ? { seen_ms: metadata.seenMs } : {}),
    ...(metadata.done === undefined || metadata.done === '' ? {} : { done: metadata.done }),
  })
}

function encodeEventTime({ lanes, tablesCompleteMs }: Written): object {
  if (lanes === undefined || lanes.size === 0) return {}
  return { lanes: Object.fromEntries([...lanes].map(encodeLanes)), tables_complete_ms: String(tablesCompleteMs) }
}

const encodeLanes = ([key, lanes]: [string, ReadonlyMap<string, LaneProgress>]) =>
  [
    key,
    Object.fromEntries([...lanes].map(([task, { next, watermarkMs }]) => [task, `${next} ${watermarkMs}`])),
  ] as const

function decodeLanes(lanes: Readonly<Record<string, string>>): ReadonlyMap<string, LaneProgress> {
  return new Map(
    Object.entries(lanes).map(([task, text]) => {
      const [next = '0', watermark] = text.split(' ')
      return [task, { next: BigInt(next), watermarkMs: Number(watermark) }] as const
    }),
  )
}

/** Reads what `encodeTaskMetadata` wrote; metadata of other writers counts as none. */
export function decodeTaskMetadata(text: string): TaskMetadata {
  if (!text.startsWith('{"stream_time_ms"')) return NO_METADATA
  const raw = JSON.parse(text) as {
    stream_time_ms: number
    punctuators: (number | null)[]
    broadcast: Record<string, string>
    changes: Record<string, number>
    lanes?: Record<string, Record<string, string>>
    tables_complete_ms?: string
    seen_ms?: number
    done?: string
  }
  return {
    streamTimeMs: raw.stream_time_ms,
    seenMs: raw.seen_ms ?? raw.stream_time_ms,
    done: raw.done ?? '',
    punctuators: raw.punctuators,
    changes: new Map(Object.entries(raw.changes)),
    tablesCompleteMs: Number(raw.tables_complete_ms ?? Number.NEGATIVE_INFINITY),
    lanes: new Map(Object.entries(raw.lanes ?? {}).map(([key, lanes]) => [key, decodeLanes(lanes)])),
    broadcast: new Map(Object.entries(raw.broadcast).map(([key, offset]) => [key, BigInt(offset)])),
  }
}

const DONE = 'done '

/** What lies beside the offsets of a task's other input partitions. */
export const encodeDoneOnly = (done: string): string => (done === '' ? '' : DONE + done)

/** What is done beyond an offset, wherever it lies beside it. */
export const doneIn = (text: string): string =>
  text.startsWith(DONE) ? text.slice(DONE.length) : decodeTaskMetadata(text).done
