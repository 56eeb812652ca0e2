import type { Operator } from './flow-node.ts'
import type { Flowing } from './flow-record.ts'
import type { WritableTopic } from './topic.ts'

/** What is known of a record besides its value. */
export type RecordInfo = Pick<Flowing<unknown>, 'key' | 'timestampMs' | 'headers'>
export interface Keyed<V> {
  readonly key: string | undefined
  readonly value: V
}

/** Records of a source topic as they come. */
export const passOn =
  <V>(): Operator<V, V> =>
  (_, emit) =>
    emit

/** A stream has no use for tombstones: they are left out where a topic is read as one. */
export const withoutTombstones =
  <V>(): Operator<V | undefined, V> =>
  (_, emit) =>
  (record) => {
    if (record.value !== undefined) emit(record as Flowing<V>)
  }

export const filterRecords =
  <V>(test: (value: V, record: RecordInfo) => boolean): Operator<V, V> =>
  (_, emit) =>
  (record) => {
    if (test(record.value, record)) emit(record)
  }

export const mapValues =
  <V, W>(map: (value: V, record: RecordInfo) => W): Operator<V, W> =>
  (_, emit) =>
  (record) =>
    emit({ ...record, value: map(record.value, record) })

export const flatMapValues =
  <V, W>(map: (value: V, record: RecordInfo) => Iterable<W>): Operator<V, W> =>
  (_, emit) =>
  (record) => {
    for (const value of map(record.value, record)) emit({ ...record, value })
  }

export const flatMapRecords =
  <V, W>(map: (value: V, record: RecordInfo) => Iterable<Keyed<W>>): Operator<V, W> =>
  (_, emit) =>
  (record) => {
    for (const { key, value } of map(record.value, record)) emit({ ...record, key, value })
  }

export const peekRecords =
  <V>(look: (value: V, record: RecordInfo) => void): Operator<V, V> =>
  (_, emit) =>
  (record) => {
    look(record.value, record)
    emit(record)
  }

/** The end of a chain: what comes is forwarded to a topic. */
export const forwardTo =
  <V>(topic: Pick<WritableTopic<V>, 'name'>): Operator<V, never> =>
  (context) =>
  ({ key, value, timestampMs, headers }) =>
    context.forward({ topic: topic.name, key, value, timestampMs, headers })
