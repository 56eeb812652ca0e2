import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { type LogDriver, openWireDriver, type Serde, topicsOf } from '../../streams/index.ts'
import { SeededRandom } from '../../streams/simulation/world/seeded-random.ts'
import { freePort, type RunningRedis, startRedis } from '../services/index.ts'
import { bridgeGraph, listOf, PARTITIONS } from './bridge-graph.ts'
import { BridgeProcess } from './bridge-process.ts'
import { CutProxy } from './cut-proxy.ts'
import { differences, idOf, itemOf, jobSerde, readIds, writeRecords } from './items.ts'

/** What happens where the connection is cut, between two commands of the bridge. */
export const FAULTS = ['kill', 'restart', 'failover', 'forget'] as const
export type FaultKind = (typeof FAULTS)[number]

export interface Fault {
  readonly kind: FaultKind
  /** Commands of this life that pass before. */
  readonly after: number
  readonly side: 'before' | 'behind'
}

export interface ConservationOptions {
  readonly direction: 'in' | 'out'
  readonly name: string
  readonly brokers: readonly string[]
  /** One life of the bridge each. */
  readonly faults: readonly Fault[]
  readonly tell?: (line: string) => void
}

export interface ConservationResult {
  readonly items: number
  /** Lives that came to their cut: every one, unless its bridge gave no commands. */
  readonly cut: number
  readonly violations: readonly string[]
}

const ITEMS_AT_ONCE = 20
/** The most a batch of the sink holds: what may come twice where Redis forgot how far it was. */
const BATCH = 20
const FEED_EVERY_MS = 500
const CUT_WITHIN_MS = 60_000
const DRAIN_WITHIN_MS = 60_000

export function drawFaults(seed: number, count: number): Fault[] {
  const random = new SeededRandom(seed)
  return Array.from({ length: count }, () => ({
    kind: random.pick(['kill', 'kill', 'kill', 'restart', 'failover', 'forget'] as const),
    after: random.between(0, 9),
    side: random.pick(['before', 'behind'] as const),
  }))
}

/** Hurts one bridge and its Redis between the commands, then counts what came out on the other side. */
export async function runConservation(options: ConservationOptions): Promise<ConservationResult> {
  const world = await World.open(options)
  try {
    let cut = 0
    for (const fault of options.faults) if (await world.live(fault)) cut += 1
    return { items: world.items, cut, violations: await world.finish() }
  } finally {
    await world.close()
  }
}

class World {
  readonly #options: ConservationOptions
  readonly #driver: LogDriver
  readonly #serde: Serde<unknown>
  readonly #topic: string
  readonly #list: string
  readonly #folder: string
  readonly #proxy: CutProxy
  readonly #bridge: BridgeProcess
  #redis: RunningRedis
  #client: Redis
  #written: string[] = []
  /** Ids that a Redis that forgot may have taken with it, and what each list had held that was forgotten. */
  readonly #forgotten = new Set<string>()
  readonly #given: string[][] = []

  private constructor(
    options: ConservationOptions,
    parts: { driver: LogDriver; serde: Serde<unknown>; redis: RunningRedis; proxy: CutProxy },
  ) {
    this.#options = options
    const { name, brokers, direction } = options
    this.#driver = parts.driver
    this.#serde = parts.serde
    this.#topic = `${name}.ingestion.jobs`
    this.#list = listOf(name)
    this.#folder = mkdtempSync(join(tmpdir(), 'conserve-'))
    this.#proxy = parts.proxy
    const redisPort = this.#proxy.port
    this.#bridge = new BridgeProcess({ direction, name, redisPort, brokers, stateDir: this.#folder })
    this.#redis = parts.redis
    this.#client = clientOf(this.#redis)
  }

  static async open(options: ConservationOptions): Promise<World> {
    const [driver, serde, redis] = await Promise.all([
      openWireDriver({ brokers: options.brokers, clientId: `${options.name}.test` }),
      jobSerde(),
      startRedis({ appendOnly: true }),
    ])
    const none = (): never => {
      throw new Error('not run here')
    }
    const graph = bridgeGraph(options.name, serde, { in: none, out: none })
    const admin = await driver.admin()
    await admin.ensureTopics(topicsOf(graph, { changelogs: true }))
    await admin.close()
    return new World(options, { driver, serde, redis, proxy: await CutProxy.open(portOf(redis)) })
  }

  get items(): number {
    return this.#written.length
  }

  /** One life: items come while the bridge runs, until its connection is cut and something dies. True where it came to that. */
  async live(fault: Fault): Promise<boolean> {
    await this.#write(ITEMS_AT_ONCE)
    const replica = fault.kind === 'failover' && (await this.#isFenced()) ? await this.#replicate() : undefined
    const cut = this.#proxy.cut(fault)
    this.#bridge.start()
    const wasCut = await this.#feedUntil(cut, replica === undefined)
    this.#options.tell?.(
      `${this.#options.direction} ${fault.kind} ${fault.side} ${fault.after}${wasCut ? '' : ', idle'}`,
    )
    if (fault.kind === 'kill') await this.#bridge.end()
    else if (fault.kind === 'restart') await this.#restart()
    else if (fault.kind === 'forget') await this.#forget()
    else if (replica !== undefined) await this.#failOver(replica)
    this.#proxy.heal(portOf(this.#redis))
    // Redis died, the bridge did not: it has to go on by itself.
    if (fault.kind !== 'kill') await this.#untilDrained()
    await this.#bridge.end()
    return wasCut
  }

  /** Items go on coming, since a bridge that has nothing to do gives no command that could be cut. True where it came to that. */
  async #feedUntil(cut: Promise<void>, more: boolean): Promise<boolean> {
    const state = { isCut: false }
    const wasCut = cut.then(() => {
      state.isCut = true
    })
    await Promise.race([wasCut, this.#bridge.untilRunning()])
    const giveUpAtMs = performance.now() + CUT_WITHIN_MS
    while (!state.isCut && performance.now() < giveUpAtMs) {
      if (more) await this.#write(ITEMS_AT_ONCE)
      await Promise.race([wasCut, sleep(FEED_EVERY_MS)])
    }
    return state.isCut
  }

  /** The last life is left alone; gives what is not as it must be. */
  async finish(): Promise<readonly string[]> {
    this.#bridge.start()
    const stuck = await this.#untilDrained()
    await this.#bridge.end('SIGTERM')
    return [...stuck, ...(this.#options.direction === 'in' ? await this.#checkIn() : await this.#checkOut())]
  }

  async close(): Promise<void> {
    await this.#bridge.end()
    this.#client.disconnect()
    await this.#proxy.close()
    await this.#redis.stop()
    await this.#driver.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #checkIn(): Promise<readonly string[]> {
    const got = await readIds(this.#driver, this.#topic, this.#serde)
    const came = new Set(got)
    const wanted = this.#written.filter((id) => came.has(id) || !this.#forgotten.has(id))
    return differences('topic', wanted, got)
  }

  async #checkOut(): Promise<readonly string[]> {
    const got = (await this.#client.lrange(this.#list, 0, -1)).map(idOf)
    const lists = [...this.#given, got]
    const distinct = [...new Set(lists.flat())]
    const again = lists.flat().length - distinct.length
    const tooMany = again > this.#given.length * BATCH ? [`list: ${again} given again`] : []
    return [
      ...tooMany,
      ...differences('lists', this.#written, distinct),
      ...lists.flatMap((list) => differences('list', list, list)),
    ]
  }

  async #write(count: number): Promise<void> {
    const from = this.#written.length
    const ids = Array.from({ length: count }, (_, i) => `j${from + i}`)
    this.#written.push(...ids)
    if (this.#options.direction === 'in') await this.#client.rpush(this.#list, ...ids.map(itemOf))
    else await writeRecords(this.#driver, this.#topic, this.#serde, ids)
  }

  async #restart(): Promise<void> {
    await this.#redis.kill()
    await this.#redis.restart()
  }

  /** A Redis without an append-only file: everything it held is gone, and the test knows what that was. */
  async #forget(): Promise<void> {
    const held = await this.#held()
    if (this.#options.direction === 'in') for (const item of held) this.#forgotten.add(idOf(item))
    else this.#given.push(held.map(idOf))
    await this.#client.flushall()
    await this.#restart()
  }

  async #held(): Promise<string[]> {
    const keys = [this.#list, ...(await this.#client.keys(`${this.#list}:processing:*`))]
    return (await Promise.all(keys.map((key) => this.#client.lrange(key, 0, -1)))).flat()
  }

  /** A replica that never heard of a fence has forgotten it: that is another case. */
  async #isFenced(): Promise<boolean> {
    return this.#options.direction === 'in' || (await this.#client.hlen(`${this.#list}:fence`)) === PARTITIONS
  }

  /** A replica that has all there is now and none of what comes. */
  async #replicate(): Promise<RunningRedis> {
    const replica = await startRedis({ appendOnly: true })
    const client = clientOf(replica)
    await this.#client.config('SET', 'repl-diskless-sync-delay', '0')
    await client.replicaof('127.0.0.1', portOf(this.#redis))
    while (!(await client.info('replication')).includes('master_link_status:up')) await sleep(20)
    await this.#client.wait(1, 5_000)
    await client.replicaof('127.0.0.1', await freePort())
    client.disconnect()
    return replica
  }

  async #failOver(replica: RunningRedis): Promise<void> {
    await this.#redis.stop()
    this.#client.disconnect()
    this.#redis = replica
    this.#client = clientOf(replica)
    await this.#client.replicaof('NO', 'ONE')
  }

  async #untilDrained(): Promise<readonly string[]> {
    const giveUpAtMs = performance.now() + DRAIN_WITHIN_MS
    for (;;) {
      const left = await this.#left().catch((error: Error) => error.message)
      if (left === 0) return []
      if (performance.now() > giveUpAtMs) return [`not drained, ${left} left: ${this.#bridge.said.slice(-2_000)}`]
      await sleep(50)
    }
  }

  /** In: items in the list and taken. Out: records of the topic that are not in the list, and were not when it was forgotten. */
  async #left(): Promise<number> {
    const held = await this.#held()
    if (this.#options.direction === 'in') return held.length
    const there = new Set([...held.map(idOf), ...this.#given.flat()])
    return this.#written.filter((id) => !there.has(id)).length
  }
}

const portOf = (redis: RunningRedis): number => Number(new URL(redis.url).port)
function clientOf(redis: RunningRedis): Redis {
  const client = new Redis(redis.url)
  client.on('error', () => {})
  return client
}
