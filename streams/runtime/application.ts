import { systemClock } from '../clock.ts'
import { StreamsError } from '../errors.ts'
import { LocalDriver } from '../log/local/local-driver.ts'
import {
  type ApplicationOptions,
  type NodeStatus,
  nodesToRun,
  type ReadOnlyStore,
  type Runtime,
} from './application-options.ts'
import { ClusteredRuntime } from './clustered/clustered-runtime.ts'
import { openStateDisk } from './clustered/state-disk.ts'
import { EmbeddedRuntime } from './embedded-runtime.ts'
import { topicsOf } from './internal-topics.ts'
import { lagOf, type TaskLag } from './lag.ts'
import { silentLogger } from './logger.ts'
import { SinkRunner } from './sink-runner.ts'
import { type ApplicationState, nextApplicationState } from './states.ts'

const IDLE_CHECK_MS = 5

export interface Application {
  readonly state: ApplicationState
  /** Why the state is `error`. */
  readonly error: unknown
  /** Creates missing topics, restores, and runs. Rejects with what was wrong; the state is `error` then. */
  start(): Promise<void>
  /** Finishes what is in hand, commits and closes, or after the time given closes without. The driver stays open. */
  drain(timeoutMs: number): Promise<void>
  /** Closes at once; what is not committed is done again next time. */
  close(): Promise<void>
  /** Resolves when all sources are done and every node has handled and committed all there is. Rejects on `error`. */
  whenIdle(): Promise<void>
  /** Resolves when the application has ended, rejects with its error. */
  whenEnded(): Promise<void>
  status(): readonly NodeStatus[]
  lag(): Promise<readonly TaskLag[]>
  /** Committed state of a node's store, one store for each task running here. */
  store<V>(node: string, store: string): readonly ReadOnlyStore<V>[]
}

/** An application over a graph. Throws TOPOLOGY_INVALID or GUARANTEE_UNSUPPORTED before anything runs. */
export function createApplication(options: ApplicationOptions): Application {
  return new GraphApplication(options, createRuntime(options))
}

function createRuntime(options: ApplicationOptions): Runtime {
  const { graph, driver, processId } = options
  const nodes = nodesToRun(graph, options.nodes)
  const common = {
    graph,
    nodes,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    logger: options.logger ?? silentLogger,
    appVersion: options.appVersion ?? '',
  }
  for (const name of nodes) {
    const node = graph.nodes[name]
    if (node === undefined || node.kind === 'sink' || driver.capabilities.guarantees.includes(node.guarantee)) continue
    const message = `${name} asks for ${node.guarantee}, which the log driver ${driver.name} cannot give; use another driver or at_least_once`
    throw new StreamsError('GUARANTEE_UNSUPPORTED', message, { node: name, driver: driver.name })
  }
  const boundedBySources = options.boundedBySources ?? false
  const createSink = (name: string): SinkRunner => {
    const node = graph.nodes[name]
    if (node?.kind !== 'sink') throw new StreamsError('TOPOLOGY_INVALID', `${name} is no sink`)
    return new SinkRunner({ ...common, node, driver, processId })
  }
  if (driver instanceof LocalDriver && driver.capabilities.transactionalState) {
    return new EmbeddedRuntime({ ...common, driver, boundedBySources, onForward: options.onForward, createSink })
  }
  if (boundedBySources) {
    const message = `time bounded by sources needs a log that keeps state itself; ${driver.name} does not. Use the embedded log`
    throw new StreamsError('GUARANTEE_UNSUPPORTED', message, { driver: driver.name })
  }
  return new ClusteredRuntime({
    ...common,
    driver,
    processId,
    openDisk: () => openStateDisk(options.stateDir, processId, common.clock),
    onForward: options.onForward,
    createSink,
  })
}

class GraphApplication implements Application {
  readonly #options: ApplicationOptions
  readonly #runtime: Runtime
  readonly #ended = Promise.withResolvers<void>()
  #state: ApplicationState = 'created'
  #error: unknown

  constructor(options: ApplicationOptions, runtime: Runtime) {
    this.#options = options
    this.#runtime = runtime
    this.#ended.promise.catch(() => {})
  }

  get state(): ApplicationState {
    return this.#state
  }

  get error(): unknown {
    return this.#error
  }

  async start(): Promise<void> {
    this.#become('rebalancing')
    try {
      const { driver, graph } = this.#options
      const admin = await driver.admin()
      const nodes = nodesToRun(graph, this.#options.nodes)
      const wanted = topicsOf(graph, { changelogs: !driver.capabilities.transactionalState, nodes })
      await admin.ensureTopics(wanted).finally(() => admin.close())
      await this.#runtime.start((error) => this.#fail(error))
      if (this.#state === 'rebalancing') this.#become('running')
    } catch (error) {
      this.#fail(error)
      throw error
    }
  }

  async drain(timeoutMs: number): Promise<void> {
    if (this.#state === 'error') return await this.close()
    this.#become('pending_shutdown')
    // Real time, whatever the application's clock: whoever ends a process has no other.
    const late = Promise.withResolvers<'late'>()
    const timer = setTimeout(() => late.resolve('late'), timeoutMs)
    try {
      const ended = await Promise.race([this.#runtime.drain().then(() => 'drained' as const), late.promise])
      if (ended === 'late') {
        this.#options.logger?.warn(
          { timeoutMs },
          'not drained in time; what is not committed is done again at the next start',
        )
      }
      this.#become('not_running')
      this.#ended.resolve()
    } catch (error) {
      this.#fail(error)
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  async close(): Promise<void> {
    if (this.#state === 'not_running' || this.#state === 'pending_shutdown') return
    if (this.#state !== 'error') this.#become('pending_shutdown')
    await this.#runtime.abort()
    this.#become('not_running')
    this.#ended.resolve()
  }

  async whenIdle(): Promise<void> {
    for (;;) {
      if (this.#error !== undefined) throw this.#error
      if (this.#state === 'not_running') return
      if (this.#state === 'running' && (await this.#runtime.idle())) return
      await new Promise((resolve) => setTimeout(resolve, IDLE_CHECK_MS))
    }
  }

  async whenEnded(): Promise<void> {
    await this.#ended.promise
  }

  status(): readonly NodeStatus[] {
    return this.#runtime.status()
  }

  async lag(): Promise<readonly TaskLag[]> {
    const { driver, graph, nodes, clock } = this.#options
    return await lagOf(driver, graph, {
      ...(nodes === undefined ? {} : { nodes }),
      nowMs: (clock ?? systemClock).now(),
    })
  }

  store<V>(node: string, store: string): readonly ReadOnlyStore<V>[] {
    return this.#runtime.store<V>(node, store)
  }

  #become(state: ApplicationState): void {
    this.#state = nextApplicationState(this.#state, state)
  }

  #fail(error: unknown): void {
    if (this.#state === 'error' || this.#state === 'not_running') return
    this.#error = error
    this.#become('error')
    this.#options.logger?.error(
      { error: error instanceof Error ? error.message : String(error) },
      'the application stopped',
    )
    this.#ended.reject(error)
  }
}
