import type { KeyValueStore } from './store.ts'

/** So many old entries are deleted for each that is written, until none is left: expiry is paid for by growth, in small change. */
const DELETED_PER_WRITE = 8

/**
 * Deletes what has expired at the beginning of a key range, a few entries at a time. The deletions are ordinary writes of
 * the running call: they go to the changelog as tombstones, and are dropped with the call if it fails. Reads never depend
 * on how far it came.
 */
export class Sweep {
  readonly #store: KeyValueStore<unknown>
  readonly #from: string
  #next: string

  constructor(store: KeyValueStore<unknown>, from: string) {
    this.#store = store
    this.#from = from
    this.#next = from
  }

  /** Deletes a few of the entries before `to`, and by `also` what belongs to them; true when none is left. */
  run(to: string, also?: (key: string) => void): boolean {
    const old: string[] = []
    for (const [key] of this.#store.range(this.#next, to)) {
      old.push(key)
      if (old.length > DELETED_PER_WRITE) break
    }
    const next = old.length > DELETED_PER_WRITE ? old.pop() : undefined
    for (const key of old) {
      this.#store.delete(key)
      also?.(key)
    }
    if (next !== undefined) {
      this.#next = next
      return false
    }
    // From the start again next time: a failed call may have left some.
    this.#next = this.#from
    return true
  }
}
