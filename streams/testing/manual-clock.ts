import type { Clock } from '../clock.ts'

/** Time that moves when told to. Sleepers wake as soon as they sleep: waiting is never what a test is about. */
export class ManualClock implements Clock {
  #nowMs: number

  constructor(startMs = 0) {
    this.#nowMs = startMs
  }

  now(): number {
    return this.#nowMs
  }

  advance(ms: number): void {
    this.#nowMs += ms
  }

  async sleep(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
  }
}
