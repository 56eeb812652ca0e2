import type { Clock } from '../clock.ts'
import type { CallPolicy } from '../graph.ts'
import { type BreakerState, CircuitBreaker } from './circuit-breaker.ts'

/** Leave to make one call. */
export interface Permit {
  /** The first call after the other side had failed: how it ends counts for nobody's patience. */
  readonly isProbe: boolean
}

interface Waiting {
  readonly signal: AbortSignal
  readonly admit: (permit: Permit | undefined) => void
}

/**
 * What the calls of a node share in one process, over all of its tasks: so many at a time, so many a second, and none
 * while the other side does not answer. Who came first is let in first.
 */
export class CallLimits {
  readonly #policy: CallPolicy
  readonly #clock: Clock
  readonly #breaker: CircuitBreaker
  readonly #waiting: Waiting[] = []
  readonly #closed = new AbortController()
  #running = 0
  /** With a rate: when the next call may begin. */
  #nextMs = Number.NEGATIVE_INFINITY
  #isSleeping = false
  /** What the clock lacks of the time that was slept: it was set back, or is moved by hand. */
  #lackMs = 0

  constructor(policy: CallPolicy, clock: Clock) {
    this.#policy = policy
    this.#clock = clock
    this.#breaker = new CircuitBreaker(policy.breaker)
  }

  get running(): number {
    return this.#running
  }

  get breaker(): BreakerState {
    return this.#breaker.state
  }

  /** Resolves when a call may begin; to `undefined` where the signal aborted first. Whoever has a permit gives it back by `leave`. */
  enter(signal: AbortSignal): Promise<Permit | undefined> {
    return new Promise((resolve) => {
      const waiting: Waiting = { signal, admit }
      const left = (): void => {
        const place = this.#waiting.indexOf(waiting)
        if (place >= 0) this.#waiting.splice(place, 1)
        resolve(undefined)
      }
      function admit(permit: Permit | undefined): void {
        signal.removeEventListener('abort', left)
        resolve(permit)
      }
      if (signal.aborted) return resolve(undefined)
      signal.addEventListener('abort', left, { once: true })
      this.#waiting.push(waiting)
      this.#admit()
    })
  }

  leave(permit: Permit, how: 'answered' | 'failed' | 'given_up'): void {
    this.#running -= 1
    this.#breaker.end(how, permit.isProbe, this.#nowMs)
    this.#admit()
  }

  /** Nobody is let in any more, and no timer stays behind. */
  close(): void {
    this.#closed.abort('closed')
    for (const { admit } of this.#waiting.splice(0)) admit(undefined)
  }

  #admit(): void {
    while (this.#waiting.length > 0 && this.#running < this.#policy.concurrency && !this.#closed.signal.aborted) {
      const nowMs = this.#nowMs
      const waitMs = Math.max(this.#breaker.waitMs(nowMs), this.#rateWaitMs(nowMs))
      if (waitMs > 0) {
        this.#admitIn(waitMs)
        return
      }
      this.#nextMs = Math.max(nowMs, this.#nextMs) + this.#intervalMs
      this.#running += 1
      this.#waiting.shift()?.admit({ isProbe: this.#breaker.begin() })
    }
  }

  /** Where only the end of a probe decides, that end asks again. */
  #admitIn(waitMs: number): void {
    if (this.#isSleeping || waitMs === Number.POSITIVE_INFINITY) return
    this.#isSleeping = true
    const untilMs = this.#nowMs + waitMs
    void this.#clock.sleep(Math.ceil(waitMs), this.#closed.signal).then(() => {
      this.#isSleeping = false
      this.#lackMs += Math.max(0, untilMs - this.#nowMs)
      this.#admit()
    })
  }

  /** Time that goes on while somebody sleeps, whatever the clock does. */
  get #nowMs(): number {
    return this.#clock.now() + this.#lackMs
  }

  get #intervalMs(): number {
    return this.#policy.ratePerSecond === undefined ? 0 : 1000 / this.#policy.ratePerSecond
  }

  /** Where the clock was set back, nobody waits longer than between any two. */
  #rateWaitMs(nowMs: number): number {
    this.#nextMs = Math.min(this.#nextMs, nowMs + this.#intervalMs)
    return this.#nextMs - nowMs
  }
}
