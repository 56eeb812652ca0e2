import { setTimeout as sleep } from 'node:timers/promises'

/** Waiting times that double up to a limit, each somewhat random, so that clients do not come back all at once. */
export class Backoff {
  readonly #firstMs: number
  readonly #maxMs: number
  readonly #random: () => number
  #tries = 0

  constructor(firstMs: number, maxMs: number, random: () => number) {
    this.#firstMs = firstMs
    this.#maxMs = maxMs
    this.#random = random
  }

  /** Between half and all of the doubled time. */
  nextMs(): number {
    const fullMs = Math.min(this.#maxMs, this.#firstMs * 2 ** Math.min(this.#tries++, 20))
    return fullMs * (0.5 + this.#random() / 2)
  }

  wait(): Promise<void> {
    return sleep(this.nextMs())
  }

  reset(): void {
    this.#tries = 0
  }
}
