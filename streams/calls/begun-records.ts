/** What has a place in a sequence. */
interface Placed {
  readonly offset: bigint
  readonly timestampMs: number
}

/** Records of one sequence that were begun in its order, and are done in any. */
export class BegunRecords<T extends Placed> {
  /** From the oldest that is open on; those behind it may be done. */
  readonly #begun: T[] = []
  readonly #done = new Set<T>()

  begin(record: T): void {
    this.#begun.push(record)
  }

  /** The record is done. Gives the offset before which everything is, where that moved. */
  end(record: T): bigint | undefined {
    this.#done.add(record)
    let next: bigint | undefined
    for (let first = this.#begun[0]; first !== undefined && this.#done.delete(first); first = this.#begun[0]) {
      next = first.offset + 1n
      this.#begun.shift()
    }
    return next
  }

  get oldest(): T | undefined {
    return this.#begun[0]
  }

  /** How many are open. */
  get size(): number {
    return this.#begun.length - this.#done.size
  }

  /** One is done although an older one is open. */
  get isAhead(): boolean {
    return this.#done.size > 0
  }

  *open(): Iterable<T> {
    for (const record of this.#begun) if (!this.#done.has(record)) yield record
  }

  /** The earliest time of an open record but this one; Infinity where there is none. */
  earliestMs(except?: T): number {
    let earliestMs = Number.POSITIVE_INFINITY
    for (const record of this.#begun) {
      if (record !== except && record.timestampMs < earliestMs && !this.#done.has(record))
        earliestMs = record.timestampMs
    }
    return earliestMs
  }
}
