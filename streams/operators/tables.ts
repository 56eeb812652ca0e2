import type { ProcessorContext } from '../processor.ts'
import type { KeyValueStore } from '../state/store.ts'
import { openVersionedStore, type VersionedStore } from '../state/versioned-store.ts'
import type { FlowNode, Operator } from './flow-node.ts'
import { type Change, fromStored, type Stamped, type StoredStamped, toStored } from './flow-record.ts'
import { ObservedTime } from './observed-time.ts'

export type Lookup<V> = (key: string) => Stamped<V> | undefined

/** How other operators of the task read a table: from the stores of `owners`, or from what can be computed from them. */
export interface TableView<V> {
  readonly owners: readonly FlowNode[]
  readonly open: (context: ProcessorContext) => Lookup<V>
  /** What a key was worth at a time; only tables with a history know. */
  readonly openAsOf?: (context: ProcessorContext) => (key: string, timeMs: number) => Stamped<V> | undefined
}

/** Emits a change unless it is none. */
const isChange = <V>({ before, after }: Change<V>): boolean => before !== undefined || after !== undefined

/** A topic or stream as a table in a store. Records without a key are ignored, those without a value delete. */
export const keepTable =
  <V>(storeName: string): Operator<V | undefined, Change<V>> =>
  (context, emit) => {
    const store = context.store<StoredStamped<V>>(storeName)
    return (record) => {
      const { key, value: after, timestampMs } = record
      if (key === undefined) return
      const before = store.get(key)?.[1]
      if (after === undefined) store.delete(key)
      else store.put(key, toStored({ value: after, timestampMs }))
      const change = { before, after }
      if (isChange(change)) emit({ ...record, value: change })
    }
  }

export const storedView = <V>(owner: FlowNode, storeName: string): TableView<V> => ({
  owners: [owner],
  open(context) {
    const store = context.store<StoredStamped<V>>(storeName)
    return (key) => fromStored(store.get(key))
  },
})

function openHistory<V>(context: ProcessorContext, storeName: string, historyMs: number) {
  const store: KeyValueStore<unknown> = context.store(storeName)
  const time = new ObservedTime(store)
  const versions: VersionedStore<V> = openVersionedStore<V>(store, { historyMs, timeMs: time.nowMs })
  return { time, versions }
}

/** A table that knows its history. What comes out of order enters the history; only the latest value is a change. */
export const keepHistory =
  <V>(storeName: string, historyMs: number): Operator<V | undefined, Change<V>> =>
  (context, emit) => {
    const { time, versions } = openHistory<V>(context, storeName, historyMs)
    return (record) => {
      const { key, value: after, timestampMs } = record
      if (key === undefined) return
      time.advance(timestampMs)
      const before = versions.get(key)?.value
      if (!versions.put(key, after, timestampMs)) return
      const latest = versions.get(key)
      const isLatest = after === undefined ? latest === undefined : latest?.fromMs === timestampMs
      const change = { before, after }
      if (isLatest && isChange(change)) emit({ ...record, value: change })
    }
  }

export const historyView = <V>(owner: FlowNode, storeName: string, historyMs: number): TableView<V> => ({
  owners: [owner],
  open(context) {
    const { versions } = openHistory<V>(context, storeName, historyMs)
    return (key) => stamped(versions.get(key))
  },
  openAsOf(context) {
    const { versions } = openHistory<V>(context, storeName, historyMs)
    return (key, timeMs) => stamped(versions.getAsOf(key, timeMs))
  },
})

const stamped = <V>(version: { readonly value: V; readonly fromMs: number } | undefined): Stamped<V> | undefined =>
  version === undefined ? undefined : { value: version.value, timestampMs: version.fromMs }

/** Both sides of a change through the same function; what is no change then goes no further. */
export const mapTable =
  <V, W>(map: (value: V, key: string) => W | undefined): Operator<Change<V>, Change<W>> =>
  (_, emit) =>
  (record) => {
    const { key, value } = record
    if (key === undefined) return
    const mapped = (one: V | undefined): W | undefined => (one === undefined ? undefined : map(one, key))
    const change = { before: mapped(value.before), after: mapped(value.after) }
    if (isChange(change)) emit({ ...record, value: change })
  }

export const mappedView = <V, W>(view: TableView<V>, map: (value: V, key: string) => W | undefined): TableView<W> => {
  const mapped = (key: string, found: Stamped<V> | undefined): Stamped<W> | undefined => {
    const value = found === undefined ? undefined : map(found.value, key)
    return found === undefined || value === undefined ? undefined : { value, timestampMs: found.timestampMs }
  }
  const { openAsOf } = view
  return {
    owners: view.owners,
    open(context) {
      const lookup = view.open(context)
      return (key) => mapped(key, lookup(key))
    },
    ...(openAsOf && {
      openAsOf(context: ProcessorContext) {
        const lookup = openAsOf(context)
        return (key: string, timeMs: number) => mapped(key, lookup(key, timeMs))
      },
    }),
  }
}

/** The table's new values as a stream; a deletion is a record without a value. */
export const tableToStream =
  <V>(): Operator<Change<V>, V | undefined> =>
  (_, emit) =>
  (record) =>
    emit({ ...record, value: record.value.after })
