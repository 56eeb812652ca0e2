/** Committed entries of one store of one task. Values are the store's encoded text. */
export interface StoreBacking {
  get(key: string): string | undefined
  /**
   * Key order by UTF-16 code units, `from` inclusive, `to` exclusive. A snapshot: later writes are not seen. Who wants no
   * more than some entries says so by `entriesMax`, and may be given more all the same.
   */
  range(from: string | undefined, to: string | undefined, entriesMax?: number): Iterable<readonly [string, string]>
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
  readonly #entries = new Map<string, string>()
  #sorted: string[] | undefined

  get(key: string): string | undefined {
    return this.#entries.get(key)
  }

  range(
    from: string | undefined,
    to: string | undefined,
    entriesMax: number = Number.POSITIVE_INFINITY,
  ): Iterable<readonly [string, string]> {
    this.#sorted ??= [...this.#entries.keys()].sort()
    const out: [string, string][] = []
    for (let i = from === undefined ? 0 : lowerBound(this.#sorted, from); i < this.#sorted.length; i++) {
      const key = this.#sorted[i] as string
      if ((to !== undefined && key >= to) || out.length >= entriesMax) break
      out.push([key, this.#entries.get(key) as string])
    }
    return out
  }

  apply(entries: Iterable<readonly [string, string | undefined]>): void {
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
