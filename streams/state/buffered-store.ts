import { StreamsError } from '../errors.ts'
import { lowerBound, type StoreBacking } from './backing.ts'
import type { KeyValueStore } from './store.ts'

/** Every so many writes of a store with a time to live, twice as many of its committed entries are looked at. */
const SWEEP_EVERY = 64

/**
 * A key-value store whose writes are held back. Layers, read top down:
 *
 *   call     what the running call wrote; dropped when the call fails
 *   ahead    what calls wrote whose time has not come; see `takeCall`
 *   pending  what finished calls wrote since the last commit
 *   frozen   what the commit under way writes; from `freeze` to `applied`
 *   backing  what is committed
 *
 * Nothing uncommitted reaches the backing, so a crash needs no wipe and a failed call leaves no trace. Values are kept as
 * text from the moment of `put`: changing an object afterwards changes nothing here. An entry's text is the stream time
 * of its write, a space, and JSON; expiry is decided by that time alone, when reading, so it is the same in every run. What
 * expired is deleted in passing, as an ordinary write of the running call, so that disk and changelog forget it too.
 */
export class BufferedStore<V> implements KeyValueStore<V> {
  readonly name: string
  readonly #backing: StoreBacking
  readonly #ttlMs: number | undefined
  readonly #streamTimeMs: () => number
  readonly #call = new Map<string, string | undefined>()
  #pending = new Map<string, string | undefined>()
  #frozen = new Map<string, string | undefined>()
  /** What `takeCall` took and `land` has not all brought back: newer than pending. */
  readonly #ahead = new Map<string, string | undefined>()
  /** Keys of all layers in order, kept once a range was asked for. May hold keys of dropped calls. */
  #sorted: string[] | undefined
  /** Ranges being read; while there are any, `#sorted` is replaced and not changed. */
  #readers = 0
  #pendingBytes = 0
  #writes = 0
  /** Where the search for expired entries goes on. */
  #sweepFrom: string | undefined

  constructor(name: string, backing: StoreBacking, streamTimeMs: () => number, ttlMs?: number) {
    this.name = name
    this.#backing = backing
    this.#streamTimeMs = streamTimeMs
    this.#ttlMs = ttlMs
  }

  get(key: string): V | undefined {
    const text = this.#text(key)
    return text === undefined ? undefined : this.#decode(text)
  }

  put(key: string, value: V): void {
    this.#write(key, `${this.#streamTimeMs()} ${encode(this.name, key, value)}`)
    if (this.#ttlMs === undefined) return
    this.#writes += 1
    if (this.#writes % SWEEP_EVERY === 0) this.#sweep(this.#ttlMs)
  }

  delete(key: string): void {
    this.#write(key, undefined)
  }

  *range(from?: string, to?: string): IterableIterator<readonly [string, V]> {
    this.#sorted ??= this.#sortedKeys()
    const keys = this.#sorted
    let next = from === undefined ? 0 : lowerBound(keys, from)
    const end = to === undefined ? keys.length : Math.max(next, lowerBound(keys, to))
    this.#readers += 1
    try {
      for (const [key, committed] of this.#backing.range(from, to)) {
        for (; next < end && (keys[next] as string) < key; next++) yield* this.#live(keys[next] as string)
        if (next < end && keys[next] === key) {
          yield* this.#live(key)
          next += 1
        } else yield* this.#decoded(key, committed)
      }
      for (; next < end; next++) yield* this.#live(keys[next] as string)
    } finally {
      this.#readers -= 1
    }
  }

  /** Bytes, roughly, waiting for a commit. */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  /** The running call succeeded: what it wrote waits for the commit. */
  keepCall(): void {
    if (this.#call.size === 0) return
    for (const [key, text] of this.#call) {
      this.#pending.set(key, text)
      this.#pendingBytes += key.length + (text?.length ?? 0)
    }
    this.#call.clear()
  }

  /** The running call failed: it never wrote. */
  dropCall(): void {
    this.#call.clear()
  }

  /** Takes the running call's writes out of the next commit: they are read, and committed only once they `land`. */
  takeCall(): ReadonlyMap<string, string | undefined> {
    const taken = new Map(this.#call)
    for (const [key, text] of taken) this.#ahead.set(key, text)
    this.#call.clear()
    return taken
  }

  /** The time of a taken call has come. */
  land(taken: ReadonlyMap<string, string | undefined>): void {
    for (const [key, text] of taken) {
      this.#pending.set(key, text)
      if (this.#ahead.get(key) === text) this.#ahead.delete(key)
    }
  }

  /** What finished calls wrote since the last commit, `undefined` deletes; it stays readable while that is committed. */
  freeze(): ReadonlyMap<string, string | undefined> {
    if (this.#frozen.size > 0)
      throw new StreamsError('INVALID_STATE', `store ${this.name}: the last commit is still under way`)
    this.#frozen = this.#pending
    this.#pending = new Map()
    this.#pendingBytes = 0
    return this.#frozen
  }

  /** The backing has taken what `freeze` gave. */
  applied(): void {
    if (this.#frozen.size === 0) return
    this.#frozen = new Map()
    this.#sorted = undefined
  }

  get isDirty(): boolean {
    return this.#pending.size > 0
  }

  /** The running call wrote, or finished calls that are not committed did. */
  get isTouched(): boolean {
    return this.#call.size > 0 || this.#pending.size > 0
  }

  #write(key: string, text: string | undefined): void {
    if (this.#sorted !== undefined && !this.#call.has(key)) {
      const place = lowerBound(this.#sorted, key)
      if (this.#sorted[place] !== key) this.#insert(this.#sorted, place, key)
    }
    this.#call.set(key, text)
  }

  #sweep(ttlMs: number): void {
    const entriesMax = 2 * SWEEP_EVERY
    let seen = 0
    for (const [key, text] of this.#backing.range(this.#sweepFrom, undefined)) {
      if (seen === entriesMax) {
        this.#sweepFrom = key
        return
      }
      seen += 1
      if (isExpired(text, ttlMs, this.#streamTimeMs()) && this.#text(key) === text) this.#write(key, undefined)
    }
    this.#sweepFrom = undefined
  }

  #text(key: string): string | undefined {
    if (this.#call.size > 0 && this.#call.has(key)) return this.#call.get(key)
    if (this.#ahead.size > 0 && this.#ahead.has(key)) return this.#ahead.get(key)
    if (this.#pending.has(key)) return this.#pending.get(key)
    if (this.#frozen.size > 0 && this.#frozen.has(key)) return this.#frozen.get(key)
    return this.#backing.get(key)
  }

  /** Whoever is reading a range goes on in the keys it began with. */
  #insert(sorted: string[], place: number, key: string): void {
    if (this.#readers > 0) this.#sorted = sorted.toSpliced(place, 0, key)
    else sorted.splice(place, 0, key)
  }

  #sortedKeys(): string[] {
    const keys = [...this.#frozen.keys(), ...this.#pending.keys(), ...this.#ahead.keys(), ...this.#call.keys()]
    return [...new Set(keys)].sort()
  }

  *#live(key: string): IterableIterator<readonly [string, V]> {
    const text = this.#text(key)
    if (text !== undefined) yield* this.#decoded(key, text)
  }

  *#decoded(key: string, text: string): IterableIterator<readonly [string, V]> {
    const value = this.#decode(text)
    if (value !== undefined) yield [key, value]
  }

  #decode(text: string): V | undefined {
    return decodeEntry<V>(text, this.#ttlMs, this.#streamTimeMs())
  }
}

/** Reads an entry's text; `undefined` once it expired. */
export function decodeEntry<V>(text: string, ttlMs: number | undefined, streamTimeMs: number): V | undefined {
  if (ttlMs !== undefined && isExpired(text, ttlMs, streamTimeMs)) return undefined
  return JSON.parse(text.slice(text.indexOf(' ') + 1)) as V
}

const isExpired = (text: string, ttlMs: number, streamTimeMs: number): boolean =>
  streamTimeMs - Number(text.slice(0, text.indexOf(' '))) > ttlMs

function encode(store: string, key: string, value: unknown): string {
  let json: string | undefined
  try {
    json = JSON.stringify(value)
  } catch (cause) {
    throw new StreamsError(
      'SERIALIZATION',
      `store ${store}: the value of ${key} is not JSON: ${String(cause)}`,
      { store, key },
      cause,
    )
  }
  if (json !== undefined) return json
  throw new StreamsError('SERIALIZATION', `store ${store}: put(${key}) of undefined; use delete`, { store, key })
}
