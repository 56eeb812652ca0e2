/** What has a place in a sequence. */
interface Placed {
  readonly offset: bigint
  readonly timestampMs: number
}

/**
 * Records of one sequence that were begun in its order, and are done in any. Only those that are open are held: one that
 * stays open for long costs no more for all that is done behind it.
 */
export class BegunRecords<T extends Placed> {
  /** By offset. */
  readonly #open: T[] = []
  /** How many were begun before each of the open ones. */
  readonly #ordinals: number[] = []
  #begun = 0
  /** Behind the last that was begun. */
  #end = 0n

  begin(record: T): void {
    this.#open.push(record)
    this.#ordinals.push(this.#begun)
    this.#begun += 1
    this.#end = record.offset + 1n
  }

  /** The record is done. Gives the offset before which everything is, where that moved. */
  end(record: T): bigint | undefined {
    const place = this.#placeOf(record)
    if (this.#open[place] !== record) return undefined
    this.#open.splice(place, 1)
    this.#ordinals.splice(place, 1)
    return place === 0 ? (this.oldest?.offset ?? this.#end) : undefined
  }

  get oldest(): T | undefined {
    return this.#open[0]
  }

  /** How many are open. */
  get size(): number {
    return this.#open.length
  }

  /** One is done although an older one is open. */
  get isAhead(): boolean {
    return this.#begun - (this.#ordinals[0] ?? this.#begun) > this.#open.length
  }

  open(): Iterable<T> {
    return this.#open.values()
  }

  /** The earliest time of an open record but this one; Infinity where there is none. */
  earliestMs(except?: T): number {
    let earliestMs = Number.POSITIVE_INFINITY
    for (const record of this.#open) {
      if (record !== except && record.timestampMs < earliestMs) earliestMs = record.timestampMs
    }
    return earliestMs
  }

  #placeOf({ offset }: T): number {
    let [from, to] = [0, this.#open.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if ((this.#open[middle]?.offset ?? offset) < offset) from = middle + 1
      else to = middle
    }
    return from
  }
}
