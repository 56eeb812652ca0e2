import { partitionKey } from '../record.ts'
import type { LagReading } from './lag-reading.ts'
import { type CommitSample, type LagStatus, statusOfWindow } from './lag-status.ts'
import { type LagPoint, type LagTrend, trendOf } from './lag-trend.ts'

/** A reading with what the ones before it tell. */
export interface PartitionLag extends LagReading, LagTrend {
  /** Age of the next record; 0 where there is none. */
  readonly behindMs: number | undefined
  readonly status: LagStatus
}

/** The trend is that of the last five minutes. */
const REMEMBERED_MS = 300_000
/** Readings closer together tell nothing new. */
const APART_MS = 1_900
/** Burrow's window: so many commits. */
const SAMPLES_MAX = 10
/** Nobody is called stopped or stalled over less: a transaction may be open for 15 s, and a commit then stands still. */
const WINDOW_MS_MIN = 30_000
/** Somebody this little behind keeps up, whatever the trend. */
const KEEPING_UP_MS = 5_000

interface Memory {
  points: LagPoint[]
  samples: CommitSample[]
  since: number
}

/**
 * Remembers readings by group and partition. Burrow hears each commit; this looks from time to time, and cannot tell a
 * commit of the same offset from none. So members decide: a group that has some commits, moving or not (stall); one
 * without is silent (stop).
 */
export class LagHistory {
  readonly #memories = new Map<string, Memory>()

  /** `nowMs` is the clock that ages are told by, `atMs` only goes forward. */
  observe(readings: readonly LagReading[], nowMs: number, atMs: number): readonly PartitionLag[] {
    const lags = readings.map((reading) => {
      const memory = this.#remember(reading, atMs)
      const trend = trendOf(memory.points)
      const behindMs =
        reading.records === 0n ? 0 : reading.nextMs === undefined ? undefined : Math.max(0, nowMs - reading.nextMs)
      return { ...reading, ...trend, behindMs, status: statusOf(reading, memory, behindMs, trend, atMs) }
    })
    this.#forget(atMs)
    return lags
  }

  #remember(reading: LagReading, atMs: number): Memory {
    const key = `${reading.group} ${partitionKey(reading.at)}`
    const memory = this.#memories.get(key) ?? { points: [], samples: [], since: atMs }
    this.#memories.set(key, memory)
    const { committed, doneAbove, written, records: lag, hasMembers } = reading
    const done = committed === undefined ? undefined : committed + doneAbove
    const isClose = atMs - (memory.points.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) < APART_MS
    // The first stays, so that a window does not shrink to nothing; of close ones the later counts.
    if (isClose && memory.points.length > 1) memory.points.pop()
    memory.points.push({ atMs, committed: done, written, lag })
    while ((memory.points[0]?.atMs ?? atMs) < atMs - REMEMBERED_MS) memory.points.shift()
    const last = memory.samples.at(-1)
    if (done !== undefined && (last?.offset !== done || (hasMembers !== false && !isClose))) {
      memory.samples.push({ offset: done, atMs, lag })
      if (memory.samples.length > SAMPLES_MAX) memory.samples.splice(1, 1)
      while (memory.samples.length > 1 && (memory.samples[0]?.atMs ?? atMs) < atMs - REMEMBERED_MS)
        memory.samples.shift()
    }
    return memory
  }

  /** Groups and topics come and go. */
  #forget(atMs: number): void {
    for (const [key, { points }] of this.#memories)
      if ((points.at(-1)?.atMs ?? 0) < atMs - REMEMBERED_MS) this.#memories.delete(key)
  }
}

function statusOf(
  reading: LagReading,
  memory: Memory,
  behindMs: number | undefined,
  trend: LagTrend,
  atMs: number,
): LagStatus {
  if (reading.records === 0n) return 'ok'
  if (reading.committed === undefined) return 'never'
  if (behindMs !== undefined && behindMs <= KEEPING_UP_MS) return 'ok'
  const window = {
    samples: memory.samples,
    recentEnds: memory.points.map(({ written }) => written),
    currentLag: reading.records,
    nowMs: atMs,
  }
  const status = statusOfWindow(window)
  const isYoung = atMs - memory.since < WINDOW_MS_MIN
  if (isYoung && (status === 'stop' || status === 'stall')) return 'ok'
  // The rules look at neighbours: one step closer among many away from it is called fine. The slope is not fooled.
  if (status === 'ok' && trend.direction === 'rising' && !isYoung) return 'warn'
  return status
}
