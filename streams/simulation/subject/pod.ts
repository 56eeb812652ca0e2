import type { CallPolicy, Guarantee } from '../../graph.ts'
import { ClusteredRuntime } from '../../runtime/clustered/clustered-runtime.ts'
import { topicsOf } from '../../runtime/internal-topics.ts'
import type { EngineLogger } from '../../runtime/logger.ts'
import { SinkRunner } from '../../runtime/sink-runner.ts'
import type { SimBroker } from '../broker/sim-broker.ts'
import { settledCalls } from '../checks/settled-calls.ts'
import { SimClient } from '../driver/sim-client.ts'
import { SimDriver } from '../driver/sim-driver.ts'
import type { Network } from '../world/network.ts'
import { SimDisk } from '../world/sim-disk.ts'
import { SimProcess } from '../world/sim-process.ts'
import type { World } from '../world/world.ts'
import type { Deliveries } from './deliveries.ts'
import { subjectGraph } from './subject-graph.ts'

/** What all pods share. */
export interface Cluster {
  readonly world: World
  readonly network: Network
  readonly broker: SimBroker
  readonly deliveries: Deliveries
  readonly inputs: number
  readonly paceMs: number
  readonly maxTaskIdleMs: number | undefined
  readonly guarantee: Guarantee
  readonly calls: CallPolicy | undefined
  readonly parks: boolean
}

/** How long an application that stops has, before it is killed. */
const GRACE_MS = 30_000
const RESTART_MS = 700

interface Life {
  readonly process: SimProcess
  readonly runtime: ClusteredRuntime
}

/** A place where the application runs, with its disk: started again whenever it stops, as a pod is. */
export class Pod {
  readonly processId: string
  readonly disk = new SimDisk()
  /** What went wrong with the place itself: a stop that took too long. */
  readonly complaints: string[] = []
  readonly #cluster: Cluster
  readonly #nodes: ReadonlySet<string>
  #life: Life | undefined
  #lives = 0
  #wanted = false

  constructor(cluster: Cluster, processId: string, nodes: readonly string[]) {
    this.#cluster = cluster
    this.processId = processId
    this.#nodes = new Set(nodes)
  }

  get process(): SimProcess | undefined {
    return this.#life?.process
  }

  start(): void {
    if (this.#life !== undefined) return
    this.#wanted = true
    this.#lives += 1
    const process = new SimProcess(`${this.processId}.${this.#lives}`)
    const { world, network, broker } = this.#cluster
    const client = new SimClient({ world, process, network, broker })
    const driver = new SimDriver(client)
    const graph = subjectGraph({
      ...this.#cluster,
      clock: client.clock,
      random: world.random.fork(),
      elapsedMs: () => world.elapsedMs,
      settled: () => settledCalls(broker),
      complain: (what) => this.complaints.push(`${process.name}: ${what}`),
    })
    const common = {
      graph,
      driver,
      clock: client.clock,
      random: world.random.fork().next,
      logger: this.#logger(process),
      appVersion: '',
      processId: this.processId,
    }
    const runtime = new ClusteredRuntime({
      ...common,
      nodes: this.#nodes,
      openDisk: () => this.disk.openedBy(process),
      onForward: undefined,
      createSink: (name) => {
        const node = graph.nodes[name]
        if (node?.kind !== 'sink') throw new RangeError(`${name} is no sink`)
        return new SinkRunner({ ...common, node })
      },
    })
    this.#life = { process, runtime }
    world.trace(process.name, () => 'starts')
    const failed = (error: unknown): void => this.#failed(process, error)
    const begin = async (): Promise<void> => {
      await (await driver.admin()).ensureTopics(topicsOf(graph, { changelogs: true }))
      await runtime.start(failed)
    }
    begin().catch(failed)
  }

  /** Dies at once, and is started again after so long. */
  kill(awayMs: number): void {
    const life = this.#life
    if (life === undefined) return
    this.#cluster.world.trace(life.process.name, () => 'is killed')
    life.process.kill()
    this.#life = undefined
    if (this.#wanted) this.#cluster.world.after(awayMs, () => this.#wanted && this.start())
  }

  /** Ends in good order; `then` is called when it is gone. What takes too long is killed, and complained of where it should not. */
  drain(then: () => void, mayBeSlow: boolean): void {
    this.#wanted = false
    const life = this.#life
    if (life === undefined) {
      then()
      return
    }
    this.#cluster.world.trace(life.process.name, () => 'is asked to end')
    this.#stop(life, () => life.runtime.drain(), mayBeSlow, then)
  }

  #failed(process: SimProcess, error: unknown): void {
    const life = this.#life
    if (life?.process !== process) return
    this.#cluster.world.trace(process.name, () => `failed: ${String(error)}`)
    this.#stop(
      life,
      () => life.runtime.abort(),
      true,
      () => this.#wanted && this.start(),
    )
  }

  #stop(life: Life, end: () => Promise<void>, mayBeSlow: boolean, then: () => void): void {
    const { world } = this.#cluster
    let isOver = false
    const over = (): void => {
      if (isOver) return
      isOver = true
      life.process.kill()
      if (this.#life === life) this.#life = undefined
      world.after(RESTART_MS, then)
    }
    const late = (): void => {
      if (!isOver && !mayBeSlow && life.process.alive)
        this.complaints.push(`${life.process.name} does not end when asked to`)
      over()
    }
    world.after(GRACE_MS, late)
    end().then(over, over)
  }

  #logger(process: SimProcess): EngineLogger {
    const tell = (fields: object, message: string): void =>
      this.#cluster.world.trace(process.name, () => `${message} ${JSON.stringify(fields)}`)
    return { info: tell, warn: tell, error: tell }
  }
}
