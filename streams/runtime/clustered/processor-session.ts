import { waitAtMost, yieldToOthers } from '../../clock.ts'
import { StreamsError } from '../../errors.ts'
import { groupOf } from '../../graph.ts'
import type { LogConsumer, LogProducer } from '../../log/port.ts'
import { type LogRecord, partitionKey, type TopicPartition } from '../../record.ts'
import { topicOf } from '../../task/outputs.ts'
import { QueuedRecord } from '../../task/queued-record.ts'
import { BroadcastFeed } from './broadcast-feed.ts'
import { LogTask } from './log-task.ts'
import type { RunnerOptions } from './runner-options.ts'
import { SessionCommits } from './session-commits.ts'
import { loadTaskStart } from './task-start.ts'

const POLL_RECORDS = 1_000
const TURN_RECORDS = 250
/** More waiting than this pauses fetching; fewer than a quarter of it resumes. */
const BUFFERED_MAX = 4_000
const POLL_WAIT_MS = 100
const BUSY_WAIT_MS = 10
/** How long a session that is given up waits for its clients to end; who hangs is left behind. */
const DROP_WAIT_MS = 10_000
/** How long partitions that are being taken away wait for calls under way. */
const REVOKE_WAIT_MS = 5_000

/**
 * One life of a processor in its group: from joining to leaving, or to the first doubt about what was committed. After
 * that everything uncommitted is dropped and a new session starts from the committed offsets. One turn: fetch, hand out,
 * process, call timers, begin a commit when it is time.
 */
export class ProcessorSession {
  readonly tasks = new Map<number, LogTask>()
  readonly #options: RunnerOptions
  readonly #topics: readonly string[]
  readonly #specs: ReadonlyMap<string, ReturnType<typeof topicOf>>
  readonly #consumer: LogConsumer
  readonly #producer: LogProducer
  readonly #commits: SessionCommits
  readonly #feed: BroadcastFeed
  readonly #assigned = new Map<string, TopicPartition>()
  #failure: { readonly error: unknown } | undefined
  readonly #paused = new Map<string, TopicPartition>()
  #dropped = false

  constructor(options: RunnerOptions, producer: LogProducer) {
    const { graph, node, driver } = options
    this.#options = options
    this.#producer = producer
    const specs = [...node.from, ...node.broadcast].map((name) => topicOf(graph, name, node.name))
    this.#specs = new Map(specs.map((spec) => [spec.topic, spec]))
    this.#topics = specs.slice(0, node.from.length).map((spec) => spec.topic)
    this.#feed = new BroadcastFeed(driver, this.#specs)
    const failed = (error: unknown): void => this.#fail(error)
    this.#commits = new SessionCommits(options, { producer, consumer: () => this.#consumer, tasks: this.tasks, failed })
    this.#consumer = driver.consumer({
      groupId: groupOf(graph, node.name),
      topics: this.#topics,
      broadcast: [],
      listener: {
        assigned: (partitions) => this.#onAssigned(partitions),
        revoked: (partitions) => this.#onRevoked(partitions),
        lost: (partitions) => this.#onLost(partitions),
      },
    })
  }

  async start(): Promise<void> {
    await this.#consumer.start()
  }

  /** Nothing waits, runs or is uncommitted. */
  get quiet(): boolean {
    const still = [...this.tasks.values()].every((task) => task.running === undefined && task.state === 'running')
    return still && this.#buffered() === 0 && !this.#commits.dirty && !this.#commits.running
  }

  /** Throws what makes going on impossible. */
  async turn(): Promise<void> {
    const { clock, node } = this.#options
    for (const record of await this.#poll()) {
      const spec = this.#specs.get(record.topic)
      if (spec !== undefined) this.tasks.get(record.partition)?.offer(new QueuedRecord(spec, record))
    }
    if (node.broadcast.length > 0 && this.#wantsBroadcast()) await this.#feed.read(this.tasks.values())
    this.#balance()
    for (const task of this.tasks.values()) {
      if (task.state !== 'running' || task.running !== undefined) continue
      task.process(TURN_RECORDS)
      if (task.running === undefined) task.punctuateWall(clock.now())
    }
    if (this.#commits.dueInMs() <= 0) this.#commits.begin()
    this.#rethrow()
  }

  /** Nothing more is fetched while there is enough to do; where everything waits for a call, the group still hears of us. */
  async #poll(): Promise<readonly LogRecord[]> {
    const waitMs = this.#waitMs()
    if (waitMs === 0 && this.#buffered() > BUFFERED_MAX) {
      // A turn for timers and answers, which a poll would have given.
      await yieldToOthers(this.#options.clock)
      return []
    }
    return await this.#consumer.poll(POLL_RECORDS, waitMs)
  }

  /** Begins a commit before its time. */
  commitSoon(): void {
    this.#commits.begin()
  }

  /** Leaves the group; with everything finished and committed first, unless the session is to be dropped. */
  async close(drop: boolean): Promise<void> {
    this.#dropped ||= drop
    if (drop) this.#commits.stop()
    try {
      await this.#ended(this.#consumer.close())
      if (!this.#dropped) this.#rethrow()
    } finally {
      this.#dropped = true
      this.#commits.stop()
      for (const task of this.tasks.values()) await task.drop().catch(() => {})
      this.tasks.clear()
      await this.#ended(this.#feed.close()).catch(() => {})
      await this.#ended(this.#producer.close()).catch(() => {})
    }
  }

  /** A client that hangs must not keep the next session from starting. */
  #ended(closing: Promise<void>): Promise<void> {
    return this.#dropped ? waitAtMost(this.#options.clock, closing, DROP_WAIT_MS) : closing
  }

  /** Tasks begin once all their partitions are here. */
  async #onAssigned(partitions: readonly TopicPartition[]): Promise<void> {
    const { driver, graph, node } = this.#options
    for (const at of partitions) this.#assigned.set(partitionKey(at), at)
    const complete = [...new Set(partitions.map((at) => at.partition))].filter(
      (partition) =>
        !this.tasks.has(partition) &&
        this.#topics.every((topic) => this.#assigned.has(partitionKey({ topic, partition }))),
    )
    if (complete.length === 0) return
    const start = await loadTaskStart(driver, groupOf(graph, node.name), [...this.#specs.keys()])
    for (const partition of complete) {
      const task = new LogTask(
        { ...this.#options, events: this.#commits, failed: (error) => this.#fail(error) },
        partition,
        start,
      )
      this.tasks.set(partition, task)
      task.start().catch((error) => {
        if (!task.isDropped) this.#fail(error)
      })
    }
    this.#feed.restart()
  }

  /** Lets calls under way finish, commits, and gives the tasks up. */
  async #onRevoked(partitions: readonly TopicPartition[]): Promise<void> {
    const going = this.#tasksOf(partitions)
    if (!this.#dropped && this.#failure === undefined) {
      const running = going.flatMap((task) => [task.running ?? [], task.task.calls?.stop() ?? []].flat())
      if (running.length > 0) await waitAtMost(this.#options.clock, Promise.allSettled(running), REVOKE_WAIT_MS)
      await this.#commits.finish()
    }
    await this.#forget(partitions, going)
  }

  /** The partitions are somebody else's already: what is not committed must not be. */
  async #onLost(partitions: readonly TopicPartition[]): Promise<void> {
    const { name } = this.#options.node
    await this.#forget(partitions, this.#tasksOf(partitions))
    this.#fail(
      new StreamsError('PRODUCER_FENCED', `${name} lost its partitions to another member of its group`, { node: name }),
    )
  }

  async #forget(partitions: readonly TopicPartition[], tasks: readonly LogTask[]): Promise<void> {
    for (const at of partitions) {
      this.#assigned.delete(partitionKey(at))
      this.#paused.delete(partitionKey(at))
    }
    for (const task of tasks) {
      this.tasks.delete(task.partition)
      await task.drop()
    }
    this.#feed.restart()
  }

  #tasksOf(partitions: readonly TopicPartition[]): readonly LogTask[] {
    const numbers = new Set(partitions.map((at) => at.partition))
    return [...numbers].flatMap((partition) => this.tasks.get(partition) ?? [])
  }

  /**
   * Back-pressure: polls go on, so that the group hears of us, but bring nothing; except of partitions whose records are
   * what others wait for, however many there are.
   */
  #balance(): void {
    const buffered = this.#buffered()
    if (buffered > BUFFERED_MAX && this.#waitMs() > 0) {
      const [lacking, rest] = this.#byLack()
      this.#pause(rest)
      this.#resume(lacking)
    } else if (this.#paused.size > 0) {
      this.#resume(buffered < BUFFERED_MAX / 4 ? [...this.#paused.values()] : this.#byLack()[0])
    }
  }

  #byLack(): readonly [lacking: readonly TopicPartition[], rest: readonly TopicPartition[]] {
    const all = [...this.#assigned.values()]
    const isLacking = (at: TopicPartition): boolean => this.tasks.get(at.partition)?.isLacking(at) === true
    return [all.filter(isLacking), all.filter((at) => !isLacking(at))]
  }

  #pause(partitions: readonly TopicPartition[]): void {
    const going = partitions.filter((at) => !this.#paused.has(partitionKey(at)))
    if (going.length > 0) this.#consumer.pause(going)
    for (const at of going) this.#paused.set(partitionKey(at), at)
  }

  #resume(partitions: readonly TopicPartition[]): void {
    const resting = partitions.filter((at) => this.#paused.delete(partitionKey(at)))
    if (resting.length > 0) this.#consumer.resume(resting)
  }

  #wantsBroadcast(): boolean {
    if (this.#buffered() < BUFFERED_MAX) return true
    return [...this.tasks.values()].some((task) => task.inputs.shared.some(({ at }) => task.isLacking(at)))
  }

  #waitMs(): number {
    const tasks = [...this.tasks.values()]
    if (tasks.some((task) => task.isReady)) return 0
    if (tasks.some((task) => task.running !== undefined || task.inFlight > 0 || task.state !== 'running'))
      return BUSY_WAIT_MS
    // What is due can only begin when the commit under way is over: asking again and again would not hasten it.
    if (this.#commits.running) return BUSY_WAIT_MS
    return this.#commits.dirty ? Math.max(0, Math.min(POLL_WAIT_MS, this.#commits.dueInMs())) : POLL_WAIT_MS
  }

  #buffered(): number {
    let buffered = 0
    for (const task of this.tasks.values()) buffered += task.group.size + task.inFlight
    return buffered
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#commits.stop()
  }

  #rethrow(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }
}
