import type { Clock } from '../clock.ts'
import type { ParkPolicy } from '../graph.ts'
import type { BufferedStore } from '../state/buffered-store.ts'
import { backoffMs } from '../task/backoff.ts'
import { decodeKey, type QueuedRecord } from '../task/queued-record.ts'
import { idOf, PARKED_BYTES_MAX, type StoredRecord, storedRecord } from './parked-record.ts'

/** How a key stands, as it lies in the store. */
interface KeyState {
  /** How often its first record was tried since it was parked. */
  readonly tries: number
  readonly first_at_ms: number
  readonly next_at_ms: number
}

interface ParkedKey {
  state: KeyState
  /** Of its records, the first first. */
  readonly records: { readonly id: string; readonly timestampMs: number }[]
  /** Its first is being tried. */
  isTrying: boolean
}

export interface ParkingOptions {
  readonly store: BufferedStore<unknown>
  readonly policy: ParkPolicy
  readonly clock: Clock
  readonly random: () => number
  /** Something was written. */
  readonly changed: () => void
}

/**
 * Records that could not be handled, and after each the later ones of its key, in a store of the task: durable with the commit
 * that passes their offsets. The first of a key is tried again after longer and longer waits, by the clock; once it is done,
 * or given up, the next has its turn at once. What is written here is written by whole turns, with what else the turn does.
 */
export class Parking {
  readonly #options: ParkingOptions
  readonly #keys = new Map<string, ParkedKey>()
  #place = 0

  constructor(options: ParkingOptions) {
    this.#options = options
  }

  /** Takes up what was parked before, once the store is restored. */
  load(): void {
    const { store } = this.#options
    const records = [...store.range('r/', 'r0')].map(([id, value]) => ({ id, ...(value as StoredRecord) }))
    records.sort((a, b) => a.place - b.place || (a.id < b.id ? -1 : 1))
    for (const { id, key, timestamp_ms: timestampMs, place } of records) {
      this.#keyOf(decodeKey(Buffer.from(key ?? '', 'base64'))).records.push({ id, timestampMs })
      this.#place = Math.max(this.#place, place + 1)
    }
    for (const [name, value] of store.range('k/', 'k0')) {
      const parked = this.#keys.get(name.slice(2))
      if (parked !== undefined) parked.state = value as KeyState
    }
  }

  get keys(): number {
    return this.#keys.size
  }

  get records(): number {
    let records = 0
    for (const parked of this.#keys.values()) records += parked.records.length
    return records
  }

  /** The earliest time of a parked record: no output that comes is older. Infinity without one. */
  get earliestMs(): number {
    let earliestMs = Number.POSITIVE_INFINITY
    for (const { records } of this.#keys.values())
      for (const { timestampMs } of records) if (timestampMs < earliestMs) earliestMs = timestampMs
    return earliestMs
  }

  /** A record before this one of its key is parked. */
  holds(record: QueuedRecord): boolean {
    return record.keyBytes !== undefined && this.#keys.size > 0 && this.#keys.has(decodeKey(record.keyBytes))
  }

  /** Puts a record aside, as its key's last. False where it cannot be: it has no key, or is too large. */
  park(record: QueuedRecord): boolean {
    const { store, changed } = this.#options
    const bytes = (record.keyBytes?.length ?? 0) + (record.valueBytes?.length ?? 0)
    if (record.keyBytes === undefined || bytes > PARKED_BYTES_MAX) return false
    const key = decodeKey(record.keyBytes)
    const isFirst = !this.#keys.has(key)
    const parked = this.#keyOf(key)
    const stored = storedRecord(record, this.#place++)
    const id = idOf(stored)
    if (!parked.records.some((one) => one.id === id)) parked.records.push({ id, timestampMs: record.timestampMs })
    store.put(id, stored)
    if (isFirst) this.#put(key, parked, { ...parked.state, next_at_ms: this.#options.clock.now() + this.#waitMs(1) })
    store.keepCall()
    changed()
    return true
  }

  /** So many wait behind a record of this key that no more may. */
  isFull(record: QueuedRecord): boolean {
    const parked = record.keyBytes === undefined ? undefined : this.#keys.get(decodeKey(record.keyBytes))
    return parked !== undefined && parked.records.length >= this.#options.policy.recordsMax
  }

  /** The first record of a key whose time has come, to be tried: `done`, `failed` or `untried` tells how that went. */
  takeDue(nowMs: number): StoredRecord | undefined {
    for (const parked of this.#keys.values()) {
      if (this.#dueMs(parked, nowMs) > nowMs) continue
      const first = this.#take(parked)
      if (first !== undefined) return first
    }
    return undefined
  }

  /** The first of this record's key, due or not, unless it is being tried. */
  takeFirst({ keyBytes }: QueuedRecord): StoredRecord | undefined {
    const parked = keyBytes === undefined ? undefined : this.#keys.get(decodeKey(keyBytes))
    return parked === undefined ? undefined : this.#take(parked)
  }

  #take(parked: ParkedKey): StoredRecord | undefined {
    if (parked.isTrying) return undefined
    const first = this.#options.store.get(parked.records[0]?.id ?? '') as StoredRecord | undefined
    parked.isTrying = first !== undefined
    return first
  }

  /** When the next of them is due; undefined where none is waited for. */
  nextMs(nowMs: number): number | undefined {
    let nextMs: number | undefined
    for (const parked of this.#keys.values()) {
      if (!parked.isTrying) nextMs = Math.min(nextMs ?? Number.POSITIVE_INFINITY, this.#dueMs(parked, nowMs))
    }
    return nextMs
  }

  /** The first record of the key is over and done with. The next has its turn. */
  done(key: string): void {
    const { store, clock, changed } = this.#options
    const parked = this.#keys.get(key)
    const first = parked?.records.shift()
    if (parked === undefined || first === undefined) return
    parked.isTrying = false
    store.delete(first.id)
    const nowMs = clock.now()
    if (parked.records.length > 0) this.#put(key, parked, { tries: 0, first_at_ms: nowMs, next_at_ms: nowMs })
    else {
      this.#keys.delete(key)
      store.delete(`k/${key}`)
    }
    store.keepCall()
    changed()
  }

  /** The first record of the key has failed again. False where it has been tried often enough. */
  failed(key: string): boolean {
    const { store, policy, clock, changed } = this.#options
    const parked = this.#keys.get(key)
    if (parked === undefined) return true
    parked.isTrying = false
    const tries = parked.state.tries + 1
    if (tries >= policy.triesMax) return false
    this.#put(key, parked, { ...parked.state, tries, next_at_ms: clock.now() + this.#waitMs(tries + 1) })
    store.keepCall()
    changed()
    return true
  }

  /** How often the first record of a key was tried since it was parked, and since when it is. */
  historyOf(key: string): { readonly tries: number; readonly firstAtMs: number } {
    const state = this.#keys.get(key)?.state
    return { tries: state?.tries ?? 0, firstAtMs: state?.first_at_ms ?? this.#options.clock.now() }
  }

  #keyOf(key: string): ParkedKey {
    const nowMs = this.#options.clock.now()
    const fresh = { state: { tries: 0, first_at_ms: nowMs, next_at_ms: nowMs }, records: [], isTrying: false }
    const parked: ParkedKey = this.#keys.get(key) ?? fresh
    this.#keys.set(key, parked)
    return parked
  }

  #put(key: string, parked: ParkedKey, state: KeyState): void {
    parked.state = state
    this.#options.store.put(`k/${key}`, state)
  }

  #waitMs(tries: number): number {
    const { retryMinMs: backoffMinMs, retryMaxMs: backoffMaxMs } = this.#options.policy
    return backoffMs({ backoffMinMs, backoffMaxMs }, tries, this.#options.random)
  }

  /** Where the clock was set back, or another one counts now, nobody waits longer than the longest wait. */
  #dueMs(parked: ParkedKey, nowMs: number): number {
    const latestMs = nowMs + this.#options.policy.retryMaxMs
    if (parked.state.next_at_ms > latestMs) parked.state = { ...parked.state, next_at_ms: latestMs }
    return parked.state.next_at_ms
  }
}
