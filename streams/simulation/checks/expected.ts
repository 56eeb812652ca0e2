import { type CountValue, isReset, TICK_EVERY_MS, TICKS_KEY } from '../subject/subject-graph.ts'
import type { InputValue } from '../subject/subject-ports.ts'
import { contentOf, type Visible } from './visible.ts'

/** What a task of `count` has to make of its input. */
export interface CountRun {
  readonly outputs: readonly { readonly key: string; readonly value: CountValue }[]
  readonly ticks: number
  readonly store: ReadonlyMap<string, number>
}

/** Runs the committed input of one partition through what `count` does, step by step. */
export function expectedCounts(input: readonly Visible[]): CountRun {
  const store = new Map<string, number>()
  const outputs: { key: string; value: CountValue }[] = []
  let streamTimeMs = -1
  let nextMs: number | undefined
  let ticks = 0
  for (const record of input) {
    streamTimeMs = Math.max(streamTimeMs, record.timestampMs)
    const { id } = contentOf<InputValue>(record)
    const n = (store.get(record.key) ?? 0) + 1
    if (isReset(id)) store.delete(record.key)
    else store.set(record.key, n)
    outputs.push({ key: record.key, value: { id, n } })
    if (nextMs === undefined) nextMs = streamTimeMs + TICK_EVERY_MS
    else if (streamTimeMs >= nextMs) {
      nextMs += TICK_EVERY_MS * (1 + Math.floor((streamTimeMs - nextMs) / TICK_EVERY_MS))
      ticks += 1
      store.set(TICKS_KEY, ticks)
    }
  }
  return { outputs, ticks, store }
}

/**
 * The records of a partition in the order in which they are handled where nobody is waited for in vain: those of each writer
 * in their own, merged by time, and of the same time by writer.
 */
export function inEventTime(records: readonly Visible[]): readonly Visible[] {
  const lanes = [...Map.groupBy(records, ({ task }) => task)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, lane]) => lane)
  const next = lanes.map(() => 0)
  return records.map(() => {
    let first = -1
    for (const [i, lane] of lanes.entries()) {
      const head = lane[next[i] as number]
      const best = lanes[first]?.[next[first] as number]
      if (head !== undefined && (best === undefined || head.timestampMs < best.timestampMs)) first = i
    }
    const taken = lanes[first]?.[next[first] as number] as Visible
    next[first] = (next[first] as number) + 1
    return taken
  })
}
