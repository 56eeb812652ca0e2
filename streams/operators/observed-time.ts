import type { KeyValueStore } from '../state/store.ts'

const KEY = '#time'

/**
 * How far the records that reached an operator have come, epoch milliseconds; -1 before the first. Kept in the operator's
 * store, because the task's stream time would not do: behind an operator that waits for windows to close, records are
 * older than it by as much as that waited.
 */
export class ObservedTime {
  readonly #store: KeyValueStore<number>

  constructor(store: KeyValueStore<unknown>) {
    this.#store = store as KeyValueStore<number>
  }

  readonly nowMs = (): number => this.#store.get(KEY) ?? -1

  /** Moves on where the time given is later; gives the time after that. */
  advance(timestampMs: number): number {
    const nowMs = this.nowMs()
    if (timestampMs <= nowMs) return nowMs
    this.#store.put(KEY, timestampMs)
    return timestampMs
  }
}
