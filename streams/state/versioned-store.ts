import { afterPrefix, keyAt, keyPart, TIME_PART_LENGTH, timeAt, timePart } from './ordered-key.ts'
import type { KeyValueStore } from './store.ts'
import { Sweep } from './sweep.ts'

export interface Version<V> {
  readonly value: V
  /** From when it holds, inclusive. */
  readonly fromMs: number
}

/** What each key was worth when. */
export interface VersionedStore<V> {
  /** The latest version; `undefined` where it is a deletion. */
  get(key: string): Version<V> | undefined
  /** The version that held at a time; `undefined` too where that lies before the history kept. */
  getAsOf(key: string, timeMs: number): Version<V> | undefined
  /** From this time until the next version the key has this value; `undefined` deletes. False where it is too old to be kept. */
  put(key: string, value: V | undefined, fromMs: number): boolean
}

export interface VersionedStoreOptions {
  /** A version that was replaced is there until time is further than this past its replacement. */
  readonly historyMs: number
  /** The time that history is measured by; it must not go back. */
  readonly timeMs: () => number
}

const VERSIONS = 'v'
const REPLACED = 'x'
/** A version as it is stored: no value is a deletion. */
type Stored<V> = { readonly v?: V }

/**
 * Over a key-value store. A version's key is key and negated time, so the version that held at a time is the first at or
 * after it. A second entry, by the time it was replaced, lets what is past the history be found without looking at every key.
 */
export function openVersionedStore<V>(
  store: KeyValueStore<unknown>,
  options: VersionedStoreOptions,
): VersionedStore<V> {
  return new OrderedVersionedStore<V>(store, options)
}

class OrderedVersionedStore<V> implements VersionedStore<V> {
  readonly #store: KeyValueStore<Stored<V>>
  readonly #historyMs: number
  readonly #timeMs: () => number
  readonly #sweep: Sweep
  /** What was replaced before this is gone. */
  #sweptMs = Number.NEGATIVE_INFINITY

  constructor(store: KeyValueStore<unknown>, options: VersionedStoreOptions) {
    this.#store = store as KeyValueStore<Stored<V>>
    this.#historyMs = options.historyMs
    this.#timeMs = options.timeMs
    this.#sweep = new Sweep(store, REPLACED)
  }

  get(key: string): Version<V> | undefined {
    return presentOf(this.#firstFrom(key, Number.POSITIVE_INFINITY))
  }

  getAsOf(key: string, timeMs: number): Version<V> | undefined {
    const version = this.#firstFrom(key, timeMs)
    if (version === undefined || timeMs >= this.#timeMs() - this.#historyMs) return presentOf(version)
    return this.#nextAfter(key, timeMs) === undefined ? presentOf(version) : undefined
  }

  put(key: string, value: V | undefined, fromMs: number): boolean {
    const oldestMs = this.#timeMs() - this.#historyMs
    const sweep = oldestMs > this.#sweptMs
    if (sweep && this.#sweep.run(REPLACED + timePart(oldestMs), (at) => this.#store.delete(versionOf(at))))
      this.#sweptMs = oldestMs
    if (fromMs < oldestMs) return false
    const before = this.#firstFrom(key, fromMs)
    const after = this.#nextAfter(key, fromMs)
    if (before !== undefined) this.#moveEnd(key, before, after, fromMs)
    this.#store.put(versionKey(key, fromMs), value === undefined ? {} : { v: value })
    if (after !== undefined) this.#store.put(replacedKey(key, fromMs, after.fromMs), {})
    else if (value === undefined) this.#store.put(replacedKey(key, fromMs, fromMs + 1), {})
    return true
  }

  /** The version before ends earlier now. One of the very same time is replaced outright. */
  #moveEnd(key: string, before: Found<V>, after: Found<V> | undefined, endMs: number): void {
    const { fromMs, stored } = before
    if (after !== undefined) this.#store.delete(replacedKey(key, fromMs, after.fromMs))
    else if (!('v' in stored)) this.#store.delete(replacedKey(key, fromMs, fromMs + 1))
    if (fromMs < endMs) this.#store.put(replacedKey(key, fromMs, endMs), {})
  }

  #firstFrom(key: string, timeMs: number): Found<V> | undefined {
    const prefix = VERSIONS + keyPart(key)
    for (const [at, stored] of this.#store.range(prefix + timePart(-timeMs), afterPrefix(prefix)))
      return { fromMs: 0 - timeAt(at, prefix.length), stored }
    return undefined
  }

  #nextAfter(key: string, timeMs: number): Found<V> | undefined {
    const prefix = VERSIONS + keyPart(key)
    let next: Found<V> | undefined
    for (const [at, stored] of this.#store.range(prefix, prefix + timePart(-timeMs)))
      next = { fromMs: 0 - timeAt(at, prefix.length), stored }
    return next
  }
}

interface Found<V> {
  readonly fromMs: number
  readonly stored: Stored<V>
}

const presentOf = <V>(found: Found<V> | undefined): Version<V> | undefined =>
  found !== undefined && 'v' in found.stored ? { value: found.stored.v as V, fromMs: found.fromMs } : undefined

const versionKey = (key: string, fromMs: number): string => VERSIONS + keyPart(key) + timePart(-fromMs)
/** A deletion that is the latest counts as replaced a moment after it began, so it goes after what it deleted, never before. */
const replacedKey = (key: string, fromMs: number, endMs: number): string =>
  REPLACED + timePart(endMs) + keyPart(key) + timePart(-fromMs)

/** The key of the version that a `replacedKey` speaks of. */
function versionOf(at: string): string {
  const { key, next } = keyAt(at, REPLACED.length + TIME_PART_LENGTH)
  return versionKey(key, 0 - timeAt(at, next))
}
