import type { CallEnd, Calls } from '../calls/calls.ts'
import type { Clock } from '../clock.ts'
import { StreamsError } from '../errors.ts'
import type { Graph, ProcessorSpec } from '../graph.ts'
import { Aside } from '../parking/aside.ts'
import { ParkedRecord } from '../parking/parked-record.ts'
import type { AsyncProcessor, Processor } from '../processor.ts'
import { partitionKey } from '../record.ts'
import type { BufferedStore } from '../state/buffered-store.ts'
import type { GlobalTable } from '../state/global-table.ts'
import { backoffMs, isRetriable } from './backoff.ts'
import type { FailureStage } from './dead-letter.ts'
import type { DeadLetter } from './dead-letters.ts'
import { OutputTopics, type TaskOutput } from './outputs.ts'
import { Punctuators } from './punctuators.ts'
import { isPromise, type QueuedRecord } from './queued-record.ts'
import { Settling } from './settling.ts'
import { callsOf, type TaskCalls } from './task-calls.ts'
import { TaskContext } from './task-context.ts'
import type { TaskMetadata } from './task-metadata.ts'
import { type Turn, WholeCall } from './whole-call.ts'

/** Where a task's finished calls go. A call that failed reaches `deadLettered` only. */
export interface TaskEvents {
  forwarded(output: TaskOutput): void
  deadLettered(record: DeadLetter): void
  /** In the same turn as the above: the record is done with, and its offset may be committed with them. */
  passed(record: QueuedRecord): void
}

export interface TaskOptions {
  readonly graph: Graph
  readonly node: ProcessorSpec
  readonly partition: number
  readonly stores: ReadonlyMap<string, BufferedStore<unknown>>
  readonly tables: ReadonlyMap<string, GlobalTable<unknown>>
  readonly metadata: TaskMetadata
  readonly clock: Clock
  readonly random: () => number
  readonly appVersion: string
  readonly events: TaskEvents
  readonly calls: TaskCalls
}

/** Parked records that are tried in one go. */
const PARKED_A_TURN = 50
const NO_CHANGES: ReadonlyMap<string, number> = new Map()

/**
 * A processor on one partition. Every call into the processor is all or nothing:
 *
 *   1 run the call; what it forwards is collected, what it stores lies in the stores' call layer
 *   2 serialize what it forwarded
 *   3 keep the call: stores merge it, outputs go out; then what it deferred and timers that stream time has reached, each
 *     a call of its own
 *
 * A failure in 1 or 2 drops all of it. Retriable ones start over after a wait; at the end of patience the record goes to
 * the dead-letter topic as the bytes it came in, or the node stops, as its policy says. Synchronous processors pay for no
 * promise. An asynchronous one is fed through `calls`, side by side; what a call gives is then completed as a call of the
 * above kind.
 */
export class Task {
  readonly taskId: string
  readonly node: ProcessorSpec
  readonly partition: number
  readonly #options: TaskOptions
  readonly #processor: Processor | AsyncProcessor
  /** Where the processor makes calls: records are begun there, and completed here. */
  readonly calls: Calls | undefined
  readonly #whole: WholeCall
  readonly #aside: Aside
  readonly #settling: Settling
  readonly #context: TaskContext
  readonly #punctuators = new Punctuators()
  /** Next offset of each broadcast partition. */
  readonly #broadcast: Map<string, bigint>
  readonly #broadcastTopics: ReadonlySet<string>
  #streamTimeMs: number
  /** The highest time of a record that is done, which stream time has yet to reach where older ones are not. */
  #seenMs: number

  constructor(options: TaskOptions) {
    this.#options = options
    this.node = options.node
    this.partition = options.partition
    this.taskId = `${options.node.name}_${options.partition}`
    this.#streamTimeMs = options.metadata.streamTimeMs
    this.#seenMs = options.metadata.seenMs
    this.#broadcastTopics = new Set(options.node.broadcast)
    this.#broadcast = new Map(options.metadata.broadcast)
    this.#punctuators.restore(options.metadata.punctuators)
    this.#context = new TaskContext(
      this.taskId,
      new OutputTopics(options.graph, options.node, this.taskId),
      options,
      this.#punctuators,
      () => this.#streamTimeMs,
    )
    const { deadLettered } = options.events
    this.#aside = new Aside({ ...options, taskId: this.taskId, deadLettered, changed: options.calls.remembered })
    this.#whole = new WholeCall(this.#context, options.partition, (output) => options.events.forwarded(output))
    this.#settling = new Settling({
      context: this.#context,
      punctuators: this.#punctuators,
      whole: this.#whole,
      streamTimeMs: () => this.#streamTimeMs,
      failed: (stage, error, timeMs) => this.#aside.giveUpTimer(stage, error, timeMs),
    })
    this.#processor = options.node.create()
    this.calls =
      'call' in this.#processor
        ? callsOf(this.#processor, this.taskId, options, (record) => this.#aside.holds(record))
        : undefined
  }

  get streamTimeMs(): number {
    return this.#streamTimeMs
  }

  get stores(): ReadonlyMap<string, BufferedStore<unknown>> {
    return this.#options.stores
  }

  async init(): Promise<void> {
    this.#aside.load()
    this.#context.begin(Math.max(0, this.#streamTimeMs), undefined)
    await this.#processor.init?.(this.#context)
    this.#whole.keep()
    // Timers that were due when the last life of this task ended, and what was deferred.
    await (this.#streamTimeMs >= 0 ? this.#settling.stream() : this.#settling.deferred())
  }

  /** Handles one record wholly, retries included; not where there are `calls`. Rejects or throws only where the node is to stop. */
  process(record: QueuedRecord): void | Promise<void> {
    if (record.timestampMs > this.#streamTimeMs) this.#streamTimeMs = record.timestampMs
    if (!this.#aside.holds(record)) return this.#handle(record)
    this.#aside.putBehind(record)
    return this.#passed(record)
  }

  #handle(record: QueuedRecord): Turn {
    if (record.input === undefined) {
      try {
        const decoding = record.decode()
        if (isPromise(decoding)) return this.#processLater(record, decoding)
      } catch (error) {
        return this.#giveUp(record, 'deserialize', error, 1, this.#options.clock.now())
      }
    }
    return this.#attempt(record, 1, 0)
  }

  /** Ends a record whose call has ended, while nothing else of the task runs. Rejects or throws only where the node is to stop. */
  complete({ record, finish, failure, isHeld }: CallEnd): Turn {
    if (!(record instanceof ParkedRecord)) this.#see(record)
    if (isHeld) {
      this.#aside.putBehind(record)
      return this.#passed(record)
    }
    if (failure !== undefined)
      return this.#giveUp(record, failure.stage, failure.error, failure.attempts, failure.firstAtMs)
    this.#context.begin(record.timestampMs, record.headers['traceparent'])
    return this.#whole.run(
      () => finish?.(this.#context),
      () => this.#done(record),
      (error, stage) => this.#giveUp(record, stage ?? 'process', error, 1, this.#options.clock.now()),
    )
  }

  /** Next offset of a broadcast partition, or `undefined` where the task has seen none of it. */
  broadcastPosition(key: string): bigint | undefined {
    return this.#broadcast.get(key)
  }

  /** All that the task itself knows; whoever feeds it adds the rest. */
  metadata(): Omit<TaskMetadata, 'lanes' | 'tablesCompleteMs' | 'done'> {
    return {
      streamTimeMs: this.#streamTimeMs,
      seenMs: this.#seenMs,
      punctuators: this.#punctuators.snapshot(),
      broadcast: this.#broadcast,
      changes: NO_CHANGES,
    }
  }

  /** Calls the wall-clock timers that are due, and tries what is parked and due. */
  punctuateWall(nowMs: number): void | Promise<void> {
    const running = this.#settling.wall(nowMs)
    return isPromise(running) ? running.then(() => this.#retryParked(nowMs)) : this.#retryParked(nowMs)
  }

  nextWallMs(nowMs: number): number | undefined {
    const [timerMs, parkedMs] = [this.#punctuators.nextWallMs(nowMs), this.#aside.nextMs(nowMs)]
    return parkedMs === undefined ? timerMs : Math.min(parkedMs, timerMs ?? parkedMs)
  }

  /** The earliest time of a record that is parked; Infinity without one. */
  get parkedSinceMs(): number {
    return this.#aside.earliestMs
  }

  /** What is parked, where the node parks. */
  get parked(): Aside['parked'] {
    return this.#aside.parked
  }

  async close(): Promise<void> {
    this.calls?.drop()
    await this.#processor.close?.()
  }

  /** Some at a time: a key that is taken up again may have many. */
  #retryParked(nowMs: number, left = PARKED_A_TURN): Turn {
    const record = left === 0 || this.calls?.hasRoom === false ? undefined : this.#aside.takeDue(nowMs)
    if (record === undefined) return
    const running = this.calls === undefined ? this.#handle(record) : this.calls.begin(record)
    return isPromise(running)
      ? running.then(() => this.#retryParked(nowMs, left - 1))
      : this.#retryParked(nowMs, left - 1)
  }

  async #processLater(record: QueuedRecord, decoding: Promise<unknown>): Promise<void> {
    const startedMs = this.#options.clock.now()
    for (let attempt = 1; ; attempt++) {
      try {
        await (attempt === 1 ? decoding : record.decode())
        return await this.#attempt(record, 1, 0)
      } catch (error) {
        if (record.input !== undefined) throw error
        if (!isRetriable(error) || attempt > this.node.errors.retryMax) {
          return this.#giveUp(record, 'deserialize', error, attempt, startedMs)
        }
        await this.#wait(attempt)
      }
    }
  }

  /** Stream time does not pass records that are open: what it has reached is done. */
  #see(record: QueuedRecord): void {
    this.#seenMs = Math.max(this.#seenMs, record.timestampMs)
    const doneMs = Math.min(this.#seenMs, this.#options.calls.earliestOpenMs(record) - 1)
    this.#streamTimeMs = Math.max(this.#streamTimeMs, doneMs)
  }

  #attempt(record: QueuedRecord, attempt: number, startedMs: number): Turn {
    const [input, processor] = [record.input, this.#processor]
    if (input === undefined || 'call' in processor)
      throw new StreamsError('INVALID_STATE', `${this.taskId}: a record is processed undecoded`)
    this.#context.begin(record.timestampMs, input.headers['traceparent'])
    return this.#whole.run(
      () => processor.process(input, this.#context),
      () => this.#done(record),
      (error, stage) => {
        const firstAtMs = startedMs === 0 ? this.#options.clock.now() : startedMs
        if (!isRetriable(error) || attempt > this.node.errors.retryMax)
          return this.#giveUp(record, stage ?? 'process', error, attempt, firstAtMs)
        return this.#wait(attempt).then(() => this.#attempt(record, attempt + 1, firstAtMs))
      },
    )
  }

  #wait(attempt: number): Promise<void> {
    return this.#options.clock.sleep(backoffMs(this.node.errors, attempt, this.#options.random))
  }

  #giveUp(record: QueuedRecord, stage: FailureStage, error: unknown, attempts: number, firstAtMs: number): Turn {
    this.#aside.giveUp(record, { stage, error, attempts, firstAtMs })
    return this.#passed(record)
  }

  #done(record: QueuedRecord): Turn {
    if (record instanceof ParkedRecord) this.#aside.done(record)
    return this.#passed(record)
  }

  /** The record is over: handled, or put aside. Of a parked one the offset was passed when it was parked. */
  #passed(record: QueuedRecord): Turn {
    if (!(record instanceof ParkedRecord)) this.#pass(record)
    this.calls?.done(record)
    return this.#settling.stream()
  }

  #pass(record: QueuedRecord): void {
    if (this.#broadcastTopics.has(record.spec.name)) {
      const at = { topic: record.spec.topic, partition: record.partition }
      this.#broadcast.set(partitionKey(at), record.offset + 1n)
    }
    this.#options.events.passed(record)
  }
}
