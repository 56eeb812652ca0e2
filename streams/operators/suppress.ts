import type { ProcessorContext } from '../processor.ts'
import { DueQueue } from '../state/due-queue.ts'
import type { FlowNode, Operator } from './flow-node.ts'
import type { Change, Stamped } from './flow-record.ts'
import { ObservedTime } from './observed-time.ts'
import type { TableView } from './tables.ts'

/** What waits of a key: its value before, its latest one, and when it goes on. */
interface Waiting<V> {
  readonly due_ms: number
  readonly timestamp_ms: number
  readonly before?: V
  readonly after?: V
}

const WAITING = 'k'

/**
 * Holds back the changes of each key for `waitMs` of time observed, counted from the first one held, then lets the latest
 * value go on: a table that changes often, in fewer records.
 */
export const suppressChanges =
  <V>(storeName: string, waitMs: number): Operator<Change<V>, Change<V>> =>
  (context, emit) => {
    const base = context.store<unknown>(storeName)
    const store = context.store<Waiting<V>>(storeName)
    const time = new ObservedTime(base)
    const queue = new DueQueue<true>(base, {
      timeMs: time.nowMs,
      defer: (work) => context.defer(work),
      dropped: (key) => store.delete(WAITING + key),
      fire(key) {
        const waiting = store.get(WAITING + key)
        if (waiting === undefined) return
        store.delete(WAITING + key)
        const { timestamp_ms: timestampMs, before, after } = waiting
        if (before === undefined && after === undefined) return
        emit({ key, timestampMs, headers: {}, value: { before, after } })
      },
    })
    return ({ key, timestampMs, value: { before, after } }) => {
      if (key === undefined) return
      time.advance(timestampMs)
      const waiting = store.get(WAITING + key)
      const first = waiting ?? { due_ms: timestampMs + waitMs, ...(before === undefined ? {} : { before }) }
      if (waiting === undefined) queue.add(first.due_ms, key, true)
      const { after: _, ...kept } = first as Waiting<V>
      const latest = after === undefined ? {} : { after }
      store.put(WAITING + key, { ...kept, ...latest, timestamp_ms: Math.max(timestampMs, waiting?.timestamp_ms ?? 0) })
      queue.wake()
    }
  }

/** The table as it looks from behind: keys whose changes wait are worth what they were before. */
export const suppressedView = <V>(owner: FlowNode, storeName: string, parent: TableView<V>): TableView<V> => ({
  owners: [owner, ...parent.owners],
  open(context: ProcessorContext) {
    const store = context.store<Waiting<V>>(storeName)
    const lookup = parent.open(context)
    return (key): Stamped<V> | undefined => {
      const waiting = store.get(WAITING + key)
      if (waiting === undefined) return lookup(key)
      return waiting.before === undefined ? undefined : { value: waiting.before, timestampMs: waiting.timestamp_ms }
    }
  },
})
