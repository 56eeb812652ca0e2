import type { CallEnd, Calls } from '../calls/calls.ts'
import type { Clock } from '../clock.ts'
import { StreamsError } from '../errors.ts'
import type { Graph, ProcessorSpec } from '../graph.ts'
import type { AsyncProcessor, Processor } from '../processor.ts'
import { partitionKey } from '../record.ts'
import type { BufferedStore } from '../state/buffered-store.ts'
import type { GlobalTable } from '../state/global-table.ts'
import { backoffMs, isRetriable } from './backoff.ts'
import type { FailureStage } from './dead-letter.ts'
import { type DeadLetter, DeadLetters } from './dead-letters.ts'
import { OutputTopics, type TaskOutput } from './outputs.ts'
import { type DuePunctuation, Punctuators } from './punctuators.ts'
import { isPromise, type QueuedRecord } from './queued-record.ts'
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
  readonly #deadLetters: DeadLetters
  readonly #context: TaskContext
  readonly #punctuators = new Punctuators()
  /** Next offset of each broadcast partition. */
  readonly #broadcast: Map<string, bigint>
  readonly #broadcastTopics: ReadonlySet<string>
  #streamTimeMs: number
  /** The highest time of a record that is done, which stream time has yet to reach where older ones are not. */
  #seenMs: number
  /** Deferred work that failed when last called. */
  #failing: (() => boolean) | undefined

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
    this.#deadLetters = new DeadLetters(options)
    this.#whole = new WholeCall(this.#context, options.partition, (output) => options.events.forwarded(output))
    this.#processor = options.node.create()
    this.calls = 'call' in this.#processor ? callsOf(this.#processor, this.taskId, options) : undefined
  }

  get streamTimeMs(): number {
    return this.#streamTimeMs
  }

  get stores(): ReadonlyMap<string, BufferedStore<unknown>> {
    return this.#options.stores
  }

  async init(): Promise<void> {
    this.#context.begin(Math.max(0, this.#streamTimeMs), undefined)
    await this.#processor.init?.(this.#context)
    this.#whole.keep()
    // Timers that were due when the last life of this task ended, and what was deferred.
    await (this.#streamTimeMs >= 0 ? this.#settleStream() : this.#settle([]))
  }

  /** Handles one record wholly, retries included; not where there are `calls`. Rejects or throws only where the node is to stop. */
  process(record: QueuedRecord): void | Promise<void> {
    if (record.timestampMs > this.#streamTimeMs) this.#streamTimeMs = record.timestampMs
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
  complete({ record, finish, failure }: CallEnd): Turn {
    this.#see(record)
    if (failure !== undefined)
      return this.#giveUp(record, failure.stage, failure.error, failure.attempts, failure.firstAtMs)
    this.#context.begin(record.timestampMs, record.headers['traceparent'])
    return this.#whole.run(
      () => finish?.(this.#context),
      () => this.#passed(record),
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

  /** Calls the wall-clock timers that are due. */
  punctuateWall(nowMs: number): void | Promise<void> {
    return this.#settle(this.#punctuators.due('wall_clock_time', nowMs))
  }

  nextWallMs(nowMs: number): number | undefined {
    return this.#punctuators.nextWallMs(nowMs)
  }

  async close(): Promise<void> {
    this.calls?.drop()
    await this.#processor.close?.()
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
      () => this.#passed(record),
      (error, stage) => {
        const firstAtMs = startedMs === 0 ? this.#options.clock.now() : startedMs
        const last = !isRetriable(error) || attempt > this.node.errors.retryMax
        if (last) return this.#giveUp(record, stage ?? 'process', error, attempt, firstAtMs)
        return this.#wait(attempt).then(() => this.#attempt(record, attempt + 1, firstAtMs))
      },
    )
  }

  #wait(attempt: number): Promise<void> {
    return this.#options.clock.sleep(backoffMs(this.node.errors, attempt, this.#options.random))
  }

  #giveUp(record: QueuedRecord, stage: FailureStage, error: unknown, attempts: number, firstAtMs: number): Turn {
    const { taskId } = this
    this.#options.events.deadLettered(this.#deadLetters.of(record, { taskId, stage, error, attempts, firstAtMs }))
    return this.#passed(record)
  }

  #passed(record: QueuedRecord): Turn {
    if (this.#broadcastTopics.has(record.spec.name)) {
      const at = { topic: record.spec.topic, partition: record.partition }
      this.#broadcast.set(partitionKey(at), record.offset + 1n)
    }
    this.#options.events.passed(record)
    this.calls?.done(record)
    return this.#settleStream()
  }

  #settleStream(): Turn {
    return this.#settle(this.#punctuators.due('stream_time', this.#streamTimeMs))
  }

  /** Runs timers, and before each of them and at the end what was deferred until nothing is. */
  #settle(due: readonly DuePunctuation[]): Turn {
    for (let next = 0; ; ) {
      const work = this.#context.takeDeferred()
      const timer = work === undefined ? due[next++] : undefined
      if (work === undefined && timer === undefined) return
      const running = work === undefined ? this.#punctuate(timer as DuePunctuation) : this.#work(work)
      if (isPromise(running)) return running.then(() => this.#settle(due.slice(next)))
    }
  }

  #work(work: () => boolean): Turn {
    const timeMs = Math.max(0, this.#streamTimeMs)
    let more = false
    this.#context.begin(timeMs, undefined)
    return this.#whole.run(
      () => {
        more = work()
      },
      () => {
        this.#failing = undefined
        if (more) this.#context.deferAgain(work)
      },
      (error, stage) => {
        this.#deadLetterOfTimer(error, stage, timeMs)
        const isFirst = this.#failing !== work
        this.#failing = isFirst ? work : undefined
        if (isFirst) this.#context.deferAgain(work)
      },
    )
  }

  #punctuate({ punctuate, timeMs, fired }: DuePunctuation): Turn {
    this.#context.begin(timeMs, undefined)
    return this.#whole.run(
      () => punctuate(timeMs),
      fired,
      (error, stage) => {
        this.#deadLetterOfTimer(error, stage, timeMs)
        fired()
      },
    )
  }

  #deadLetterOfTimer(error: unknown, stage: 'serialize' | undefined, timeMs: number): void {
    const failure = {
      taskId: this.taskId,
      stage: stage ?? ('punctuate' as const),
      error,
      attempts: 1,
      firstAtMs: this.#options.clock.now(),
    }
    this.#options.events.deadLettered(this.#deadLetters.ofTimer(failure, timeMs))
  }
}
