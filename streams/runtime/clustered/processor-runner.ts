import { type SharedCalls, sharedCalls } from '../../calls/calls.ts'
import { yieldToOthers } from '../../clock.ts'
import { type FailureCode, StreamsError } from '../../errors.ts'
import { groupOf } from '../../graph.ts'
import { backoffMs } from '../../task/backoff.ts'
import type { NodeStatus } from '../application-options.ts'
import { writesOf } from '../internal-topics.ts'
import { NodeMetrics } from '../node-metrics.ts'
import { statusOf } from '../task-status.ts'
import { Wakeup } from '../wakeup.ts'
import { ProcessorSession } from './processor-session.ts'
import type { RunnerOptions } from './runner-options.ts'

/** No new session can mend these. */
const FATAL: ReadonlySet<FailureCode> = new Set([
  'PROCESSING',
  'TOPOLOGY_INVALID',
  'GUARANTEE_UNSUPPORTED',
  'DISK_FULL',
  'LOG_IN_USE',
  'TOPIC_MISSING',
])
/** Fenced so often in a row, without a commit in between, there is another process with our id. */
const FENCED_MAX = 10
const BACKOFF = { backoffMinMs: 50, backoffMaxMs: 10_000 }

/** Keeps a processor running: session after session, waiting longer the more of them fail in a row. */
export class ProcessorRunner {
  readonly metrics: NodeMetrics
  readonly #options: RunnerOptions
  readonly #wakeup: Wakeup
  readonly #calls: SharedCalls
  #session: ProcessorSession | undefined
  #failures = 0
  #stopping = false
  #dropping = false
  #loop: Promise<void> = Promise.resolve()

  constructor(options: Omit<RunnerOptions, 'metrics' | 'calls' | 'committed'>) {
    this.metrics = new NodeMetrics()
    this.#calls = sharedCalls(options.node, options.clock)
    this.#wakeup = new Wakeup(options.clock)
    const committed = (): void => {
      this.#failures = 0
      this.metrics.recovered()
    }
    this.#options = { ...options, metrics: this.metrics, calls: this.#calls, committed }
  }

  start(fail: (error: unknown) => void): void {
    this.#loop = this.#run().catch((error) => {
      this.metrics.failed(error, this.#options.clock.now())
      fail(error)
    })
  }

  /** Nothing is in hand; what could be committed is about to be. */
  get quiet(): boolean {
    this.#session?.commitSoon()
    return this.#session?.quiet === true
  }

  get session(): ProcessorSession | undefined {
    return this.#session
  }

  /** Ends after finishing and committing what is in hand, or at once. */
  async close(drop: boolean): Promise<void> {
    this.#stopping = true
    this.#dropping ||= drop
    this.#wakeup.wake()
    await this.#loop
    this.#calls.limits.close()
  }

  status(): NodeStatus {
    const counts = this.metrics.counts()
    const running = [...(this.#session?.tasks.values() ?? [])]
    const tasks = running.map(({ task, state }) => ({
      taskId: task.taskId,
      state,
      streamTimeMs: task.streamTimeMs,
    }))
    const state = this.#stopping ? 'closed' : counts.lastError === undefined ? 'running' : 'failing'
    const extra = statusOf(
      this.#calls,
      running.map(({ task }) => task),
    )
    return { node: this.#options.node.name, kind: 'processor', state, tasks, ...counts, ...extra }
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      try {
        await this.#live()
      } catch (error) {
        await this.#recover(error)
      }
    }
  }

  /** One session, until it ends well. */
  async #live(): Promise<void> {
    const { driver, graph, node, clock, processId } = this.#options
    const transactionalId = `${groupOf(graph, node.name)}.${processId}`
    const producer = await driver.producer({
      guarantee: node.guarantee,
      transactionalId,
      earlier: writesOf(graph, node),
    })
    const session = new ProcessorSession(this.#options, producer)
    this.#session = session
    try {
      await session.start()
      while (!this.#stopping) {
        await session.turn()
        await yieldToOthers(clock)
      }
      await session.close(this.#dropping)
    } catch (error) {
      await session.close(true).catch(() => {})
      throw error
    } finally {
      this.#session = undefined
    }
  }

  async #recover(error: unknown): Promise<void> {
    const { clock, logger, node, processId, random } = this.#options
    this.metrics.failed(error, clock.now())
    if (error instanceof StreamsError && FATAL.has(error.code)) throw error
    if (this.#stopping) return
    this.#failures += 1
    if (error instanceof StreamsError && error.code === 'PRODUCER_FENCED' && this.#failures > FENCED_MAX) {
      const message = `${node.name} is fenced again and again: another process runs with the id ${processId}; give each its own`
      throw new StreamsError('PRODUCER_FENCED', message, { node: node.name, processId }, error)
    }
    logger.warn(
      { node: node.name, error: String(error), failures: this.#failures },
      'starting again from the committed offsets',
    )
    await this.#wakeup.wait(backoffMs(BACKOFF, this.#failures, random))
  }
}
