import { hash } from 'node:crypto'
import type { ProcessorContext } from '../processor.ts'
import { afterPrefix, keyAt, keyPart } from '../state/ordered-key.ts'
import type { Operator } from './flow-node.ts'
import { type Change, type Flowing, fromStored, type Receive, type StoredStamped, toStored } from './flow-record.ts'
import type { Join } from './join-streams.ts'
import { combine } from './join-tables.ts'
import type { TableView } from './tables.ts'

/*
 * A left row asks for the right row of its foreign key, which may lie in another task:
 *
 *   left task   --- Subscription, by foreign key --->   right task, which remembers who asked
 *   left task   <--- Answer, by the left row's key ---   at once, and with every change of the right row
 *
 * An answer carries the fingerprint of the left row it was asked for. Meanwhile the row may have changed and asked anew;
 * then the answer is out of date, and another is on its way.
 */

export interface Subscription {
  readonly key: string
  /** Nothing to remember: the row has another foreign key now, or is gone. */
  readonly fingerprint: string | null
}

export interface Answer<R> {
  readonly fingerprint: string
  readonly value?: R
}

const fingerprintOf = (row: unknown): string =>
  row === undefined ? '' : hash('sha1', JSON.stringify(row) ?? '', 'base64')

/** Left task: tells the right side who asks for what. A row without a foreign key is answered on the spot, with nothing. */
export function subscribe<L, R>(
  keyOf: (value: L, key: string) => string | undefined,
  topics: { readonly subscriptions: string; readonly answers: string },
): Operator<Change<L>, never> {
  return (context) => (record) => {
    const { key, value: change, timestampMs } = record
    if (key === undefined) return
    const foreignKeyOf = (row: L | undefined) => (row === undefined ? undefined : keyOf(row, key))
    const [before, after] = [foreignKeyOf(change.before), foreignKeyOf(change.after)]
    const fingerprint = fingerprintOf(change.after)
    const tell = (foreignKey: string, value: Subscription): void =>
      context.forward({ topic: topics.subscriptions, key: foreignKey, value, timestampMs })
    if (before !== undefined && before !== after) tell(before, { key, fingerprint: null })
    if (after !== undefined) tell(after, { key, fingerprint })
    else context.forward({ topic: topics.answers, key, value: { fingerprint } satisfies Answer<R>, timestampMs })
  }
}

/** Right task: remembers subscriptions, answers them, and answers again when the right row changes. */
export function answer<R>(
  storeName: string,
  right: TableView<R>,
): (context: ProcessorContext, emit: Receive<Answer<R>>) => readonly [Receive<Subscription>, Receive<Change<R>>] {
  return (context, emit) => {
    const subscribers = context.store<string>(storeName)
    const rightOf = right.open(context)
    const tell = (record: Flowing<unknown>, key: string, fingerprint: string, value: R | undefined): void =>
      emit({ ...record, key, value: value === undefined ? { fingerprint } : { fingerprint, value } })
    return [
      (record) => {
        const { key: foreignKey, value: subscription } = record
        if (foreignKey === undefined) return
        const place = keyPart(foreignKey) + subscription.key
        if (subscription.fingerprint === null) return subscribers.delete(place)
        subscribers.put(place, subscription.fingerprint)
        const found = rightOf(foreignKey)
        const timestampMs = Math.max(record.timestampMs, found?.timestampMs ?? record.timestampMs)
        tell({ ...record, timestampMs }, subscription.key, subscription.fingerprint, found?.value)
      },
      (record) => {
        if (record.key === undefined) return
        const prefix = keyPart(record.key)
        for (const [place, fingerprint] of subscribers.range(prefix, afterPrefix(prefix)))
          tell(record, place.slice(keyAt(place, 0).next), fingerprint, record.value.after)
      },
    ]
  }
}

/** Left task: joins an answer with the row it is for, unless that has changed since. The result is a table of its own. */
export function resolve<L, R, O>(
  kind: 'inner' | 'left',
  storeName: string,
  left: TableView<L>,
  join: Join<L | undefined, R | undefined, O>,
): Operator<Answer<R>, Change<O>> {
  const row = combine(kind, join)
  return (context, emit) => {
    const results = context.store<StoredStamped<O>>(storeName)
    const leftOf = left.open(context)
    return (record) => {
      const { key, value } = record
      if (key === undefined) return
      const current = leftOf(key)
      if (fingerprintOf(current?.value) !== value.fingerprint) return
      const before = fromStored(results.get(key))?.value
      const after = row(current?.value, value.value, key)
      const timestampMs = Math.max(record.timestampMs, current?.timestampMs ?? record.timestampMs)
      if (after === undefined) results.delete(key)
      else results.put(key, toStored({ value: after, timestampMs }))
      if (before !== undefined || after !== undefined) emit({ ...record, timestampMs, value: { before, after } })
    }
  }
}
