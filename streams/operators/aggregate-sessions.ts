import { openSessionStore, type Session } from '../state/session-store.ts'
import type { Operator } from './flow-node.ts'
import type { WindowChange } from './flow-record.ts'
import { forwardLate } from './late.ts'
import { ObservedTime } from './observed-time.ts'
import { type Fold, openWindowEmitter, type WindowedOptions } from './window-emitter.ts'
import { closesAtMs, type SessionWindows } from './windows.ts'

export interface SessionFold<V, A> extends Fold<V, A> {
  /** Two sessions that a record has joined; the first began earlier. */
  readonly merge: (first: A, second: A, key: string) => A
}

/**
 * Sessions: a record joins every session of its key that is no further than the gap, or begins one. A session that grew
 * is taken back, by a result without a value, before the longer one is emitted. A result's time is the session's end.
 */
export function aggregateSessions<V, A>(
  windows: SessionWindows,
  fold: SessionFold<V, A>,
  options: WindowedOptions<V>,
): Operator<V, WindowChange<A>> {
  const { gapMs, graceMs } = windows
  return (context, emit) => {
    const store = context.store(options.store)
    const time = new ObservedTime(store)
    // A session that has closed is not found any more, so none that was emitted as final grows again.
    const kept = openSessionStore<A>(store, { retentionMs: gapMs + graceMs, timeMs: time.nowMs })
    const spec = { windows, store, timeMs: time.nowMs, onClose: options.emit === 'on_close' }
    const emitter = openWindowEmitter<A>(context, spec, emit)

    return (record) => {
      const { key, value, timestampMs } = record
      if (key === undefined || value === undefined) return
      const nowMs = time.advance(timestampMs)
      const found = [...kept.find(key, timestampMs - gapMs, timestampMs + gapMs)]
      const window = spanOf(found, timestampMs)
      if (closesAtMs(windows, window) <= nowMs) {
        forwardLate(context, options.late, record, 1, 1)
        return
      }
      for (const session of found) {
        kept.delete(key, session.startMs, session.endMs)
        const isSame = session.startMs === window.startMs && session.endMs === window.endMs
        if (!isSame) emitter.gone(record, key, session, { value: session.value, timestampMs: session.endMs })
      }
      const same = found.find((one) => one.startMs === window.startMs && one.endMs === window.endMs)
      const after = fold.add(mergeAll(found, fold, key), value, key)
      kept.put(key, { ...window, value: after })
      emitter.changed(record, key, window, same?.value, { value: after, timestampMs: window.endMs })
      emitter.wake()
    }
  }
}

const spanOf = (found: readonly Session<unknown>[], timestampMs: number) => ({
  startMs: Math.min(timestampMs, ...found.map((one) => one.startMs)),
  endMs: Math.max(timestampMs, ...found.map((one) => one.endMs)),
})

function mergeAll<V, A>(found: readonly Session<A>[], fold: SessionFold<V, A>, key: string): A {
  const [first, ...rest] = found
  if (first === undefined) return fold.initial()
  return rest.reduce((merged, one) => fold.merge(merged, one.value, key), first.value)
}
