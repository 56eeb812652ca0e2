import { afterPrefix, keyAt, keyPart, TIME_PART_LENGTH, timeAt, timePart } from './ordered-key.ts'
import type { KeyValueStore } from './store.ts'
import { Sweep } from './sweep.ts'

/** Values by key and the time their window starts, for as long as the retention says. Synchronous, like the store below. */
export interface WindowStore<V> {
  get(key: string, startMs: number): V | undefined
  /** Windows of a key by their start, both ends inclusive, oldest first. */
  fetch(key: string, fromMs: number, toMs: number): IterableIterator<readonly [startMs: number, value: V]>
  /** Windows of all keys by their start, both ends inclusive; in order of segments, then of keys. */
  all(fromMs: number, toMs: number): IterableIterator<readonly [key: string, startMs: number, value: V]>
  /** False, and nothing is stored, where the start is older than the retention. */
  put(key: string, startMs: number, value: V): boolean
  delete(key: string, startMs: number): void
}

export interface WindowStoreOptions {
  /** A window is there until time is further than this past its start. */
  readonly retentionMs: number
  /** Length of a segment; what is fetched for a key should lie in few of them. Half of the retention unless given. */
  readonly segmentMs?: number
  /** The time that retention is measured by; it must not go back. */
  readonly timeMs: () => number
}

const PREFIX = 'w'

/**
 * Over a key-value store, so that commit, changelog and restore are those of any store. A key is segment, key, start: a
 * fetch is one range in each segment it touches, and what expired is a range at the beginning, deleted bit by bit.
 */
export function openWindowStore<V>(store: KeyValueStore<unknown>, options: WindowStoreOptions): WindowStore<V> {
  return new SegmentedWindowStore<V>(store as KeyValueStore<V>, options)
}

class SegmentedWindowStore<V> implements WindowStore<V> {
  readonly #store: KeyValueStore<V>
  readonly #retentionMs: number
  readonly #segmentMs: number
  readonly #timeMs: () => number
  readonly #sweep: Sweep
  /** Segments before this one are gone. */
  #sweptMs = Number.NEGATIVE_INFINITY

  constructor(store: KeyValueStore<V>, options: WindowStoreOptions) {
    this.#store = store
    this.#retentionMs = options.retentionMs
    this.#segmentMs = options.segmentMs ?? Math.max(60_000, Math.ceil(options.retentionMs / 2))
    this.#timeMs = options.timeMs
    this.#sweep = new Sweep(store, PREFIX)
  }

  get(key: string, startMs: number): V | undefined {
    return startMs < this.#oldestMs() ? undefined : this.#store.get(this.#keyOf(key, startMs))
  }

  *fetch(key: string, fromMs: number, toMs: number): IterableIterator<readonly [number, V]> {
    const part = keyPart(key)
    const [from, to] = this.#clamp(fromMs, toMs)
    for (let segment = this.#segmentOf(from); segment <= to; segment += this.#segmentMs) {
      const prefix = PREFIX + timePart(segment) + part
      const [first, end] = [prefix + timePart(Math.max(from, segment)), prefix + timePart(to + 1)]
      const last = segment + this.#segmentMs <= to ? afterPrefix(prefix) : end
      for (const [at, value] of this.#store.range(first, last)) yield [timeAt(at, prefix.length), value]
    }
  }

  *all(fromMs: number, toMs: number): IterableIterator<readonly [string, number, V]> {
    const [from, to] = this.#clamp(fromMs, toMs)
    const [first, last] = [
      PREFIX + timePart(this.#segmentOf(from)),
      afterPrefix(PREFIX + timePart(this.#segmentOf(to))),
    ]
    if (from > to) return
    for (const [at, value] of this.#store.range(first, last)) {
      const { key, next } = keyAt(at, PREFIX.length + TIME_PART_LENGTH)
      const startMs = timeAt(at, next)
      if (startMs >= from && startMs <= to) yield [key, startMs, value]
    }
  }

  put(key: string, startMs: number, value: V): boolean {
    const oldestMs = this.#oldestMs()
    const oldestSegmentMs = this.#segmentOf(oldestMs)
    if (oldestSegmentMs > this.#sweptMs && this.#sweep.run(PREFIX + timePart(oldestSegmentMs)))
      this.#sweptMs = oldestSegmentMs
    if (startMs < oldestMs) return false
    this.#store.put(this.#keyOf(key, startMs), value)
    return true
  }

  delete(key: string, startMs: number): void {
    this.#store.delete(this.#keyOf(key, startMs))
  }

  #keyOf(key: string, startMs: number): string {
    return PREFIX + timePart(this.#segmentOf(startMs)) + keyPart(key) + timePart(startMs)
  }

  #segmentOf(timeMs: number): number {
    return Math.floor(timeMs / this.#segmentMs) * this.#segmentMs
  }

  #oldestMs(): number {
    return this.#timeMs() - this.#retentionMs
  }

  /** No further than where windows can be: a wide-open range must not visit empty segments for ever. */
  #clamp(fromMs: number, toMs: number): readonly [number, number] {
    return [Math.max(fromMs, this.#oldestMs()), Math.min(toMs, this.#timeMs() + 2 * this.#retentionMs)]
  }
}
