import { openWindowStore } from '../state/window-store.ts'
import type { Operator } from './flow-node.ts'
import {
  fromStored,
  type Stamped,
  type StoredStamped,
  toStored,
  type Window,
  type WindowChange,
} from './flow-record.ts'
import { forwardLate } from './late.ts'
import { ObservedTime } from './observed-time.ts'
import { type Fold, openWindowEmitter, type WindowedOptions } from './window-emitter.ts'
import { closesAtMs, type TimeWindows, windowsAt } from './windows.ts'

/**
 * Tumbling and hopping windows. A window takes records until the time observed is its end and grace; records without key or
 * value are ignored. A result's time is the latest of its records'.
 */
export function aggregateTimeWindows<V, A>(
  windows: TimeWindows,
  fold: Fold<V, A>,
  options: WindowedOptions<V>,
): Operator<V, WindowChange<A>> {
  return (context, emit) => {
    const onClose = options.emit === 'on_close'
    const store = context.store(options.store)
    const time = new ObservedTime(store)
    const timeMs = time.nowMs
    const emitter = openWindowEmitter<A>(context, { windows, store, timeMs, onClose }, emit)
    // A segment for each window start: all that is ever asked for is one window of one key.
    const retentionMs = windows.sizeMs + windows.graceMs
    const kept = openWindowStore<StoredStamped<A>>(store, { retentionMs, segmentMs: windows.advanceMs, timeMs })
    const current = (key: string, window: Window): Stamped<A> | undefined =>
      onClose ? emitter.held(key, window) : fromStored(kept.get(key, window.startMs))

    return (record) => {
      const { key, value, timestampMs } = record
      if (key === undefined || value === undefined) return
      const nowMs = time.advance(timestampMs)
      const all = windowsAt(windows, timestampMs)
      const open = all.filter((window) => closesAtMs(windows, window) > nowMs)
      for (const window of open) {
        const before = current(key, window)
        const after = {
          value: fold.add(before === undefined ? fold.initial() : before.value, value, key),
          timestampMs: Math.max(timestampMs, before?.timestampMs ?? timestampMs),
        }
        if (!onClose) kept.put(key, window.startMs, toStored(after))
        emitter.changed(record, key, window, before?.value, after)
      }
      if (open.length < all.length) forwardLate(context, options.late, record, all.length - open.length, all.length)
      emitter.wake()
    }
  }
}
