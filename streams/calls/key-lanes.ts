/**
 * Lets work of one key run one after the other, and everything else side by side. Work holds its lane until it says that
 * it is done, which may be long after its call has ended.
 */
export class KeyLanes<T> {
  readonly #begin: (work: T) => void
  /** By key: what has the lane, then who waits for it. */
  readonly #lanes = new Map<string, T[]>()

  constructor(begin: (work: T) => void) {
    this.#begin = begin
  }

  enter(key: string, work: T): void {
    const lane = this.#lanes.get(key)
    if (lane !== undefined) {
      lane.push(work)
      return
    }
    this.#lanes.set(key, [work])
    this.#begin(work)
  }

  /** What has the lane is done: the next begins. */
  leave(key: string): void {
    const lane = this.#lanes.get(key)
    lane?.shift()
    const next = lane?.[0]
    if (next === undefined) this.#lanes.delete(key)
    else this.#begin(next)
  }
}
