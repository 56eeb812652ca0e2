import type { Headers } from '../record.ts'

/** A record between two operators of a task. */
export interface Flowing<V> {
  readonly key: string | undefined
  readonly value: V
  readonly timestampMs: number
  readonly headers: Headers
}

export type Receive<V> = (record: Flowing<V>) => void

/** What a table's key was worth and is worth now; `undefined` is not there. Never are both. */
export interface Change<V> {
  readonly before: V | undefined
  readonly after: V | undefined
}

/** Of sliding and session windows the end belongs to it, of tumbling and hopping ones it does not. */
export interface Window {
  readonly startMs: number
  readonly endMs: number
}

/** A result of a window. Without a value it takes the window's result back: a session that grew into another. */
export interface Windowed<V> {
  readonly window: Window
  readonly value: V | undefined
}

export interface WindowChange<V> extends Change<V> {
  readonly window: Window
}

/** A value and the highest timestamp of what it was made from. */
export interface Stamped<V> {
  readonly value: V
  readonly timestampMs: number
}

/** How stamped values lie in a store. */
export type StoredStamped<V> = readonly [timestampMs: number, value: V]

export const toStored = <V>({ timestampMs, value }: Stamped<V>): StoredStamped<V> => [timestampMs, value]
export const fromStored = <V>(stored: StoredStamped<V> | undefined): Stamped<V> | undefined =>
  stored === undefined ? undefined : { timestampMs: stored[0], value: stored[1] }
