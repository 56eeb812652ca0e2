/** How often calls fail in a row before none is made for a while. */
export interface BreakerPolicy {
  readonly failures: number
  readonly coolDownMs: number
}

export type BreakerState = 'closed' | 'open' | 'probing'

/**
 * Keeps calls from a side that does not answer. After so many failures in a row it opens: no call is made. Once it has
 * cooled down a single one is, the probe; where that succeeds all go on, where it fails the waiting begins anew.
 */
export class CircuitBreaker {
  readonly #policy: BreakerPolicy
  #failures = 0
  #openedAtMs: number | undefined
  #isProbing = false

  constructor(policy: BreakerPolicy) {
    this.#policy = policy
  }

  get state(): BreakerState {
    if (this.#openedAtMs === undefined) return 'closed'
    return this.#isProbing ? 'probing' : 'open'
  }

  /** Milliseconds until a call may be made, Infinity while only the end of the probe decides. A clock set back is not waited for. */
  waitMs(nowMs: number): number {
    if (this.#openedAtMs === undefined) return 0
    if (this.#isProbing) return Number.POSITIVE_INFINITY
    this.#openedAtMs = Math.min(this.#openedAtMs, nowMs)
    return Math.max(0, this.#openedAtMs + this.#policy.coolDownMs - nowMs)
  }

  /** A call is made; true where it is the probe. */
  begin(): boolean {
    if (this.#openedAtMs === undefined) return false
    this.#isProbing = true
    return true
  }

  /** A call has ended. One that was given up on our side says nothing of the other. */
  end(how: 'answered' | 'failed' | 'given_up', wasProbe: boolean, nowMs: number): void {
    if (wasProbe) this.#isProbing = false
    if (how === 'given_up') return
    if (how === 'answered') {
      this.#failures = 0
      this.#openedAtMs = undefined
      return
    }
    this.#failures += 1
    if (wasProbe || (this.#openedAtMs === undefined && this.#failures >= this.#policy.failures)) {
      this.#openedAtMs = nowMs
    }
  }
}
