import { type Clock, passedMs, waitAtMost } from '../../clock.ts'
import { StreamsError } from '../../errors.ts'
import type { AwaitedTasks } from '../../event-time/awaited.ts'
import { watermarkRecords } from '../../event-time/watermark.ts'
import { type Graph, groupOf, type SourceSpec } from '../../graph.ts'
import type { LogDriver, LogProducer } from '../../log/port.ts'
import type { InputRecord } from '../../record.ts'
import { backoffMs, isRetriable } from '../../task/backoff.ts'
import { topicOf } from '../../task/outputs.ts'
import { SourceTask } from '../../task/source-task.ts'
import type { NodeStatus } from '../application-options.ts'
import { writesOf } from '../internal-topics.ts'
import type { EngineLogger } from '../logger.ts'
import { NodeMetrics } from '../node-metrics.ts'
import { Wakeup } from '../wakeup.ts'
import { LoggedStore, restoreStore } from './changelog.ts'
import { commitThenApply, type PendingOutput, prepareStores } from './commit.ts'
import type { StateDisk } from './state-disk.ts'

const IDLE_MS = 100
/** How long an end waits for a poll under way; what that brings is dropped. */
const POLL_WAIT_MS = 5_000
const PENDING_RECORDS_MAX = 5_000
const STAND_BY = { backoffMinMs: 500, backoffMaxMs: 15_000 }

export interface SourceRunnerOptions {
  readonly graph: Graph
  readonly node: SourceSpec
  readonly driver: LogDriver
  readonly disk: StateDisk
  readonly clock: Clock
  readonly random: () => number
  readonly logger: EngineLogger
  readonly appVersion: string
  readonly awaited: AwaitedTasks
  readonly onForward: ((topicName: string, record: InputRecord) => void) | undefined
}

/**
 * Runs a source against a log: poll, and commit what it forwarded together with its position. Its producer's id is the
 * node's alone, so a second instance takes over from the first. After any failure it begins again at the last commit.
 */
export class SourceRunner {
  readonly metrics = new NodeMetrics()
  readonly #options: SourceRunnerOptions
  readonly #wakeup: Wakeup
  #pending: PendingOutput[] = []
  /** Polls of this source object, and how many of them it knows to be committed. */
  #polls = 0
  #pollsTold = 0
  #lastCommitMs = 0
  /** The watermark of the commit before. */
  #announcedMs = Number.NEGATIVE_INFINITY
  #failures = 0
  /** How often it was replaced lately, and when last. */
  #fenced = 0
  #fencedMs = 0
  #stopping = false
  #dropping = false
  #done = false
  #loop: Promise<void> = Promise.resolve()

  constructor(options: SourceRunnerOptions) {
    this.#options = options
    this.#wakeup = new Wakeup(options.clock)
  }

  start(fail: (error: unknown) => void): void {
    this.#loop = this.#run().catch(fail)
  }

  /** It will never forward anything again, and all it did is committed. */
  get done(): boolean {
    return this.#done
  }

  async close(drop: boolean): Promise<void> {
    this.#stopping = true
    this.#dropping ||= drop
    this.#wakeup.wake()
    await waitAtMost(this.#options.clock, this.#loop, POLL_WAIT_MS)
  }

  status(): NodeStatus {
    const { name } = this.#options.node
    const counts = this.metrics.counts()
    const state = this.#done
      ? 'done'
      : this.#stopping
        ? 'closed'
        : counts.lastError === undefined
          ? 'running'
          : 'failing'
    return {
      node: name,
      kind: 'source',
      state,
      tasks: [{ taskId: `${name}_0`, state: this.#stopping ? 'closed' : 'running', streamTimeMs: -1 }],
      ...counts,
    }
  }

  async #run(): Promise<void> {
    const { node, clock, logger, random } = this.#options
    while (!this.#stopping && !this.#done) {
      try {
        await this.#live()
      } catch (error) {
        this.metrics.failed(error, clock.now())
        this.#failures += 1
        if (node.errors.then === 'stop' && !isRetriable(error) && this.#failures > node.errors.retryMax) throw error
        logger.warn({ node: node.name, error: String(error) }, 'the source begins again at its last commit')
        await this.#wakeup.wait(Math.max(backoffMs(node.errors, this.#failures, random), this.#standByMs(error)))
      }
    }
  }

  /** Whoever was replaced lets the other one work, longer each time: two that take over from each other at once get nowhere. */
  #standByMs(error: unknown): number {
    const { clock, random } = this.#options
    if (!(error instanceof StreamsError) || error.code !== 'PRODUCER_FENCED') return 0
    if (passedMs(clock, this.#fencedMs) > STAND_BY.backoffMaxMs * 4) this.#fenced = 0
    this.#fencedMs = clock.now()
    this.#fenced += 1
    return backoffMs(STAND_BY, this.#fenced, random)
  }

  async #live(): Promise<void> {
    const { graph, node, driver, disk, clock, appVersion } = this.#options
    this.#pending = []
    this.#polls = 0
    this.#pollsTold = 0
    this.#lastCommitMs = clock.now()
    this.#announcedMs = Number.NEGATIVE_INFINITY
    const transactionalId = groupOf(graph, node.name)
    const earlier = writesOf(graph, node)
    const producer = await driver.producer({ guarantee: node.guarantee, transactionalId, earlier })
    let task: SourceTask | undefined
    try {
      const logged = node.stores.map((spec) => new LoggedStore(graph, node.name, spec, 0, disk, () => clock.now()))
      for (const one of logged) await restoreStore(one, { driver, disk, node: node.name, clock, lastChange: undefined })
      const stores = new Map(logged.map((one) => [one.name, one.store]))
      task = new SourceTask({ graph, node, stores, clock, appVersion })
      await task.init()
      while (!this.#stopping && !this.#done) await this.#turn(task, logged, producer)
      if (!this.#dropping && !this.#done) await this.#commit(task, logged, producer)
      await task.close()
    } catch (error) {
      await task?.close().catch(() => {})
      throw error
    } finally {
      await producer.close().catch(() => {})
    }
  }

  async #turn(task: SourceTask, logged: readonly LoggedStore[], producer: LogProducer): Promise<void> {
    const { clock, node } = this.#options
    const startedMs = this.metrics.start()
    const { progress, outputs, deadLetters } = await task.poll()
    if (this.#stopping) return
    task.keep()
    this.#polls += 1
    for (const output of outputs) {
      this.metrics.forwarded()
      this.#pending.push({ record: output.record, output })
    }
    for (const record of deadLetters) {
      this.metrics.deadLettered()
      this.#pending.push({ record: { ...record, partition: 0 }, output: undefined })
    }
    this.metrics.processed(outputs.length, startedMs)
    const passed = passedMs(clock, this.#lastCommitMs)
    const due = passed >= node.commitIntervalMs || this.#pending.length >= PENDING_RECORDS_MAX
    if (due || progress !== 'more') {
      const watermarkMs = progress === 'done' ? Number.POSITIVE_INFINITY : task.watermarkMs
      // An idle source tells the time as often as it would commit, not as often as it is asked.
      if (due || progress === 'done' || this.#pending.length > 0) this.#pending.push(...this.#watermarks(watermarkMs))
      await this.#commit(task, logged, producer)
    }
    if (progress === 'done') this.#done = true
    if (progress === 'idle' && !this.#stopping) await this.#wakeup.wait(IDLE_MS)
  }

  /** How far event time is complete behind the commit, for those who wait for it. */
  #watermarks(watermarkMs: number): readonly PendingOutput[] {
    const { graph, node, clock, awaited } = this.#options
    if (graph.eventTime === undefined || watermarkMs <= this.#announcedMs) return []
    this.#announcedMs = watermarkMs
    const timestampMs = Math.min(watermarkMs, clock.now())
    return node.to
      .filter((topic) => awaited.isAwaited(topic) && awaited.of(topic).includes(`${node.name}_0`))
      .flatMap((topic) =>
        watermarkRecords(topicOf(graph, topic, node.name), `${node.name}_0`, watermarkMs, timestampMs),
      )
      .map((record) => ({ record, output: undefined }))
  }

  async #commit(task: SourceTask, logged: readonly LoggedStore[], producer: LogProducer): Promise<void> {
    const { graph, node, disk, clock, onForward } = this.#options
    if (this.#pending.length === 0 && !logged.some((one) => one.store.isDirty)) return await this.#tell(task)
    const prepared = prepareStores(node.name, this.#pending, logged)
    this.#pending = []
    // Never tried again as it is: no group tells a source that another instance took over meanwhile, and what is tried again
    // would follow what that one wrote.
    const { guarantee } = node
    const groupId = groupOf(graph, node.name)
    const isOver = (): boolean => false
    await commitThenApply(prepared, {
      clock,
      isOver,
      guarantee,
      producer,
      consumer: undefined,
      groupId,
      disk,
      onForward,
    })
    this.#lastCommitMs = clock.now()
    this.#failures = 0
    this.metrics.recovered()
    await this.#tell(task)
  }

  /** The source may let go of what is committed. Where it cannot, it is told again with the next commit. */
  async #tell(task: SourceTask): Promise<void> {
    if (this.#polls === this.#pollsTold) return
    const polls = this.#polls
    try {
      await task.committed(polls)
      this.#pollsTold = polls
    } catch (error) {
      this.metrics.failed(error, this.#options.clock.now())
    }
  }
}
