import type { StoreChange } from '../state/backing.ts'
import type { DeadLetter } from '../task/dead-letters.ts'
import type { TaskOutput } from '../task/outputs.ts'
import type { Timed } from '../task/partition-group.ts'
import type { Polled, SourceTask } from '../task/source-task.ts'
import type { NodeMetrics } from './node-metrics.ts'

/** A source's record waiting for its turn. The last of a poll brings that poll's store writes with it. */
export class HeldOutput implements Timed {
  readonly timestampMs: number
  readonly output: TaskOutput
  readonly landing: ReadonlyMap<string, ReadonlyMap<string, string | undefined>> | undefined

  constructor(output: TaskOutput, landing: HeldOutput['landing']) {
    this.output = output
    this.landing = landing
    this.timestampMs = output.record.timestampMs
  }
}

export interface SourcePorts {
  append(output: TaskOutput, slot: SourceSlot): void
  deadLetter(record: DeadLetter): void
  /** Puts a record in the queue of held ones. */
  hold(slot: SourceSlot, item: HeldOutput): void
}

/**
 * A source inside the unit. Live, what a poll gave is appended at once. Bounded by sources, it waits until all sources are
 * past its time, so that the order in the log does not depend on who was polled first; a commit in the middle of a poll's
 * records notes how many of them are in, and after a restart that many are skipped.
 */
export class SourceSlot {
  readonly task: SourceTask
  readonly metrics: NodeMetrics
  readonly #ports: SourcePorts
  readonly #held: boolean
  #heldCount = 0
  #appendedOfPoll = 0
  #skip: number
  /** Polls taken in since the start, and how many of them the source knows to be committed. */
  #polls = 0
  #pollsTold = 0
  done = false
  dirty = false
  /** Highest time it has forwarded. */
  forwardedMs = Number.NEGATIVE_INFINITY

  constructor(
    task: SourceTask,
    ports: SourcePorts,
    options: { readonly held: boolean; readonly skip: number; readonly metrics: NodeMetrics },
  ) {
    this.task = task
    this.metrics = options.metrics
    this.#ports = ports
    this.#held = options.held
    this.#skip = options.skip
    this.#appendedOfPoll = options.skip
  }

  get heldCount(): number {
    return this.#heldCount
  }

  /** Takes in what a poll gave. False where that was nothing, so that waiting costs no commits. */
  take(polled: Polled): boolean {
    if (polled.progress === 'done') this.done = true
    const isNothing = polled.progress === 'idle' && polled.outputs.length === 0 && polled.deadLetters.length === 0
    if (isNothing && ![...this.task.stores.values()].some((store) => store.isTouched)) return false
    this.dirty = true
    for (const record of polled.deadLetters) {
      this.metrics.deadLettered()
      this.#ports.deadLetter(record)
    }
    for (const { record } of polled.outputs)
      if (record.timestampMs > this.forwardedMs) this.forwardedMs = record.timestampMs
    if (this.#held) this.#hold(polled.outputs)
    else this.#appendAll(polled.outputs)
    return true
  }

  /** A held record's turn has come. */
  release(item: HeldOutput): void {
    this.#heldCount -= 1
    this.#append(item.output)
    this.#appendedOfPoll += 1
    this.dirty = true
    if (item.landing !== undefined) this.#land(item.landing)
  }

  /** After a commit. Bounded by sources, polls land out of order, and nothing outside waits for them. */
  committed(nowMs: number): void {
    if (this.#held || this.#polls === this.#pollsTold) return
    const told = this.#pollsTold
    this.#pollsTold = this.#polls
    this.task.committed(this.#polls).catch((error) => {
      // Told again with the next commit.
      this.#pollsTold = told
      this.metrics.failed(error, nowMs)
    })
  }

  /** For the commit. */
  changes(): readonly StoreChange[] {
    const stores = [...this.task.stores].map(([name, store]) => ({
      storeId: `${this.task.node.name}/${name}/0`,
      entries: store.freeze(),
    }))
    return [...stores, { storeId: skipStoreOf(this.task.node.name), entries: [['skip', String(this.#appendedOfPoll)]] }]
  }

  #append(output: TaskOutput): void {
    this.metrics.forwarded()
    this.#ports.append(output, this)
  }

  #appendAll(outputs: readonly TaskOutput[]): void {
    this.#polls += 1
    this.task.keep()
    for (const output of outputs) this.#append(output)
  }

  #hold(outputs: readonly TaskOutput[]): void {
    const landing = new Map([...this.task.stores].map(([name, store]) => [name, store.takeCall()]))
    const skipped = Math.min(this.#skip, outputs.length)
    this.#skip -= skipped
    const fresh = outputs.slice(skipped)
    this.task.keep()
    if (fresh.length === 0) this.#land(landing)
    for (const [i, output] of fresh.entries()) {
      this.#heldCount += 1
      this.#ports.hold(this, new HeldOutput(output, i === fresh.length - 1 ? landing : undefined))
    }
  }

  #land(landing: ReadonlyMap<string, ReadonlyMap<string, string | undefined>>): void {
    for (const [name, entries] of landing) this.task.stores.get(name)?.land(entries)
    this.#appendedOfPoll = this.#skip
  }
}

export const skipStoreOf = (node: string): string => `${node}/$source/0`
