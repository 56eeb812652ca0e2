import type { Clock } from '../clock.ts'

/** A wait that somebody else can end. */
export class Wakeup {
  readonly #clock: Clock
  #abort: AbortController | undefined
  #woken = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  wake(): void {
    this.#woken = true
    // A reason of its own: the usual one is an exception with a stack, made at every wake.
    this.#abort?.abort('woken')
  }

  /** Resolves after so long, or at once when woken since the last wait. */
  async wait(ms: number): Promise<void> {
    if (!this.#woken) {
      this.#abort = new AbortController()
      const woken = new Promise<void>((resolve) =>
        this.#abort?.signal.addEventListener('abort', () => resolve(), { once: true }),
      )
      await Promise.race([this.#clock.sleep(ms, this.#abort.signal), woken])
      this.#abort = undefined
    }
    this.#woken = false
  }
}
