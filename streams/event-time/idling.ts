import type { InputPartition, Lane } from './input-partition.ts'

/**
 * Whether a task may handle a record of some time now. It idles while a writer it waits for may still write an older one: for
 * at most `maxTaskIdleMs` a writer, after which that writer does not count until it is heard of again. Without an end to
 * the waiting, what a run gives does not depend on how fast its processes are.
 */
export class Idling {
  readonly #inputs: readonly InputPartition[]
  readonly #tablesCompleteMs: () => number
  readonly #maxTaskIdleMs: number

  constructor(inputs: readonly InputPartition[], tablesCompleteMs: () => number, maxTaskIdleMs: number) {
    this.#inputs = inputs.filter((input) => input.awaited.length > 0)
    this.#tablesCompleteMs = tablesCompleteMs
    this.#maxTaskIdleMs = maxTaskIdleMs
  }

  /** At most as old as this record are only records that are here already. */
  isTime(timestampMs: number, nowMs: number): boolean {
    let isTime = true
    for (const input of this.#inputs) {
      for (const lane of input.awaited) {
        if (lane.size > 0 || lane.watermarkMs > timestampMs || this.#isIdle(lane)) continue
        lane.holdsSinceMs ??= nowMs
        if (nowMs - lane.holdsSinceMs < this.#maxTaskIdleMs) isTime = false
        else lane.holdsSinceMs = Number.NEGATIVE_INFINITY
      }
    }
    return isTime && (this.#tablesCompleteMs() > timestampMs || this.#maxTaskIdleMs !== Number.POSITIVE_INFINITY)
  }

  /** A writer is waited for here: what comes must not be kept from it. */
  isLacking(input: InputPartition): boolean {
    return input.awaited.some((lane) => lane.holdsSinceMs !== undefined && !this.#isIdle(lane))
  }

  #isIdle(lane: Lane): boolean {
    return lane.holdsSinceMs === Number.NEGATIVE_INFINITY
  }
}
