import { StreamsError } from '../errors.ts'
import { afterPrefix, keyAt, keyPart, TIME_PART_LENGTH, timeAt, timePart } from './ordered-key.ts'
import type { KeyValueStore } from './store.ts'

export interface DueQueueOptions<P> {
  /** An entry is due once this is at or past its time. */
  readonly timeMs: () => number
  /** What happens to an entry; by then it is out of the queue. */
  readonly fire: (key: string, dueMs: number, payload: P) => void
  /** What else goes with an entry that failed and is dropped. */
  readonly dropped?: (key: string, dueMs: number) => void
  /** As `ProcessorContext.defer`. */
  readonly defer: (work: () => boolean) => void
}

const PREFIX = 'd'

/**
 * What is to happen at a time, in a key-value store: it survives a restart, and fires once. Each entry fires in a call of
 * its own, in order of time and then of key. Where that call fails its dead letter is written, and the entry is dropped:
 * one bad entry keeps no other from firing.
 */
export class DueQueue<P> {
  readonly #store: KeyValueStore<P>
  readonly #options: DueQueueOptions<P>
  /** Nothing is due before this. Never too late: it is raised only by a call that changes nothing, so no failure takes it back. */
  #nextMs = Number.NEGATIVE_INFINITY
  /** No entry lies before this one: a range need not pass over all that fired since the last commit. */
  #from = PREFIX
  /** The entry of the last call; still in the store where that call failed. */
  #last: string | undefined

  constructor(store: KeyValueStore<unknown>, options: DueQueueOptions<P>) {
    this.#store = store as KeyValueStore<P>
    this.#options = options
  }

  /** A second entry of the same time and key replaces the first. */
  add(dueMs: number, key: string, payload: P): void {
    const at = entryKey(dueMs, key)
    this.#store.put(at, payload)
    if (at < this.#from) this.#from = at
    this.#nextMs = Math.min(this.#nextMs, dueMs)
  }

  remove(dueMs: number, key: string): void {
    this.#store.delete(entryKey(dueMs, key))
  }

  get(dueMs: number, key: string): P | undefined {
    return this.#store.get(entryKey(dueMs, key))
  }

  /** To be called when time may have moved: what is due fires after the running call. */
  wake(): void {
    if (this.#options.timeMs() >= this.#nextMs) this.#options.defer(this.#step)
  }

  /** Fires one entry; false when none is due any more. */
  readonly #step = (): boolean => {
    const last = this.#last
    this.#last = undefined
    if (last !== undefined && this.#store.get(last) !== undefined) {
      this.#store.delete(last)
      this.#options.dropped?.(...readEntryKey(last))
      return true
    }
    const due = this.#first()
    if (due === undefined) {
      this.#nextMs = Number.POSITIVE_INFINITY
      return false
    }
    const [at, payload] = due
    const dueMs = timeAt(at, PREFIX.length)
    if (dueMs > this.#options.timeMs()) {
      this.#nextMs = dueMs
      return false
    }
    // Should this call fail, the entry is there again: it is where the next range begins.
    this.#from = at
    this.#last = at
    this.#fire(at, payload)
    return true
  }

  #fire(at: string, payload: P): void {
    this.#store.delete(at)
    const [key, dueMs] = readEntryKey(at)
    try {
      this.#options.fire(key, dueMs, payload)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      const message = `store ${this.#store.name}: what was due at ${dueMs} for ${key} failed: ${reason}`
      throw new StreamsError('PROCESSING', message, { store: this.#store.name, key, dueMs }, cause)
    }
  }

  #first(): readonly [string, P] | undefined {
    for (const entry of this.#store.range(this.#from, afterPrefix(PREFIX))) return entry
    return undefined
  }
}

const entryKey = (dueMs: number, key: string): string => PREFIX + timePart(dueMs) + keyPart(key)
const readEntryKey = (at: string): readonly [key: string, dueMs: number] => [
  keyAt(at, PREFIX.length + TIME_PART_LENGTH).key,
  timeAt(at, PREFIX.length),
]
