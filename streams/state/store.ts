/** A task's key-value store. Synchronous; what is put is read back at once and becomes durable with the next commit. */
export interface KeyValueStore<V> {
  readonly name: string
  get(key: string): V | undefined
  put(key: string, value: V): void
  delete(key: string): void
  /** Entries in key order (UTF-16 code units), from `from` inclusive to `to` exclusive. Uncommitted writes included. */
  range(from?: string, to?: string): IterableIterator<readonly [string, V]>
}

/** A global table: the latest value of each key of a compacted topic, whole on every instance. */
export interface ReadOnlyTable<V> {
  get(key: string): V | undefined
  entries(): IterableIterator<readonly [string, V]>
  readonly size: number
  /** Grows with every change; lets a reader keep an index over the table and know when it is old. */
  readonly version: number
}
