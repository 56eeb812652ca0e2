import type { SessionFold } from './aggregate-sessions.ts'
import type { Windowed } from './flow-record.ts'
import type { Join, StreamJoinOptions } from './join-streams.ts'
import type { Keyed, RecordInfo } from './stateless.ts'
import type { WritableTopic } from './topic.ts'
import type { Fold, WindowedOptions } from './window-emitter.ts'
import type { SessionWindows, SlidingWindows, TimeWindows } from './windows.ts'

export type Defined<V> = Exclude<V, undefined>

/** State is always named, by whoever builds the flow: names stay when the flow around them changes. */
export interface Stored {
  readonly store: string
}

export interface RepartitionOptions {
  /** As many as the topics it will be joined with, else as its input, unless given. */
  readonly partitions?: number
}

/**
 * Records that happen. Functions given to its methods must be pure: they are called again when a record is. Stateful
 * methods ignore records without a key or value, where they do not say otherwise.
 */
export interface Stream<V> {
  filter<W extends V>(is: (value: V, record: RecordInfo) => value is W): Stream<W>
  filter(test: (value: V, record: RecordInfo) => boolean): Stream<V>
  /** Another value; the key stays. */
  map<W>(map: (value: V, record: RecordInfo) => W): Stream<W>
  flatMap<W>(map: (value: V, record: RecordInfo) => Iterable<W>): Stream<W>
  /** Another key and value. What is keyed anew needs `repartition` or `groupBy` before it meets state. */
  mapRecord<W>(map: (value: V, record: RecordInfo) => Keyed<W>): Stream<W>
  flatMapRecord<W>(map: (value: V, record: RecordInfo) => Iterable<Keyed<W>>): Stream<W>
  rekey(keyOf: (value: V, record: RecordInfo) => string | undefined): Stream<V>
  peek(look: (value: V, record: RecordInfo) => void): Stream<V>
  /** A stream for each test, which gets the records that it is the first to accept; `rest` gets the others. */
  branch<T extends Readonly<Record<string, (value: V, record: RecordInfo) => boolean>>>(
    tests: T,
  ): { readonly [K in keyof T | 'rest']: Stream<V> }
  merge(...others: readonly Stream<V>[]): Stream<V>
  /** Through the topic `<application>.<processor>.<name>.repartition`, so that records lie where their keys say. */
  repartition(name: string, options?: RepartitionOptions): Stream<V>
  to(topic: WritableTopic<Defined<V>>): void
  /** The latest value of each key; a record without a value deletes. */
  toTable(options: Stored): Table<Defined<V>>

  groupByKey(): Grouped<Defined<V>>
  /** By another key, through a repartition topic of this name. Records it gives no key for are left out. */
  groupBy(
    name: string,
    keyOf: (value: V, record: RecordInfo) => string | undefined,
    options?: RepartitionOptions,
  ): Grouped<Defined<V>>

  join<W, O>(other: Stream<W>, join: Join<Defined<V>, Defined<W>, O>, options: StreamJoinOptions<V, W>): Stream<O>
  /** Records of this stream without a match go on alone, exactly when their window closes; those without a key at once. */
  leftJoin<W, O>(
    other: Stream<W>,
    join: Join<Defined<V>, Defined<W> | undefined, O>,
    options: StreamJoinOptions<V, W>,
  ): Stream<O>
  /** The same for both streams. */
  outerJoin<W, O>(
    other: Stream<W>,
    join: Join<Defined<V> | undefined, Defined<W> | undefined, O>,
    options: StreamJoinOptions<V, W>,
  ): Stream<O>
  /** With the table as it is now, or as it was at the record's time where the table has a history. */
  joinTable<W, O>(table: Table<W>, join: Join<Defined<V>, W, O>): Stream<O>
  leftJoinTable<W, O>(table: Table<W>, join: Join<Defined<V>, W | undefined, O>): Stream<O>
  joinGlobal<W, O>(
    table: GlobalTableRef<W>,
    keyOf: (value: Defined<V>, record: RecordInfo) => string | undefined,
    join: Join<Defined<V>, W, O>,
  ): Stream<O>
  leftJoinGlobal<W, O>(
    table: GlobalTableRef<W>,
    keyOf: (value: Defined<V>, record: RecordInfo) => string | undefined,
    join: Join<Defined<V>, W | undefined, O>,
  ): Stream<O>
}

/** A table that is whole in every task: `Flow.globalTable`. */
export interface GlobalTableRef<V> {
  readonly global: WritableTopic<V>
}

/** Records of one key together. */
export interface Grouped<V> {
  count(options: Stored): Table<number>
  reduce(reduce: (aggregate: V, value: V, key: string) => V, options: Stored): Table<V>
  aggregate<A>(options: Stored & Fold<V, A>): Table<A>
  windowedBy(windows: TimeWindows | SlidingWindows): WindowedGroups<V>
  windowedBy(windows: SessionWindows): SessionGroups<V>
}

export interface WindowedGroups<V> {
  count(options: WindowedOptions<V>): WindowedTable<number>
  reduce(reduce: (aggregate: V, value: V, key: string) => V, options: WindowedOptions<V>): WindowedTable<V>
  aggregate<A>(options: WindowedOptions<V> & Fold<V, A>): WindowedTable<A>
}

export interface SessionGroups<V> {
  count(options: WindowedOptions<V>): WindowedTable<number>
  /** `reduce` must be associative: it merges sessions too. */
  reduce(reduce: (aggregate: V, value: V, key: string) => V, options: WindowedOptions<V>): WindowedTable<V>
  aggregate<A>(options: WindowedOptions<V> & SessionFold<V, A>): WindowedTable<A>
}

/** Results by key and window. */
export interface WindowedTable<V> {
  toStream(): Stream<Windowed<V>>
}

/** What each key is worth now. Changes carry the value before, so that what is made from a table takes back what changed. */
export interface Table<V> {
  filter(test: (value: V, key: string) => boolean): Table<V>
  /** `undefined` leaves the row out. */
  map<W>(map: (value: V, key: string) => W): Table<Defined<W>>
  /** Its new values as they come; deletions are records without a value. */
  toStream(): Stream<V | undefined>
  /** Other keys for its rows, through a repartition topic of this name. */
  groupBy<W>(name: string, group: (value: V, key: string) => Keyed<W>, options?: RepartitionOptions): GroupedTable<W>

  join<W, O>(other: Table<W>, join: Join<V, W, O>): Table<O>
  leftJoin<W, O>(other: Table<W>, join: Join<V, W | undefined, O>): Table<O>
  outerJoin<W, O>(other: Table<W>, join: Join<V | undefined, W | undefined, O>): Table<O>
  /** With the row of the other table that a value's foreign key names. */
  joinForeign<W, O>(other: Table<W>, options: ForeignKeyOptions<V>, join: Join<V, W, O>): Table<O>
  leftJoinForeign<W, O>(other: Table<W>, options: ForeignKeyOptions<V>, join: Join<V, W | undefined, O>): Table<O>

  /** Lets the latest value of a key go on `waitMs` after the first of the changes it holds back. */
  suppress(options: Stored & { readonly waitMs: number }): Table<V>
}

export interface ForeignKeyOptions<V> {
  /** Names the two topics between the tables. */
  readonly name: string
  readonly keyOf: (value: V, key: string) => string | undefined
  /** Store of the results, beside the left table. */
  readonly store: string
  /** Store of who asked for which row, beside the right table. */
  readonly subscribers: string
}

/** Rows of a table by the key of a group: what leaves a group is subtracted, what joins it added. */
export interface GroupedTable<V> {
  count(options: Stored): Table<number>
  reduce(
    options: Stored & {
      readonly add: (aggregate: V, value: V, key: string) => V
      readonly subtract: (aggregate: V, value: V, key: string) => V
    },
  ): Table<V>
  aggregate<A>(
    options: Stored & Fold<V, A> & { readonly subtract: (aggregate: A, value: V, key: string) => A },
  ): Table<A>
}
