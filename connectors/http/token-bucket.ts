import type { Clock } from '../../streams/index.ts'

/**
 * A shared budget of requests. Each taker is told when its turn comes and waits for it; a burst of one second's worth
 * is allowed after a quiet time.
 */
export class TokenBucket {
  private readonly intervalMs: number
  private readonly burst: number
  private readonly clock: Clock
  private nextMs = Number.NEGATIVE_INFINITY

  constructor(perSecond: number, clock: Clock) {
    this.intervalMs = 1000 / perSecond
    this.burst = Math.max(1, Math.floor(perSecond))
    this.clock = clock
  }

  /** How long the next taker would wait. */
  waitMs(): number {
    return Math.max(0, this.nextMs - this.clock.now())
  }

  /** Resolves when a request may go. */
  async take(): Promise<void> {
    const now = this.clock.now()
    const earliest = now - (this.burst - 1) * this.intervalMs
    const turn = Math.max(this.nextMs, earliest)
    this.nextMs = turn + this.intervalMs
    if (turn > now) await this.clock.sleep(turn - now)
  }

  /** Nobody goes before so long from now: the other side said so. */
  pauseFor(ms: number): void {
    this.nextMs = Math.max(this.nextMs, this.clock.now() + ms)
  }
}
