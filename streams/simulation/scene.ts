import type { CallPolicy, Guarantee } from '../graph.ts'
import { type BrokerFlaws, SimBroker } from './broker/sim-broker.ts'
import { Deliveries } from './subject/deliveries.ts'
import { type Cluster, Pod } from './subject/pod.ts'
import { Network, type Phase } from './world/network.ts'
import type { SimProcess } from './world/sim-process.ts'
import { World } from './world/world.ts'

/** A process that is to be killed when it comes to this point. */
export interface Strike {
  readonly pod: Pod
  readonly api: string
  readonly phase: Phase
  readonly awayMs: number
}

export interface SceneOptions {
  readonly seed: number
  readonly flaws: BrokerFlaws
  readonly tell: ((line: string) => void) | undefined
}

const ALL_NODES = ['map', 'count', 'enrich', 'deliver']
/** Bytes reach the disk so often. */
const FLUSH_EVERY_MS = 400

const callsOf = (seed: number): CallPolicy => ({
  concurrency: 1 + (seed % 5),
  order: 'per_key',
  timeoutMs: 300,
  breaker: { failures: 3, coolDownMs: 200 },
  inFlightMax: seed % 2 === 0 ? 4 : 40,
  memo: 'answers',
  ...(seed % 7 === 0 ? { ratePerSecond: 40 } : {}),
})

/** Everything there is in one history: the broker, the network, and pods that run the application, with what befalls them. */
export class Scene {
  readonly world: World
  readonly broker: SimBroker
  readonly network: Network
  readonly cluster: Cluster
  readonly deliveries = new Deliveries()
  readonly pods: Pod[] = []
  /** All that ever were, for their disks. */
  readonly everyPod: Pod[] = []
  readonly strikes: Strike[] = []
  readonly guarantee: Guarantee
  readonly faultsMs: number
  faults = 0
  readonly #endings = new Set<() => void>()

  constructor({ seed, flaws, tell }: SceneOptions) {
    const world = new World(seed, tell)
    const { random } = world
    this.world = world
    this.broker = new SimBroker(world, flaws)
    this.network = new Network(world, this.broker.process)
    this.network.watch = (from, api, phase) => this.#strike(from, api, phase)
    this.guarantee = random.chance(0.75) ? 'exactly_once' : 'at_least_once'
    const inputs = random.between(30, 90)
    this.faultsMs = random.between(3_000, 9_000)
    const paceMs = Math.max(1, Math.round((this.faultsMs * (0.3 + 0.6 * random.next())) / inputs))
    const { broker, network, deliveries, guarantee } = this
    // By the seed itself: what else is chosen stays as it is without.
    const maxTaskIdleMs = [undefined, undefined, Number.POSITIVE_INFINITY, 400][seed % 4]
    const calls = seed % 3 === 1 ? callsOf(seed) : undefined
    const parks = seed % 3 === 2 || seed % 6 === 1
    this.cluster = { world, broker, network, deliveries, inputs, paceMs, guarantee, maxTaskIdleMs, calls, parks }
    const pods = random.pick([1, 2, 2, 3])
    for (let i = 0; i < pods; i++) this.addPod(`p${i}`, i === 0 || random.chance(0.1))
  }

  addPod(processId: string, withSource = false): Pod {
    const pod = new Pod(this.cluster, processId, withSource ? ['feed', ...ALL_NODES] : ALL_NODES)
    pod.disk.watch = (by, phase) => this.#strike(by, 'disk', phase)
    const flush = (): void => {
      pod.disk.flush()
      this.world.after(FLUSH_EVERY_MS, flush)
    }
    flush()
    this.pods.push(pod)
    this.everyPod.push(pod)
    return pod
  }

  removePod(pod: Pod, inGoodOrder: boolean): void {
    const place = this.pods.indexOf(pod)
    if (place < 0) return
    this.pods.splice(place, 1)
    if (!inGoodOrder) pod.kill(0)
    pod.drain(() => {}, true)
  }

  /** How a fault ends: then, or when all faults do. */
  afterwards(afterMs: number, end: () => void): void {
    const once = (): void => {
      if (this.#endings.delete(once)) end()
    }
    this.#endings.add(once)
    this.world.after(afterMs, once)
  }

  /** From here on nothing more goes wrong; who is stopped comes back in time. */
  endFaults(): void {
    for (const end of [...this.#endings]) end()
    this.strikes.length = 0
    this.world.trace('world', () => 'faults end')
  }

  #strike(process: SimProcess, api: string, phase: Phase): void {
    const place = this.strikes.findIndex((one) => one.api === api && one.phase === phase && one.pod.process === process)
    const [strike] = place < 0 ? [] : this.strikes.splice(place, 1)
    strike?.pod.kill(strike.awayMs)
  }
}
