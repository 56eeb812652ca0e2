import { afterPrefix, keyPart, TIME_PART_LENGTH, timeAt, timePart } from './ordered-key.ts'
import type { KeyValueStore } from './store.ts'
import { Sweep } from './sweep.ts'

export interface Session<V> {
  readonly startMs: number
  /** Time of its last record, inclusive. */
  readonly endMs: number
  readonly value: V
}

/** Sessions by key. Those of one key do not overlap; the caller sees to that. */
export interface SessionStore<V> {
  get(key: string, startMs: number, endMs: number): V | undefined
  /** Sessions of a key that end at or after one time and start at or before the other, oldest first. */
  find(key: string, earliestEndMs: number, latestStartMs: number): IterableIterator<Session<V>>
  /** False, and nothing is stored, where the end is older than the retention. */
  put(key: string, session: Session<V>): boolean
  delete(key: string, startMs: number, endMs: number): void
}

export interface SessionStoreOptions {
  /** A session is there until time is further than this past its end. */
  readonly retentionMs: number
  /** The time that retention is measured by: not below any session's end, and it must not go back. */
  readonly timeMs: () => number
}

const PREFIX = 's'

/** Over a key-value store; a key is segment of the end, key, end, start. */
export function openSessionStore<V>(store: KeyValueStore<unknown>, options: SessionStoreOptions): SessionStore<V> {
  return new SegmentedSessionStore<V>(store as KeyValueStore<V>, options)
}

class SegmentedSessionStore<V> implements SessionStore<V> {
  readonly #store: KeyValueStore<V>
  readonly #retentionMs: number
  readonly #segmentMs: number
  readonly #timeMs: () => number
  readonly #sweep: Sweep
  /** Segments before this one are gone. */
  #sweptMs = Number.NEGATIVE_INFINITY

  constructor(store: KeyValueStore<V>, options: SessionStoreOptions) {
    this.#store = store
    this.#retentionMs = options.retentionMs
    this.#segmentMs = Math.max(60_000, Math.ceil(options.retentionMs / 2))
    this.#timeMs = options.timeMs
    this.#sweep = new Sweep(store, PREFIX)
  }

  get(key: string, startMs: number, endMs: number): V | undefined {
    return endMs < this.#oldestMs() ? undefined : this.#store.get(this.#keyOf(key, startMs, endMs))
  }

  *find(key: string, earliestEndMs: number, latestStartMs: number): IterableIterator<Session<V>> {
    const part = keyPart(key)
    const from = Math.max(earliestEndMs, this.#oldestMs())
    for (let segment = this.#segmentOf(from); segment <= this.#timeMs(); segment += this.#segmentMs) {
      const prefix = PREFIX + timePart(segment) + part
      const first = prefix + timePart(Math.max(from, segment))
      for (const [at, value] of this.#store.range(first, afterPrefix(prefix))) {
        const startMs = timeAt(at, prefix.length + TIME_PART_LENGTH)
        if (startMs > latestStartMs) return
        yield { startMs, endMs: timeAt(at, prefix.length), value }
      }
    }
  }

  put(key: string, { startMs, endMs, value }: Session<V>): boolean {
    const oldestMs = this.#oldestMs()
    const oldestSegmentMs = this.#segmentOf(oldestMs)
    if (oldestSegmentMs > this.#sweptMs && this.#sweep.run(PREFIX + timePart(oldestSegmentMs)))
      this.#sweptMs = oldestSegmentMs
    if (endMs < oldestMs) return false
    this.#store.put(this.#keyOf(key, startMs, endMs), value)
    return true
  }

  delete(key: string, startMs: number, endMs: number): void {
    this.#store.delete(this.#keyOf(key, startMs, endMs))
  }

  #keyOf(key: string, startMs: number, endMs: number): string {
    return PREFIX + timePart(this.#segmentOf(endMs)) + keyPart(key) + timePart(endMs) + timePart(startMs)
  }

  #segmentOf(timeMs: number): number {
    return Math.floor(timeMs / this.#segmentMs) * this.#segmentMs
  }

  #oldestMs(): number {
    return this.#timeMs() - this.#retentionMs
  }
}
