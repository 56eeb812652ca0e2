import type { Clock } from '../clock.ts'
import { StreamsError } from '../errors.ts'
import { deadLetterTopicOf, type Graph, type ProcessorSpec } from '../graph.ts'
import type { Processor } from '../processor.ts'
import { partitionKey } from '../record.ts'
import type { BufferedStore } from '../state/buffered-store.ts'
import type { GlobalTable } from '../state/global-table.ts'
import { backoffMs, isRetriable } from './backoff.ts'
import { deadLetterHeaders, type FailureStage } from './dead-letter.ts'
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

/** A record for the node's dead-letter topic; the runtime knows how many partitions that has. */
export interface DeadLetter {
  readonly topic: string
  readonly timestampMs: number
  readonly key: Uint8Array | undefined
  readonly value: Uint8Array | undefined
  readonly headers: Readonly<Record<string, string>>
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

type Call = () => void | Promise<void>

/**
 * A processor on one partition. Every call into the processor is all or nothing:
 *
 *   1 run the call; what it forwards is collected, what it stores lies in the stores' call layer
 *   2 serialize what it forwarded
 *   3 keep the call: stores merge it, outputs go out; then timers that stream time has reached, each a call of its own
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
  readonly #context: TaskContext
  readonly #punctuators = new Punctuators()
  /** Next offset of each broadcast partition. */
  readonly #broadcast: Map<string, bigint>
  readonly #broadcastTopics: ReadonlySet<string>
  #streamTimeMs: number

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
      new OutputTopics(options.graph, options.node),
      options,
      this.#punctuators,
      () => this.#streamTimeMs,
    )
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

  metadata(): TaskMetadata {
    return {
      streamTimeMs: this.#streamTimeMs,
      punctuators: this.#punctuators.snapshot(),
      broadcast: this.#broadcast,
      changes: NO_CHANGES,
    }
  }

  /** Calls the wall-clock timers that are due. */
  punctuateWall(nowMs: number): void | Promise<void> {
    return this.#punctuateAll(this.#punctuators.due('wall_clock_time', nowMs))
  }

  nextWallMs(): number | undefined {
    return this.#punctuators.nextWallMs()
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

  #attempt(record: QueuedRecord, attempt: number, startedMs: number): void | Promise<void> {
    const input = record.input
    if (input === undefined)
      throw new StreamsError('INVALID_STATE', `${this.taskId}: a record is processed before it is decoded`)
    this.#context.begin(record.timestampMs, input.headers['traceparent'])
    try {
      const running = this.#processor.process(input, this.#context)
      if (isPromise(running)) {
        return running.then(
          () => this.#finish(record, attempt, startedMs),
          (error) => this.#failed(record, 'process', error, attempt, startedMs),
        )
      }
    } catch (error) {
      return this.#failed(record, 'process', error, attempt, startedMs)
    }
    return this.#finish(record, attempt, startedMs)
  }

  #finish(record: QueuedRecord, attempt: number, startedMs: number): void | Promise<void> {
    let outputs: readonly TaskOutput[]
    try {
      outputs = this.#context.serialize(this.partition)
    } catch (error) {
      return this.#failed(record, 'serialize', error, attempt, startedMs)
    }
    this.#keep(outputs)
    this.#pass(record)
    return this.#punctuateStream()
  }

  #failed(
    record: QueuedRecord,
    stage: FailureStage,
    error: unknown,
    attempt: number,
    startedMs: number,
  ): void | Promise<void> {
    this.#context.drop()
    const firstAtMs = startedMs === 0 ? this.#options.clock.now() : startedMs
    if (!isRetriable(error) || attempt > this.node.errors.retryMax)
      return this.#giveUp(record, stage, error, attempt, firstAtMs)
    return this.#wait(attempt).then(() => this.#attempt(record, attempt + 1, firstAtMs))
  }

  #wait(attempt: number): Promise<void> {
    return this.#options.clock.sleep(backoffMs(this.node.errors, attempt, this.#options.random))
  }

  #giveUp(
    record: QueuedRecord | undefined,
    stage: FailureStage,
    error: unknown,
    attempts: number,
    firstAtMs: number,
  ): void | Promise<void> {
    const { node, taskId } = this
    if (node.errors.then === 'stop') {
      const where =
        record === undefined ? 'a punctuation' : `${record.spec.topic}-${record.partition} @ ${record.offset}`
      const reason = error instanceof Error ? error.message : String(error)
      throw new StreamsError(
        'PROCESSING',
        `task ${taskId} stops at ${where}, stage ${stage}: ${reason}`,
        { node: node.name },
        error,
      )
    }
    const { graph, clock, appVersion } = this.#options
    const origin = record && { ...record, topic: record.spec.topic, value: record.valueBytes }
    const cause = {
      node: node.name,
      taskId,
      stage,
      error,
      attempts,
      firstAtMs,
      lastAtMs: clock.now(),
      appVersion,
      record: origin,
    }
    this.#options.events.deadLettered({
      topic: deadLetterTopicOf(graph, node.name),
      timestampMs: record?.timestampMs ?? Math.max(0, this.#streamTimeMs),
      key: record === undefined ? Buffer.from(taskId) : record.keyBytes,
      value: record?.valueBytes,
      headers: deadLetterHeaders(cause),
    })
    if (record === undefined) return
    this.#pass(record)
    return this.#punctuateStream()
  }

  #pass(record: QueuedRecord): void {
    const topic = record.spec.topic
    if (this.#broadcastTopics.has(record.spec.name))
      this.#broadcast.set(partitionKey({ topic, partition: record.partition }), record.offset + 1n)
    this.#options.events.passed(record)
  }

  #keep(outputs: readonly TaskOutput[]): void {
    this.#context.keep()
    for (const output of outputs) this.#options.events.forwarded(output)
  }

  #punctuateStream(): void | Promise<void> {
    const due = this.#punctuators.due('stream_time', this.#streamTimeMs)
    return due.length === 0 ? undefined : this.#punctuateAll(due)
  }

  #punctuateAll(due: readonly DuePunctuation[]): void | Promise<void> {
    for (const [i, one] of due.entries()) {
      const running = this.#callPunctuator(one.timeMs, () => one.punctuate(one.timeMs))
      if (isPromise(running)) return running.then(() => this.#punctuateAll(due.slice(i + 1)))
    }
  }

  #callPunctuator(timeMs: number, call: Call): void | Promise<void> {
    this.#context.begin(timeMs, undefined)
    const failed = (error: unknown, stage: FailureStage): void | Promise<void> => {
      this.#context.drop()
      return this.#giveUp(undefined, stage, error, 1, this.#options.clock.now())
    }
    const finish = (): void | Promise<void> => {
      try {
        this.#keep(this.#context.serialize(this.partition))
      } catch (error) {
        return failed(error, 'serialize')
      }
    }
    try {
      const running = call()
      if (isPromise(running)) return running.then(finish, (error) => failed(error, 'punctuate'))
    } catch (error) {
      return failed(error, 'punctuate')
    }
    return finish()
  }
}
