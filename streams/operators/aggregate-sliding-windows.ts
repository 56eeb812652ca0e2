import { openWindowStore } from '../state/window-store.ts'
import type { Operator } from './flow-node.ts'
import { type Stamped, type StoredStamped, toStored, type WindowChange } from './flow-record.ts'
import { forwardLate } from './late.ts'
import { ObservedTime } from './observed-time.ts'
import { type Fold, openWindowEmitter, type WindowedOptions } from './window-emitter.ts'
import { closesAtMs, type SlidingWindows } from './windows.ts'

/** What the windows around a new record say, before it is added to any. Windows are told by their start. */
interface Surroundings<A> {
  /** Windows the record lies in. */
  readonly containing: ReadonlyMap<number, Stamped<A>>
  readonly starts: ReadonlySet<number>
  /** The last window that ends before the record: the records of the new left window, if that is not empty. */
  readonly left: Stamped<A> | undefined
  /** Time of the last record before the new one, as far as it matters. */
  readonly previousMs: number | undefined
  /** The last window that contains the record and goes on after it: the records of the new right window. */
  readonly right: Stamped<A> | undefined
}

/**
 * Sliding windows: for each record one that ends with it and, once there are records after it, one that starts just after
 * it. A new record is added to the windows it lies in; its own two windows, and the right one of the record before, are
 * made from windows that hold exactly their records already. So no record is kept, and none is read twice.
 */
export function aggregateSlidingWindows<V, A>(
  windows: SlidingWindows,
  fold: Fold<V, A>,
  options: WindowedOptions<V>,
): Operator<V, WindowChange<A>> {
  const { spanMs, graceMs } = windows
  return (context, emit) => {
    const store = context.store(options.store)
    const time = new ObservedTime(store)
    const timeMs = time.nowMs
    // Closed windows are kept for as long as a window that is still open may be made from them.
    const kept = openWindowStore<StoredStamped<A>>(store, { retentionMs: 2 * spanMs + graceMs, timeMs })
    const onClose = options.emit === 'on_close'
    const emitter = openWindowEmitter<A>(context, { windows, store, timeMs, onClose }, emit)

    return (record) => {
      const { key, value, timestampMs } = record
      if (key === undefined || value === undefined) return
      const nowMs = time.advance(timestampMs)
      const put = (startMs: number, before: A | undefined, after: Stamped<A>): void => {
        kept.put(key, startMs, toStored(after))
        emitter.changed(record, key, { startMs, endMs: startMs + spanMs }, before, after)
      }
      const add = (startMs: number, base: Stamped<A> | undefined, before: A | undefined): void => {
        if (closesAtMs(windows, { startMs, endMs: startMs + spanMs }) <= nowMs) return
        const aggregate = fold.add(base === undefined ? fold.initial() : base.value, value, key)
        put(startMs, before, { value: aggregate, timestampMs: Math.max(timestampMs, base?.timestampMs ?? timestampMs) })
      }
      if (timestampMs + spanMs + graceMs < nowMs) {
        forwardLate(context, options.late, record, 1, 1)
        return
      }
      const near = surroundingsOf(kept.fetch(key, timestampMs - 2 * spanMs, timestampMs + 1), timestampMs, spanMs)
      for (const [startMs, window] of near.containing) add(startMs, window, window.value)
      for (const [startMs, base] of newWindows(near, timestampMs, spanMs)) add(startMs, base, undefined)
      if (near.right !== undefined && near.right.timestampMs > timestampMs && !near.starts.has(timestampMs + 1))
        put(timestampMs + 1, undefined, near.right)
      emitter.wake()
    }
  }
}

function surroundingsOf<A>(
  windows: Iterable<readonly [number, StoredStamped<A>]>,
  timestampMs: number,
  spanMs: number,
): Surroundings<A> {
  const containing = new Map<number, Stamped<A>>()
  const starts = new Set<number>()
  let [left, right]: (Stamped<A> | undefined)[] = []
  let previousMs: number | undefined
  for (const [startMs, [windowMs, value]] of windows) {
    const window = { timestampMs: windowMs, value }
    const endMs = startMs + spanMs
    starts.add(startMs)
    if (endMs < timestampMs) left = window
    if (endMs <= timestampMs && windowMs < timestampMs) previousMs = windowMs
    if (endMs >= timestampMs && startMs <= timestampMs) containing.set(startMs, window)
    if (endMs > timestampMs && startMs <= timestampMs) right = window
  }
  return { containing, starts, left, previousMs, right }
}

/** Windows that the record makes with itself in them, and what they hold without it. */
function newWindows<A>(
  { starts, left, previousMs }: Surroundings<A>,
  timestampMs: number,
  spanMs: number,
): readonly (readonly [startMs: number, base: Stamped<A> | undefined])[] {
  const made: (readonly [number, Stamped<A> | undefined])[] = []
  const ownMs = timestampMs - spanMs
  if (previousMs !== undefined && previousMs + 1 + spanMs >= timestampMs && !starts.has(previousMs + 1))
    made.push([previousMs + 1, undefined])
  if (!starts.has(ownMs)) made.push([ownMs, previousMs !== undefined && previousMs >= ownMs ? left : undefined])
  return made
}
