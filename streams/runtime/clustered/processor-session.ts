import { StreamsError } from '../../errors.ts'
import { groupOf } from '../../graph.ts'
import type { CommittedOffset, LogConsumer, LogProducer, LogReader } from '../../log/port.ts'
import { partitionKey, type TopicPartition } from '../../record.ts'
import { backoffMs, isRetriable } from '../../task/backoff.ts'
import { topicOf } from '../../task/outputs.ts'
import { QueuedRecord } from '../../task/queued-record.ts'
import { commitThenApply, type PendingOutput, type Prepared, prepareCommit } from './commit.ts'
import { LogTask, type TaskStart } from './log-task.ts'
import type { RunnerOptions } from './processor-runner.ts'

const POLL_RECORDS = 1_000
const TURN_RECORDS = 250
/** More waiting than this pauses fetching; fewer than a quarter of it resumes. */
const BUFFERED_MAX = 4_000
const PENDING_RECORDS_MAX = 10_000
const POLL_WAIT_MS = 100
const BUSY_WAIT_MS = 10
/** How long a commit is tried against a log that cannot be reached, before the session begins anew. */
const COMMIT_ATTEMPTS_MAX = 8
/** How long partitions that are being taken away wait for calls under way. */
const REVOKE_WAIT_MS = 5_000

/**
 * One life of a processor in its group: from joining to leaving, or to the first doubt about what was committed. After
 * that everything uncommitted is dropped and a new session starts from the committed offsets. One turn: fetch, hand out,
 * process, call timers, commit when it is time. A commit runs beside the next turns; the one after waits for it.
 */
export class ProcessorSession {
  readonly tasks = new Map<number, LogTask>()
  readonly #options: RunnerOptions
  readonly #specs: ReadonlyMap<string, ReturnType<typeof topicOf>>
  readonly #consumer: LogConsumer
  readonly #producer: LogProducer
  readonly #assigned = new Map<string, TopicPartition>()
  #pending: PendingOutput[] = []
  #feed: LogReader | undefined
  #feedStale = false
  #committing: Promise<void> | undefined
  #failure: { readonly error: unknown } | undefined
  #lastCommitMs: number
  #paused = false
  #dropped = false

  constructor(options: RunnerOptions, producer: LogProducer) {
    const { graph, node, driver, clock } = options
    this.#options = options
    this.#producer = producer
    this.#lastCommitMs = clock.now()
    this.#specs = new Map(
      [...node.from, ...node.broadcast]
        .map((name) => topicOf(graph, name, node.name))
        .map((spec) => [spec.topic, spec]),
    )
    this.#consumer = driver.consumer({
      groupId: groupOf(graph, node.name),
      topics: node.from.map((name) => topicOf(graph, name, node.name).topic),
      broadcast: [],
      listener: {
        assigned: (partitions) => this.#onAssigned(partitions),
        revoked: (partitions) => this.#onRevoked(partitions),
        lost: async (partitions) => this.#onLost(partitions),
      },
    })
  }

  async start(): Promise<void> {
    await this.#consumer.start()
  }

  /** Nothing waits, runs or is uncommitted. */
  get quiet(): boolean {
    return (
      this.#buffered() === 0 &&
      !this.#isDirty() &&
      this.#committing === undefined &&
      [...this.tasks.values()].every((task) => task.running === undefined)
    )
  }

  /** Throws what makes going on impossible. */
  async turn(): Promise<void> {
    const { clock, node } = this.#options
    const records = await this.#consumer.poll(POLL_RECORDS, this.#waitMs())
    for (const record of records) {
      const spec = this.#specs.get(record.topic)
      if (spec !== undefined) this.tasks.get(record.partition)?.offer(new QueuedRecord(spec, record))
    }
    if (node.broadcast.length > 0) await this.#readFeed()
    this.#balance()
    for (const task of this.tasks.values()) {
      if (task.state !== 'running' || task.running !== undefined) continue
      task.process(TURN_RECORDS)
      if (task.running === undefined) task.punctuateWall(clock.now())
    }
    if (this.#isCommitDue()) this.commitSoon()
    this.#rethrow()
  }

  /** Begins a commit unless one is under way. */
  commitSoon(): void {
    if (this.#committing !== undefined || !this.#isDirty()) return
    this.#committing = this.#commit()
      .catch((error) => {
        this.#failure ??= { error }
      })
      .finally(() => {
        this.#committing = undefined
      })
  }

  /** Leaves the group; with everything finished and committed first, unless the session is to be dropped. */
  async close(drop: boolean): Promise<void> {
    this.#dropped ||= drop
    try {
      await this.#consumer.close()
      if (!this.#dropped) this.#rethrow()
    } finally {
      this.#dropped = true
      for (const task of this.tasks.values()) await task.drop().catch(() => {})
      this.tasks.clear()
      await this.#feed?.close().catch(() => {})
      await this.#producer.close().catch(() => {})
    }
  }

  async #commit(): Promise<void> {
    const { graph, node, disk, onForward } = this.#options
    const pending = this.#pending
    this.#pending = []
    this.#lastCommitMs = this.#options.clock.now()
    const prepared = prepareCommit(graph, node.name, pending, [...this.tasks.values()])
    const ports = {
      producer: this.#producer,
      consumer: this.#consumer,
      groupId: groupOf(graph, node.name),
      disk,
      onForward,
    }
    await this.#untilReachable(prepared, ports)
    this.#options.committed()
  }

  async #untilReachable(prepared: Prepared, ports: Parameters<typeof commitThenApply>[1]): Promise<void> {
    const { clock, random, metrics, node } = this.#options
    for (let attempt = 1; ; attempt++) {
      if (this.#dropped) throw new StreamsError('INVALID_STATE', `${node.name}: the session ended before its commit`)
      try {
        return await commitThenApply(prepared, ports)
      } catch (error) {
        if (!isRetriable(error) || attempt >= COMMIT_ATTEMPTS_MAX) throw error
        metrics.failed(error, clock.now())
        await clock.sleep(backoffMs(node.errors, attempt, random))
      }
    }
  }

  async #onAssigned(partitions: readonly TopicPartition[]): Promise<void> {
    for (const at of partitions) this.#assigned.set(partitionKey(at), at)
    const { graph, node } = this.#options
    const topics = node.from.map((name) => topicOf(graph, name, node.name).topic)
    const complete = [...new Set(partitions.map((at) => at.partition))].filter(
      (partition) =>
        !this.tasks.has(partition) && topics.every((topic) => this.#assigned.has(partitionKey({ topic, partition }))),
    )
    if (complete.length === 0) return
    const start = await this.#loadStart()
    for (const partition of complete) this.#createTask(partition, start)
    this.#feedStale = true
  }

  #createTask(partition: number, start: TaskStart): void {
    const events = {
      forwarded: (output: NonNullable<PendingOutput['output']>) => {
        this.#options.metrics.forwarded()
        this.#pending.push({ record: output.record, output })
      },
      deadLettered: (record: Omit<PendingOutput['record'], 'partition'>) => {
        this.#options.metrics.deadLettered()
        this.#pending.push({ record: { ...record, partition: 0 }, output: undefined })
      },
    }
    const failed = (error: unknown): void => {
      this.#failure ??= { error }
    }
    const task = new LogTask({ ...this.#options, events, failed }, partition, start)
    this.tasks.set(partition, task)
    task.start().catch((error) => {
      if (!task.isDropped) this.#failure ??= { error }
    })
  }

  /** What the group has committed, and where the topics begin. */
  async #loadStart(): Promise<TaskStart> {
    const { driver, graph, node } = this.#options
    const admin = await driver.admin()
    try {
      const topics = [...this.#specs.keys()]
      const committed: ReadonlyMap<string, CommittedOffset> = await admin.committedOffsets(
        groupOf(graph, node.name),
        topics,
      )
      const starts = new Map<string, bigint>()
      for (const topic of topics) {
        for (const [partition, offset] of (await admin.startOffsets(topic)).entries())
          starts.set(partitionKey({ topic, partition }), offset)
      }
      return { committed, starts }
    } finally {
      await admin.close()
    }
  }

  /** Lets calls under way finish, commits, and gives the tasks up. */
  async #onRevoked(partitions: readonly TopicPartition[]): Promise<void> {
    const going = this.#tasksOf(partitions)
    if (!this.#dropped && this.#failure === undefined) {
      const running = going.flatMap((task) => task.running ?? [])
      await Promise.race([
        Promise.allSettled(running),
        this.#options.clock.sleep(running.length === 0 ? 0 : REVOKE_WAIT_MS),
      ])
      await this.#committing
      this.commitSoon()
      await this.#committing
    }
    await this.#forget(partitions, going)
  }

  /** The partitions are somebody else's already: what is not committed must not be. */
  async #onLost(partitions: readonly TopicPartition[]): Promise<void> {
    await this.#forget(partitions, this.#tasksOf(partitions))
    this.#failure ??= {
      error: new StreamsError('PRODUCER_FENCED', `${this.#options.node.name} lost its partitions`, {
        node: this.#options.node.name,
      }),
    }
  }

  async #forget(partitions: readonly TopicPartition[], tasks: readonly LogTask[]): Promise<void> {
    for (const at of partitions) this.#assigned.delete(partitionKey(at))
    for (const task of tasks) {
      this.tasks.delete(task.partition)
      await task.drop()
    }
    this.#feedStale = true
  }

  #tasksOf(partitions: readonly TopicPartition[]): readonly LogTask[] {
    return [...new Set(partitions.map((at) => at.partition))].flatMap((partition) => this.tasks.get(partition) ?? [])
  }

  /** Broadcast topics are read by a reader of our own, from the task that is least far; each task drops what it had. */
  async #readFeed(): Promise<void> {
    if (this.#feedStale) {
      this.#feedStale = false
      await this.#feed?.close()
      this.#feed = undefined
      const from = new Map<string, { at: TopicPartition; offset: bigint }>()
      for (const { key, at, next } of [...this.tasks.values()].flatMap((task) => task.shared)) {
        const known = from.get(key)
        if (known === undefined || next < known.offset) from.set(key, { at, offset: next })
      }
      if (from.size > 0) this.#feed = await this.#options.driver.reader([...from.values()])
    }
    if (this.#feed === undefined || this.#buffered() > BUFFERED_MAX) return
    for (const record of await this.#feed.poll(POLL_RECORDS, 0)) {
      const spec = this.#specs.get(record.topic)
      if (spec === undefined) continue
      const queued = new QueuedRecord(spec, record)
      for (const task of this.tasks.values()) task.offer(queued)
    }
  }

  /** Back-pressure: polls go on, so that the group hears of us, but bring nothing. */
  #balance(): void {
    const buffered = this.#buffered()
    const all = [...this.#assigned.values()]
    if (buffered > BUFFERED_MAX) {
      this.#consumer.pause(all)
      this.#paused = true
    } else if (this.#paused && buffered < BUFFERED_MAX / 4) {
      this.#consumer.resume(all)
      this.#paused = false
    }
  }

  #waitMs(): number {
    const tasks = [...this.tasks.values()]
    if (tasks.some((task) => task.group.size > 0 && task.running === undefined && task.state === 'running')) return 0
    if (tasks.some((task) => task.running !== undefined || task.state === 'restoring')) return BUSY_WAIT_MS
    if (!this.#isDirty()) return POLL_WAIT_MS
    return Math.max(
      0,
      Math.min(POLL_WAIT_MS, this.#lastCommitMs + this.#options.node.commitIntervalMs - this.#options.clock.now()),
    )
  }

  #isDirty(): boolean {
    return this.#pending.length > 0 || [...this.tasks.values()].some((task) => task.dirty)
  }

  #isCommitDue(): boolean {
    if (!this.#isDirty()) return false
    return (
      this.#pending.length >= PENDING_RECORDS_MAX ||
      this.#options.clock.now() - this.#lastCommitMs >= this.#options.node.commitIntervalMs
    )
  }

  #buffered(): number {
    let buffered = 0
    for (const task of this.tasks.values()) buffered += task.group.size
    return buffered
  }

  #rethrow(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }
}
