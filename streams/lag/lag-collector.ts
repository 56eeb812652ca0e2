import { LagHistory, type PartitionLag } from './lag-history.ts'
import type { LagReading } from './lag-reading.ts'

export interface LagCollectorPorts {
  readonly read: () => Promise<readonly LagReading[]>
  /** The moment that ages are told by: now, or how far a recording has come. */
  readonly nowMs: () => number
  /** Milliseconds that only go forward. */
  readonly elapsedMs: () => number
}

/** Whoever asks within this time is answered by the same reading. */
const FRESH_MS = 900

/** One for a process: pages, metrics and history share its readings, so that a cluster is asked once however many look. */
export class LagCollector {
  readonly #ports: LagCollectorPorts
  readonly #history = new LagHistory()
  #last: { readonly atMs: number; readonly lags: Promise<readonly PartitionLag[]> } | undefined

  constructor(ports: LagCollectorPorts) {
    this.#ports = ports
  }

  /** Lag of every partition of every group in scope, one that is a second old at most. */
  collect(): Promise<readonly PartitionLag[]> {
    const atMs = this.#ports.elapsedMs()
    if (this.#last === undefined || atMs - this.#last.atMs > FRESH_MS) {
      const lags = this.#measure()
      this.#last = { atMs, lags }
      // A failure is told to who asked, and not kept.
      lags.catch(() => {
        if (this.#last?.lags === lags) this.#last = undefined
      })
    }
    return this.#last.lags
  }

  async #measure(): Promise<readonly PartitionLag[]> {
    const { read, nowMs, elapsedMs } = this.#ports
    const readings = await read()
    return this.#history.observe(readings, nowMs(), elapsedMs())
  }
}
