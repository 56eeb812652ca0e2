import { StreamsError } from '../errors.ts'
import type { ProcessorContext } from '../processor.ts'
import { DueQueue } from '../state/due-queue.ts'
import type { KeyValueStore } from '../state/store.ts'
import { openWindowStore, type WindowStore } from '../state/window-store.ts'
import type { Flowing, Receive } from './flow-record.ts'
import { forwardLate } from './late.ts'
import { ObservedTime } from './observed-time.ts'
import type { WritableTopic } from './topic.ts'

/** Which right records belong to a left one: from `beforeMs` before it to `afterMs` after it, both inclusive. */
export interface JoinWindow {
  readonly beforeMs: number
  readonly afterMs: number
  readonly graceMs: number
}

export interface StreamJoinOptions<L, R> {
  readonly within: JoinWindow
  /** Store of the join, used for nothing else. */
  readonly store: string
  /** Where records go whose window had closed when they came. Without it they are dropped. */
  readonly late?: { readonly left?: WritableTopic<L>; readonly right?: WritableTopic<R> }
}

export type JoinKind = 'inner' | 'left' | 'outer'
export type Join<L, R, O> = (left: L, right: R, key: string | undefined) => O

interface Side<V> {
  /** Begins its keys in the store. */
  readonly name: 'l' | 'r'
  /** Records of the other side that match, from and to, relative to the record's time. */
  readonly fromMs: number
  readonly toMs: number
  /** Whether a record without a match is emitted when its window closes. */
  readonly isKept: boolean
  readonly late: WritableTopic<V> | undefined
}

type Unmatched = readonly [timestampMs: number, values: readonly unknown[]]

/**
 * Joins two streams on key and time. Both sides are kept for as long as something may match them; one without a match is
 * emitted exactly when its window closes (left and outer joins), and matches nothing after that. A record whose window
 * has closed is late. Records without a value are ignored, and without a key too unless their side is kept: those are
 * emitted at once.
 */
export function joinStreams<L, R, O>(
  kind: JoinKind,
  join: Join<L | undefined, R | undefined, O>,
  options: StreamJoinOptions<L, R>,
): (context: ProcessorContext, emit: Receive<O>) => readonly [Receive<L>, Receive<R>] {
  const { beforeMs, afterMs, graceMs } = options.within
  for (const [name, ms] of Object.entries(options.within)) {
    if (!Number.isSafeInteger(ms) || ms < 0)
      throw new StreamsError('TOPOLOGY_INVALID', `${name} of a join is ${ms}; it must be whole milliseconds, 0 or more`)
  }
  const late = options.late
  const left: Side<L> = { name: 'l', fromMs: -beforeMs, toMs: afterMs, isKept: kind !== 'inner', late: late?.left }
  const right: Side<R> = { name: 'r', fromMs: -afterMs, toMs: beforeMs, isKept: kind === 'outer', late: late?.right }
  return (context, emit) => {
    const parts = openParts(context, options, (side, key, timestampMs, values) => {
      for (const value of values) {
        const joined = side === 'l' ? join(value as L, undefined, key) : join(undefined, value as R, key)
        emit({ key, value: joined, timestampMs, headers: {} })
      }
    })
    const leftFirst = (one: L, other: R | undefined, key: string | undefined): O => join(one, other, key)
    const rightFirst = (one: R, other: L | undefined, key: string | undefined): O => join(other, one, key)
    return [
      receiver(context, parts, left, right, graceMs, leftFirst, emit),
      receiver(context, parts, right, left, graceMs, rightFirst, emit),
    ]
  }
}

interface Parts {
  readonly time: ObservedTime
  readonly buffer: WindowStore<readonly unknown[]>
  readonly unmatched: DueQueue<Unmatched>
}

function openParts(
  context: ProcessorContext,
  options: Pick<StreamJoinOptions<never, never>, 'store' | 'within'>,
  emitUnmatched: (side: string, key: string, timestampMs: number, values: readonly unknown[]) => void,
): Parts {
  const store: KeyValueStore<unknown> = context.store(options.store)
  const { beforeMs, afterMs, graceMs } = options.within
  const time = new ObservedTime(store)
  const retentionMs = beforeMs + afterMs + graceMs
  const buffer = openWindowStore<readonly unknown[]>(store, { retentionMs, timeMs: time.nowMs })
  const unmatched = new DueQueue<Unmatched>(store, {
    timeMs: time.nowMs,
    defer: (work) => context.defer(work),
    fire(sideKey, _, [timestampMs, values]) {
      buffer.delete(sideKey, timestampMs)
      emitUnmatched(sideKey.charAt(0), sideKey.slice(1), timestampMs, values)
    },
  })
  return { time, buffer, unmatched }
}

function receiver<V, W, O>(
  context: ProcessorContext,
  { time, buffer, unmatched }: Parts,
  side: Side<V>,
  other: Side<W>,
  graceMs: number,
  join: (one: V, other: W | undefined, key: string | undefined) => O,
  emit: Receive<O>,
): Receive<V> {
  const closesAtMs = (of: Pick<Side<never>, 'toMs'>, timestampMs: number): number => timestampMs + of.toMs + graceMs + 1
  const keep = (record: Flowing<V>, key: string, isMatched: boolean): void => {
    const { value, timestampMs } = record
    const closesMs = closesAtMs(side, timestampMs)
    buffer.put(key, timestampMs, [...(buffer.get(key, timestampMs) ?? []), value])
    if (isMatched || !side.isKept) return
    const waiting = unmatched.get(closesMs, key)?.[1] ?? []
    unmatched.add(closesMs, key, [timestampMs, [...waiting, value]])
  }
  return (record) => {
    const { key, value, timestampMs } = record
    if (value === undefined) return
    const nowMs = time.advance(timestampMs)
    if (key === undefined) {
      if (side.isKept) emit({ ...record, value: join(value, undefined, key) })
    } else if (closesAtMs(side, timestampMs) <= nowMs) {
      forwardLate(context, side.late, record, 1, 1)
    } else {
      const otherKey = other.name + key
      const matches = [...buffer.fetch(otherKey, timestampMs + side.fromMs, timestampMs + side.toMs)]
      for (const [otherMs, values] of matches) {
        if (other.isKept) unmatched.remove(closesAtMs(other, otherMs), otherKey)
        for (const one of values)
          emit({ ...record, value: join(value, one as W, key), timestampMs: Math.max(timestampMs, otherMs) })
      }
      keep(record, side.name + key, matches.length > 0)
    }
    unmatched.wake()
  }
}
