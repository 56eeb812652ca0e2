import { passedMs } from '../../clock.ts'
import { StreamsError } from '../../errors.ts'
import { watermarkRecords } from '../../event-time/watermark.ts'
import { groupOf } from '../../graph.ts'
import type { LogConsumer, LogProducer } from '../../log/port.ts'
import { backoffMs, isRetriable } from '../../task/backoff.ts'
import type { DeadLetter } from '../../task/dead-letters.ts'
import { type TaskOutput, topicOf } from '../../task/outputs.ts'
import { commitThenApply, type PendingOutput, prepareCommit } from './commit.ts'
import type { LogTask } from './log-task.ts'
import type { RunnerOptions } from './runner-options.ts'

/** More than this waiting makes a commit due before its time. */
const PENDING_RECORDS_MAX = 10_000
/** How often a commit is tried against a log that cannot be reached, before the session begins anew. */
const ATTEMPTS_MAX = 8

/** The commits of a session, one at a time. Processing goes on beside one; what it gives belongs to the next. */
export class SessionCommits {
  readonly #options: RunnerOptions
  readonly #producer: LogProducer
  readonly #consumer: () => LogConsumer
  readonly #tasks: ReadonlyMap<number, LogTask>
  readonly #failed: (error: unknown) => void
  #pending: PendingOutput[] = []
  #running: Promise<void> | undefined
  #lastMs: number
  #stopped = false

  constructor(
    options: RunnerOptions,
    ports: {
      readonly producer: LogProducer
      readonly consumer: () => LogConsumer
      readonly tasks: ReadonlyMap<number, LogTask>
      readonly failed: (error: unknown) => void
    },
  ) {
    this.#options = options
    this.#producer = ports.producer
    this.#consumer = ports.consumer
    this.#tasks = ports.tasks
    this.#failed = ports.failed
    this.#lastMs = options.clock.now()
  }

  forwarded(output: TaskOutput): void {
    this.#options.metrics.forwarded()
    this.#pending.push({ record: output.record, output })
  }

  deadLettered(letter: DeadLetter): void {
    this.#options.metrics.deadLettered()
    this.#pending.push({ record: { ...letter, partition: 0 }, output: undefined })
  }

  get dirty(): boolean {
    return this.#pending.length > 0 || [...this.#tasks.values()].some((task) => task.dirty)
  }

  get running(): boolean {
    return this.#running !== undefined
  }

  /** Milliseconds until the next commit is due; not above 0 when it is. */
  dueInMs(): number {
    if (this.#pending.length >= PENDING_RECORDS_MAX) return 0
    return this.#options.node.commitIntervalMs - passedMs(this.#options.clock, this.#lastMs)
  }

  /** Begins a commit unless one is under way or there is nothing to commit. */
  begin(): void {
    if (this.#running !== undefined || this.#stopped || !this.dirty) return
    this.#running = this.#commit()
      .catch((error) => {
        // What follows was computed on top of what is now lost: it must never be written.
        this.#stopped = true
        this.#failed(error)
      })
      .finally(() => {
        this.#running = undefined
      })
  }

  /** Commits everything there is at the call; a failure is reported as any other. */
  async finish(): Promise<void> {
    await this.#running
    this.begin()
    await this.#running
  }

  /** No commit begins, and none is tried again, from here on. */
  stop(): void {
    this.#stopped = true
  }

  /** How far event time is complete behind this commit, for those who wait for it. */
  #watermarks(task: LogTask): readonly PendingOutput[] {
    const { graph, node, clock, awaited } = this.#options
    const { watermarkMs } = task
    if (watermarkMs === undefined || watermarkMs <= task.announcedMs) return []
    task.announcedMs = watermarkMs
    const timestampMs = Math.max(0, Math.min(watermarkMs, task.task.streamTimeMs, clock.now()))
    return node.to
      .filter((topic) => awaited.isAwaited(topic))
      .flatMap((topic) =>
        watermarkRecords(topicOf(graph, topic, node.name), task.task.taskId, watermarkMs, timestampMs),
      )
      .map((record) => ({ record, output: undefined }))
  }

  async #commit(): Promise<void> {
    const { graph, node, disk, onForward, clock, random, metrics } = this.#options
    const pending = this.#pending
    this.#pending = []
    this.#lastMs = clock.now()
    const dirty = [...this.#tasks.values()].filter((task) => task.dirty)
    pending.push(...dirty.flatMap((task) => this.#watermarks(task)))
    const prepared = prepareCommit(node.name, pending, [...this.#tasks.values()])
    const ports = {
      clock,
      isOver: () => this.#stopped,
      guarantee: node.guarantee,
      producer: this.#producer,
      consumer: this.#consumer(),
      groupId: groupOf(graph, node.name),
      disk,
      onForward,
    }
    for (let attempt = 1; ; attempt++) {
      if (this.#stopped) throw new StreamsError('INVALID_STATE', `${node.name}: the session ended before its commit`)
      try {
        await commitThenApply(prepared, ports)
        return this.#options.committed()
      } catch (error) {
        if (!isRetriable(error) || attempt >= ATTEMPTS_MAX) throw error
        metrics.failed(error, clock.now())
        await clock.sleep(backoffMs(node.errors, attempt, random))
      }
    }
  }
}
