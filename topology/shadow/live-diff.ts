import {
  type ComparedRecord,
  type DiffOptions,
  differenceOf,
  identityOf,
  type RecordDifference,
} from './diff-records.ts'

export interface LiveDiffOptions extends DiffOptions {
  /** A record that the other side has not given after so long is missing or extra. */
  readonly graceMs: number
  /** So many records wait for their other; for one more the oldest is decided before its time. */
  readonly waitingMax: number
  /** So many differences are kept, the latest. */
  readonly keptMax: number
}

export interface DiffCounts {
  readonly same: number
  readonly changed: number
  readonly missing: number
  readonly extra: number
  /** Given by one side, and not decided yet. */
  readonly waiting: number
}

export type Side = 'original' | 'shadow'

interface Waiting {
  readonly side: Side
  readonly record: ComparedRecord
  readonly sinceMs: number
}

/**
 * Compares two streams of records as they come, in whatever order and however far apart: a record waits for the other side's
 * with the same identity, first come first paired. What it holds is bounded.
 */
export class LiveDiff {
  readonly #options: LiveDiffOptions
  readonly #waiting = new Map<string, Waiting[]>()
  readonly #kept: RecordDifference[] = []
  #waitingCount = 0
  #counts = { same: 0, changed: 0, missing: 0, extra: 0 }

  constructor(options: LiveDiffOptions) {
    this.#options = options
  }

  add(side: Side, record: ComparedRecord, nowMs: number): void {
    const identity = identityOf(record, this.#options.by)
    const others = this.#waiting.get(identity)
    const [other] = others ?? []
    if (other !== undefined && other.side !== side) {
      this.#take(identity)
      const [original, shadow] = side === 'original' ? [record, other.record] : [other.record, record]
      this.#decide(differenceOf(identity, original, shadow, this.#options.ignore))
      return
    }
    const own: Waiting = { side, record, sinceMs: nowMs }
    if (others === undefined) this.#waiting.set(identity, [own])
    else others.push(own)
    this.#waitingCount += 1
    if (this.#waitingCount > this.#options.waitingMax) this.#giveUpOldest()
  }

  /** Decides what has waited for too long. */
  tick(nowMs: number): void {
    for (const [identity, of] of this.#waiting) {
      while (of[0] !== undefined && nowMs - of[0].sinceMs >= this.#options.graceMs) this.#giveUp(identity)
    }
  }

  get counts(): DiffCounts {
    return { ...this.#counts, waiting: this.#waitingCount }
  }

  /** The latest differences, oldest first. */
  get differences(): readonly RecordDifference[] {
    return [...this.#kept]
  }

  #giveUpOldest(): void {
    const [oldest] = this.#waiting.keys()
    if (oldest !== undefined) this.#giveUp(oldest)
  }

  #giveUp(identity: string): void {
    const one = this.#take(identity)
    if (one === undefined) return
    const [original, shadow] = one.side === 'original' ? [one.record, undefined] : [undefined, one.record]
    this.#decide(differenceOf(identity, original, shadow, this.#options.ignore))
  }

  #take(identity: string): Waiting | undefined {
    const of = this.#waiting.get(identity)
    const first = of?.shift()
    if (of?.length === 0) this.#waiting.delete(identity)
    if (first !== undefined) this.#waitingCount -= 1
    return first
  }

  #decide(difference: RecordDifference | undefined): void {
    if (difference === undefined) {
      this.#counts.same += 1
      return
    }
    this.#counts[difference.kind] += 1
    this.#kept.push(difference)
    if (this.#kept.length > this.#options.keptMax) this.#kept.shift()
  }
}
