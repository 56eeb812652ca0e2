import type { Clock } from '../clock.ts'
import { StreamsError } from '../errors.ts'
import { DEFAULT_PARK, type Graph, PARKED_STORE, type ProcessorSpec } from '../graph.ts'
import type { BufferedStore } from '../state/buffered-store.ts'
import type { FailureStage } from '../task/dead-letter.ts'
import { type DeadLetter, DeadLetters } from '../task/dead-letters.ts'
import { topicOf } from '../task/outputs.ts'
import type { QueuedRecord } from '../task/queued-record.ts'
import { ParkedRecord } from './parked-record.ts'
import { Parking } from './parking.ts'

/** How handling a record ended. */
export interface GivenUp {
  readonly stage: FailureStage
  readonly error: unknown
  readonly attempts: number
  readonly firstAtMs: number
}

export interface AsideOptions {
  readonly graph: Graph
  readonly node: ProcessorSpec
  readonly taskId: string
  readonly stores: ReadonlyMap<string, BufferedStore<unknown>>
  readonly clock: Clock
  readonly random: () => number
  readonly appVersion: string
  readonly deadLettered: (record: DeadLetter) => void
  readonly changed: () => void
}

/** Where a task's records go that it cannot handle: to the dead letters, or first to be parked, as the node's policy says. */
export class Aside {
  readonly #options: AsideOptions
  readonly #deadLetters: DeadLetters
  readonly #parking: Parking | undefined

  constructor(options: AsideOptions) {
    this.#options = options
    this.#deadLetters = new DeadLetters(options)
    const { node, stores, clock, random, changed } = options
    const store = stores.get(PARKED_STORE)
    if (node.errors.then !== 'park' || store === undefined) return
    this.#parking = new Parking({ store, policy: node.errors.park ?? DEFAULT_PARK, clock, random, changed })
  }

  /** Once stores are restored. */
  load(): void {
    this.#parking?.load()
  }

  /** Keys and records that are parked. */
  get parked(): { readonly keys: number; readonly records: number } | undefined {
    return this.#parking && { keys: this.#parking.keys, records: this.#parking.records }
  }

  /** The earliest time of a parked record, Infinity without one. */
  get earliestMs(): number {
    return this.#parking?.earliestMs ?? Number.POSITIVE_INFINITY
  }

  /** An older record of its key is parked: this one goes behind it. */
  holds(record: QueuedRecord): boolean {
    return this.#parking?.holds(record) === true
  }

  /** Parks a record behind those of its key; where there are too many, the first is given up for it. */
  putBehind(record: QueuedRecord): void {
    const { clock } = this.#options
    if (this.#parking?.isFull(record) === true) {
      const first = this.#taken(this.#parking.takeFirst(record))
      const message = 'too many records of its key wait behind it'
      if (first !== undefined)
        this.#release(first, { stage: 'process', error: new StreamsError('PARKING_FULL', message) })
    }
    if (this.#parking?.park(record) === true) return
    const error = new StreamsError(
      'RECORD_TOO_LARGE',
      'an older record of its key is parked, and this one is too large to be',
    )
    this.#deadLetter(record, { stage: 'process', error, attempts: 0, firstAtMs: clock.now() })
  }

  /** A record has failed for good. Throws PROCESSING where the node's policy is to stop. */
  giveUp(record: QueuedRecord, how: GivenUp): void {
    if (record instanceof ParkedRecord) {
      if (this.#parking?.failed(record.parkedKey) === false) this.#release(record, how)
    } else if (this.#parking?.park(record) !== true) this.#deadLetter(record, how)
  }

  /** A parked record that is due, to be handled: it ends by `done` or `giveUp`. */
  takeDue(nowMs: number): ParkedRecord | undefined {
    return this.#taken(this.#parking?.takeDue(nowMs))
  }

  /** A parked record is handled. */
  done(record: ParkedRecord): void {
    this.#parking?.done(record.parkedKey)
  }

  nextMs(nowMs: number): number | undefined {
    return this.#parking?.nextMs(nowMs)
  }

  /** A failed timer: there is no record that could wait. */
  giveUpTimer(stage: FailureStage, error: unknown, timeMs: number): void {
    const { taskId, clock, deadLettered } = this.#options
    const failure = { taskId, stage, error, attempts: 1, firstAtMs: clock.now() }
    deadLettered(this.#deadLetters.ofTimer(failure, timeMs))
  }

  /** The first of a key goes to the dead letters; what waits behind it has its turn. */
  #release(record: ParkedRecord, { stage, error }: Pick<GivenUp, 'stage' | 'error'>): void {
    const history = this.#parking?.historyOf(record.parkedKey)
    // Once before it was parked.
    const attempts = (history?.tries ?? 0) + 2
    this.#deadLetter(record, { stage, error, attempts, firstAtMs: history?.firstAtMs ?? this.#options.clock.now() })
    this.#parking?.done(record.parkedKey)
  }

  #deadLetter(record: QueuedRecord, how: GivenUp): void {
    const { taskId, deadLettered } = this.#options
    deadLettered(this.#deadLetters.of(record, { taskId, ...how }))
  }

  #taken(stored: ReturnType<Parking['takeDue']>): ParkedRecord | undefined {
    const { graph, node } = this.#options
    return stored && new ParkedRecord(topicOf(graph, stored.topic, node.name), stored)
  }
}
