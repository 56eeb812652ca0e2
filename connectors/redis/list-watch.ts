import { type ListState, listState } from './list-switch.ts'
import type { RedisClient } from './redis-client.ts'

/** Marks kept of one list; with more every other one goes, and the age is told less finely. */
const MARKS_MAX = 64

export interface ListReading extends ListState {
  /** The first item waits at least this long; items carry no time, so what was there before the first look counts from then. */
  readonly oldestMs: number
  /** How fast the list grows, items a second; negative where it shrinks, undefined at the first look. */
  readonly growthPerSecond: number | undefined
}

/**
 * Looks at a list now and then, whoever writes and reads it. The last item of each look is a mark: while it is still in the
 * list, what is before it is older than that look.
 */
export class ListWatch {
  readonly #redis: RedisClient
  readonly #list: string
  readonly #nowMs: () => number
  #marks: { readonly atMs: number; readonly item: Buffer }[] = []
  #before: { readonly atMs: number; readonly waiting: number } | undefined

  /** `nowMs` only goes forward. */
  constructor(redis: RedisClient, list: string, nowMs: () => number) {
    this.#redis = redis
    this.#list = list
    this.#nowMs = nowMs
  }

  async look(): Promise<ListReading> {
    const state = await listState(this.#redis, this.#list)
    const atMs = this.#nowMs()
    await this.#mark(atMs)
    const before = this.#before
    this.#before = { atMs, waiting: state.waiting }
    const seconds = before === undefined ? 0 : (atMs - before.atMs) / 1_000
    const growthPerSecond =
      before === undefined || seconds <= 0 ? undefined : (state.waiting - before.waiting) / seconds
    return { ...state, oldestMs: atMs - (this.#marks[0]?.atMs ?? atMs), growthPerSecond }
  }

  async #mark(atMs: number): Promise<void> {
    while (this.#marks[0] !== undefined && (await this.#redis.lpos(this.#list, this.#marks[0].item)) === null)
      this.#marks.shift()
    const last = await this.#redis.lindexBuffer(this.#list, -1)
    if (last === null || this.#marks.at(-1)?.item.equals(last)) return
    this.#marks.push({ atMs, item: last })
    if (this.#marks.length > MARKS_MAX) this.#marks = this.#marks.filter((_, i) => i % 2 === 0)
  }
}
