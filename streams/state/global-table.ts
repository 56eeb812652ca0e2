import type { ReadOnlyTable } from './store.ts'

/** The latest value of each key of a topic, in memory. The runtime sets; processors read. */
export class GlobalTable<V> implements ReadOnlyTable<V> {
  readonly #entries = new Map<string, V>()
  #version = 0

  get(key: string): V | undefined {
    return this.#entries.get(key)
  }

  entries(): IterableIterator<readonly [string, V]> {
    return this.#entries.entries()
  }

  get size(): number {
    return this.#entries.size
  }

  get version(): number {
    return this.#version
  }

  /** `undefined` removes. */
  set(key: string, value: V | undefined): void {
    if (value === undefined) this.#entries.delete(key)
    else this.#entries.set(key, value)
    this.#version += 1
  }
}
