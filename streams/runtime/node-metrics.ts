import { describeError } from '../task/dead-letter.ts'

const WINDOW_SECONDS = 10
/** Buckets of process time: each a quarter wider than the one before, from 1 µs on. */
const BUCKETS = 96

export interface NodeError {
  readonly errorClass: string
  readonly message: string
  readonly sinceMs: number
}

export interface NodeCounts {
  readonly recordsIn: number
  readonly recordsOut: number
  readonly deadLettered: number
  /** Records a second over the last ten seconds. */
  readonly inPerSecond: number
  readonly outPerSecond: number
  /** Share of the last ten seconds spent in the node's code, 0 to 1. */
  readonly busyShare: number
  readonly processMsP50: number
  readonly processMsP99: number
  readonly lastError: NodeError | undefined
}

/** A sum over the last ten seconds, in steps of one. */
class SlidingSum {
  readonly #sums = new Float64Array(WINDOW_SECONDS)
  readonly #seconds = new Float64Array(WINDOW_SECONDS)

  add(nowMs: number, amount: number): void {
    const second = Math.floor(nowMs / 1000)
    const place = second % WINDOW_SECONDS
    if (this.#seconds[place] !== second) {
      this.#seconds[place] = second
      this.#sums[place] = 0
    }
    this.#sums[place] = (this.#sums[place] ?? 0) + amount
  }

  perSecond(nowMs: number): number {
    const second = Math.floor(nowMs / 1000)
    return (
      this.#sums.reduce((sum, one, i) => ((this.#seconds[i] ?? 0) > second - WINDOW_SECONDS ? sum + one : sum), 0) /
      WINDOW_SECONDS
    )
  }
}

/** What a node did. Durations are real ones even where the application's clock is a virtual one. */
export class NodeMetrics {
  readonly #now: () => number
  readonly #in = new SlidingSum()
  readonly #out = new SlidingSum()
  readonly #busyMs = new SlidingSum()
  readonly #buckets = new Float64Array(BUCKETS)
  #recordsIn = 0
  #recordsOut = 0
  #deadLettered = 0
  #lastError: NodeError | undefined

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** For the start of a duration, in milliseconds. */
  start(): number {
    return this.#now()
  }

  /** `waitedMs` is what a record took besides, without keeping anybody busy: the answer to a call. */
  processed(records: number, startedMs: number, waitedMs = 0): void {
    const nowMs = this.#now()
    const tookMs = nowMs - startedMs
    this.#recordsIn += records
    this.#in.add(nowMs, records)
    this.#busyMs.add(nowMs, tookMs)
    const bucket = Math.min(
      BUCKETS - 1,
      Math.max(0, Math.ceil(Math.log(((tookMs + waitedMs) * 1000) / Math.max(1, records) || 1) / Math.log(1.25))),
    )
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + records
  }

  forwarded(): void {
    this.#recordsOut += 1
    this.#out.add(this.#now(), 1)
  }

  deadLettered(): void {
    this.#deadLettered += 1
  }

  /** The same trouble again keeps the time it began. */
  failed(error: unknown, nowMs: number): void {
    const { errorClass, message } = describeError(error)
    const same = this.#lastError?.message === message
    this.#lastError = { errorClass, message, sinceMs: same && this.#lastError ? this.#lastError.sinceMs : nowMs }
  }

  recovered(): void {
    this.#lastError = undefined
  }

  counts(): NodeCounts {
    const nowMs = this.#now()
    return {
      recordsIn: this.#recordsIn,
      recordsOut: this.#recordsOut,
      deadLettered: this.#deadLettered,
      inPerSecond: this.#in.perSecond(nowMs),
      outPerSecond: this.#out.perSecond(nowMs),
      busyShare: Math.min(1, this.#busyMs.perSecond(nowMs) / 1000),
      processMsP50: this.#quantile(0.5),
      processMsP99: this.#quantile(0.99),
      lastError: this.#lastError,
    }
  }

  #quantile(share: number): number {
    const total = this.#buckets.reduce((sum, one) => sum + one, 0)
    if (total === 0) return 0
    let seen = 0
    const bucket = this.#buckets.findIndex((one) => {
      seen += one
      return seen >= total * share
    })
    return 1.25 ** bucket / 1000
  }
}
