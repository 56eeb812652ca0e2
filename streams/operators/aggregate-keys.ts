import type { Operator } from './flow-node.ts'
import { type Change, type Flowing, type StoredStamped, toStored } from './flow-record.ts'
import type { Keyed } from './stateless.ts'

/**
 * Keeps an aggregate of each key. `next` gives the new one, from `undefined` where there is none yet; `undefined` deletes.
 * Records without key or value are ignored.
 */
export const aggregateKeys =
  <I, A>(
    storeName: string,
    next: (aggregate: A | undefined, value: Exclude<I, undefined>, key: string) => A | undefined,
  ): Operator<I, Change<A>> =>
  (context, emit) => {
    const store = context.store<StoredStamped<A>>(storeName)
    return (record) => {
      const { key, value } = record
      if (key === undefined || value === undefined) return
      const stored = store.get(key)
      const timestampMs = Math.max(record.timestampMs, stored?.[0] ?? record.timestampMs)
      const after = next(stored?.[1], value as Exclude<I, undefined>, key)
      if (after === undefined) store.delete(key)
      else store.put(key, toStored({ value: after, timestampMs }))
      const before = stored?.[1]
      if (before !== undefined || after !== undefined) emit({ ...record, timestampMs, value: { before, after } })
    }
  }

/** How a table's rows are taken out of an aggregate and put into one. */
export interface Retraction<V, A> {
  readonly add: (aggregate: A | undefined, value: V, key: string) => A | undefined
  readonly subtract: (aggregate: A, value: V, key: string) => A | undefined
}

/** First the old row out, then the new one in: what is left out was never in. */
export const retract =
  <V, A>({ add, subtract }: Retraction<V, A>) =>
  (aggregate: A | undefined, { before, after }: Change<V>, key: string): A | undefined => {
    const left = before !== undefined && aggregate !== undefined ? subtract(aggregate, before, key) : aggregate
    return after === undefined ? left : add(left, after, key)
  }

/**
 * A table's changes by the key of a group. Where old and new row belong to one group it is one record, so that the
 * aggregate is never seen without both; else the old group is told first.
 */
export const regroup =
  <V, W>(group: (value: V, key: string) => Keyed<W>): Operator<Change<V>, Change<W>> =>
  (_, emit) =>
  (record) => {
    const { key, value: change } = record
    if (key === undefined) return
    const grouped = (value: V | undefined) => (value === undefined ? undefined : group(value, key))
    const [before, after] = [grouped(change.before), grouped(change.after)]
    const tell = (to: string | undefined, value: Change<W>): void => {
      if (to !== undefined) emit({ ...record, key: to, value } satisfies Flowing<Change<W>>)
    }
    if (before !== undefined && after !== undefined && before.key === after.key)
      return tell(after.key, { before: before.value, after: after.value })
    if (before !== undefined) tell(before.key, { before: before.value, after: undefined })
    if (after !== undefined) tell(after.key, { before: undefined, after: after.value })
  }
