/** Committed entries of one store of one task. Values are the store's encoded text. */
export interface StoreBacking {
  get(key: string): string | undefined
  /** Key order by UTF-16 code units, `from` inclusive, `to` exclusive. A snapshot as of the first read: later writes are not seen. */
  range(from: string | undefined, to: string | undefined): Iterable<readonly [string, string]>
}

/** What one commit changes in one store; `undefined` deletes. */
export interface StoreChange {
  /** `storeIdOf` of the store. */
  readonly storeId: string
  readonly entries: Iterable<readonly [string, string | undefined]>
}

/** Name of a task's store on disk. */
export const storeIdOf = (node: string, store: string, partition: number): string => `${node}/${store}/${partition}`

/** A store that lives in memory only: for tests, and for drivers that keep nothing. */
export class MemoryBacking implements StoreBacking {
  #entries = new Map<string, string>()
  #sorted: string[] | undefined
  /** Ranges being read; while there are any, entries are replaced and not changed. */
  #readers = 0

  get(key: string): string | undefined {
    return this.#entries.get(key)
  }

  *range(from: string | undefined, to: string | undefined): Iterable<readonly [string, string]> {
    this.#sorted ??= [...this.#entries.keys()].sort()
    const [entries, sorted] = [this.#entries, this.#sorted]
    this.#readers += 1
    try {
      for (let i = from === undefined ? 0 : lowerBound(sorted, from); i < sorted.length; i++) {
        const key = sorted[i] as string
        if (to !== undefined && key >= to) return
        yield [key, entries.get(key) as string]
      }
    } finally {
      this.#readers -= 1
    }
  }

  apply(entries: Iterable<readonly [string, string | undefined]>): void {
    if (this.#readers > 0) this.#entries = new Map(this.#entries)
    for (const [key, value] of entries) {
      if (value === undefined ? this.#entries.delete(key) : !this.#entries.has(key)) this.#sorted = undefined
      if (value !== undefined) this.#entries.set(key, value)
    }
  }
}

/** First place whose key is not below `key`. */
export function lowerBound(sorted: readonly string[], key: string): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as string) < key) low = middle + 1
    else high = middle
  }
  return low
}
