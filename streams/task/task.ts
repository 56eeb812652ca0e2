import type { Clock } from '../clock.ts'
import { StreamsError } from '../errors.ts'
import type { Graph, ProcessorSpec } from '../graph.ts'
import type { Processor } from '../processor.ts'
import { partitionKey } from '../record.ts'
import type { BufferedStore } from '../state/buffered-store.ts'
import type { GlobalTable } from '../state/global-table.ts'
import { backoffMs, isRetriable } from './backoff.ts'
import type { FailureStage } from './dead-letter.ts'
import { type DeadLetter, DeadLetters } from './dead-letters.ts'
import { OutputTopics, type TaskOutput } from './outputs.ts'
import { type DuePunctuation, Punctuators } from './punctuators.ts'
import { isPromise, type QueuedRecord } from './queued-record.ts'
import { TaskContext } from './task-context.ts'
import type { TaskMetadata } from './task-metadata.ts'

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
}

const NO_CHANGES: ReadonlyMap<string, number> = new Map()

type Turn = void | Promise<void>

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
 * promise.
 */
export class Task {
  readonly taskId: string
  readonly node: ProcessorSpec
  readonly partition: number
  readonly #options: TaskOptions
  readonly #processor: Processor
  readonly #deadLetters: DeadLetters
  readonly #context: TaskContext
  readonly #punctuators = new Punctuators()
  /** Next offset of each broadcast partition. */
  readonly #broadcast: Map<string, bigint>
  readonly #broadcastTopics: ReadonlySet<string>
  #streamTimeMs: number
  /** Deferred work that failed when last called. */
  #failing: (() => boolean) | undefined

  constructor(options: TaskOptions) {
    this.#options = options
    this.node = options.node
    this.partition = options.partition
    this.taskId = `${options.node.name}_${options.partition}`
    this.#streamTimeMs = options.metadata.streamTimeMs
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
    this.#processor = options.node.create()
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
    this.#keep(this.#context.serialize(this.partition))
    // Timers that were due when the last life of this task ended, and what was deferred.
    await (this.#streamTimeMs >= 0 ? this.#settleStream() : this.#settle([]))
  }

  /** Handles one record wholly, retries included. Rejects or throws only where the node is to stop. */
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

  /** Next offset of a broadcast partition, or `undefined` where the task has seen none of it. */
  broadcastPosition(key: string): bigint | undefined {
    return this.#broadcast.get(key)
  }

  /** All that the task itself knows; whoever feeds it adds the rest. */
  metadata(): Omit<TaskMetadata, 'lanes' | 'tablesCompleteMs'> {
    return {
      streamTimeMs: this.#streamTimeMs,
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

  #attempt(record: QueuedRecord, attempt: number, startedMs: number): Turn {
    const input = record.input
    if (input === undefined) throw new StreamsError('INVALID_STATE', `${this.taskId}: a record is processed undecoded`)
    this.#context.begin(record.timestampMs, input.headers['traceparent'])
    return this.#call(
      () => this.#processor.process(input, this.#context),
      () => {
        this.#pass(record)
        return this.#settleStream()
      },
      (error, stage) => {
        const firstAtMs = startedMs === 0 ? this.#options.clock.now() : startedMs
        const last = !isRetriable(error) || attempt > this.node.errors.retryMax
        if (last) return this.#giveUp(record, stage ?? 'process', error, attempt, firstAtMs)
        return this.#wait(attempt).then(() => this.#attempt(record, attempt + 1, firstAtMs))
      },
    )
  }

  /** One call into the processor, all or nothing: `done` in the same turn as its outputs go out, or `failed` and no trace. */
  #call(call: () => Turn, done: () => Turn, failed: (error: unknown, stage?: 'serialize') => Turn): Turn {
    const finish = (): Turn => {
      let outputs: readonly TaskOutput[]
      try {
        outputs = this.#context.serialize(this.partition)
      } catch (error) {
        this.#context.drop()
        return failed(error, 'serialize')
      }
      this.#keep(outputs)
      return done()
    }
    const thrown = (error: unknown): Turn => {
      this.#context.drop()
      return failed(error)
    }
    try {
      const running = call()
      if (isPromise(running)) return running.then(finish, thrown)
    } catch (error) {
      return thrown(error)
    }
    return finish()
  }

  #wait(attempt: number): Promise<void> {
    return this.#options.clock.sleep(backoffMs(this.node.errors, attempt, this.#options.random))
  }

  #giveUp(record: QueuedRecord, stage: FailureStage, error: unknown, attempts: number, firstAtMs: number): Turn {
    const { taskId } = this
    this.#options.events.deadLettered(this.#deadLetters.of(record, { taskId, stage, error, attempts, firstAtMs }))
    this.#pass(record)
    return this.#settleStream()
  }

  #pass(record: QueuedRecord): void {
    if (this.#broadcastTopics.has(record.spec.name)) {
      const at = { topic: record.spec.topic, partition: record.partition }
      this.#broadcast.set(partitionKey(at), record.offset + 1n)
    }
    this.#options.events.passed(record)
  }

  #keep(outputs: readonly TaskOutput[]): void {
    this.#context.keep()
    for (const output of outputs) this.#options.events.forwarded(output)
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
    return this.#call(
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
    return this.#call(
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
