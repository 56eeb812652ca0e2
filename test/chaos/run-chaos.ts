import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import {
  type Graph,
  groupOf,
  type LogAdmin,
  type LogDriver,
  type LogRecord,
  openWireDriver,
  type ProducerRecord,
  partitionKey,
  partitionOf,
  type TopicPartition,
  topicsOf,
} from '../../streams/index.ts'
import { SeededRandom } from '../../streams/simulation/world/seeded-random.ts'
import { type RunningCluster, startKafkaCluster } from '../services/index.ts'
import { EngineProcess } from './engine-process.ts'
import { BROKER_FAULTS, drawFault, ENGINE_FAULTS } from './faults.ts'
import { chaosGraph, INPUT_OF, KEYS, PARTITIONS } from './graph.ts'
import { type Outcome, violationsOf } from './verify.ts'

const ENGINES = 3
const BROKERS = 3
const HEAP_MB = 256
const BATCH = 20
const BATCH_EVERY_MS = 100
const CATCH_UP_MS = 240_000

export interface ChaosOptions {
  readonly faults: number
  readonly seed: number
  /** Told of each fault, as it begins. */
  readonly tell?: (line: string) => void
}

export interface ChaosResult {
  readonly faults: number
  readonly numbers: number
  /** Totals that were committed before the last fault was over. */
  readonly meanwhile: number
  readonly violations: readonly string[]
}

/** Engines on a cluster of brokers, all of which are hurt while numbers flow; then everything is computed anew from the input. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const folder = mkdtempSync(join(tmpdir(), 'chaos-'))
  const cluster = await startKafkaCluster(BROKERS, HEAP_MB)
  const driver = await openWireDriver({ brokers: cluster.brokers, clientId: 'chaos' })
  const admin = await driver.admin()
  const graph = chaosGraph(`chaos-${options.seed}`)
  const engines = Array.from({ length: ENGINES }, (_, i) => {
    const place = { name: graph.name, processId: `p${i}`, stateDir: join(folder, `p${i}`), brokers: cluster.brokers }
    return new EngineProcess(place)
  })
  try {
    await admin.ensureTopics(topicsOf(graph, { changelogs: true }))
    for (const engine of engines) engine.start()
    const generator = new Generator(driver, graph)
    const generating = generator.run()
    await hurtAll(options, cluster, engines, graph)
    const meanwhile = (await allOf(driver, admin, graph.topics['totals']?.topic ?? '')).length
    generator.stop()
    await generating
    const stuck = await catchUp(driver, admin, graph)
    for (const engine of engines) await engine.end()
    const outcome = await outcomeOf(driver, admin, graph)
    const surprises = engines.flatMap((engine) => engine.surprises)
    const violations = [...stuck, ...surprises, ...(await openEnds(admin, graph)), ...violationsOf(outcome)]
    return { faults: options.faults, numbers: outcome.numbers.length, meanwhile, violations }
  } finally {
    await Promise.all(engines.map((engine) => engine.kill()))
    await admin.close()
    await driver.close()
    await cluster.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Each engine is hurt on its own, and one broker at a time, until as many faults have happened as were asked for. */
async function hurtAll(
  { faults, seed, tell = () => {} }: ChaosOptions,
  cluster: RunningCluster,
  engines: readonly EngineProcess[],
  graph: Graph,
): Promise<void> {
  const random = new SeededRandom(seed)
  let left = faults
  const engineLane = async (engine: EngineProcess, name: string, own: SeededRandom): Promise<void> => {
    await sleep(own.between(1_000, 4_000))
    while (left-- > 0) {
      const fault = drawFault(own, ENGINE_FAULTS)
      tell(`engine ${name}: ${fault.kind}, ${fault.lastsMs} ms`)
      await engine.hurt(fault)
      await sleep(fault.restMs)
    }
  }
  const brokerLane = async (own: SeededRandom): Promise<void> => {
    await sleep(own.between(1_000, 4_000))
    while (left-- > 0) {
      const [node, fault] = [own.pick(cluster.nodes), drawFault(own, BROKER_FAULTS)]
      tell(`broker ${cluster.nodes.indexOf(node) + 1}: ${fault.kind}, ${fault.lastsMs} ms`)
      if (fault.kind === 'pause') {
        node.pause()
        await sleep(fault.lastsMs)
        node.resume()
      } else {
        await (fault.kind === 'kill' ? node.kill() : node.end())
        await sleep(fault.lastsMs)
        await node.restart()
      }
      await untilInSync(cluster.brokers, graph)
      await sleep(fault.restMs)
    }
  }
  const lanes = engines.map((engine, i) => engineLane(engine, `p${i}`, random.fork()))
  await Promise.all([...lanes, brokerLane(random.fork())])
}

/** Another broker is hurt only when the last one has everything again: two of three are what the cluster can live with. */
async function untilInSync(brokers: readonly string[], graph: Graph): Promise<void> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin()
  const topics = [...topicsOf(graph, { changelogs: true }).map(({ topic }) => topic), '__consumer_offsets']
  for (;;) {
    try {
      await admin.connect()
      const described = await admin.fetchTopicMetadata({ topics })
      if (described.topics.every(({ partitions }) => partitions.every(({ isr }) => isr.length === BROKERS))) break
    } catch {
      // The brokers asked are those that were hurt: asked again.
    }
    await sleep(300)
  }
  await admin.disconnect()
}

/** Writes numbers without end. What is in the topic is what counts: a number that could not be written is not missed. */
class Generator {
  readonly #driver: LogDriver
  readonly #topic: string
  #stopped = false
  #next = 0

  constructor(driver: LogDriver, graph: Graph) {
    this.#driver = driver
    this.#topic = graph.topics['numbers']?.topic ?? ''
  }

  stop(): void {
    this.#stopped = true
  }

  async run(): Promise<void> {
    const producer = await this.#driver.producer({ guarantee: 'at_least_once', transactionalId: 'generator' })
    while (!this.#stopped) {
      const outputs = Array.from({ length: BATCH }, () => this.#record())
      const commit = producer.commit({ outputs, consumer: undefined, groupId: '', offsets: new Map() })
      await Promise.all([commit.catch(() => {}), sleep(BATCH_EVERY_MS)])
    }
    await producer.close()
  }

  #record(): ProducerRecord {
    const number = this.#next++
    const key = Buffer.from(`k${(number * 7) % KEYS}`)
    return {
      topic: this.#topic,
      partition: partitionOf(key, PARTITIONS),
      timestampMs: 1_700_000_000_000 + number,
      key,
      value: Buffer.from(String(number)),
      headers: {},
    }
  }
}

/** Waits until nothing is left to read behind what both groups have committed; says so where it does not come to that. */
async function catchUp(driver: LogDriver, admin: LogAdmin, graph: Graph): Promise<readonly string[]> {
  const giveUpAtMs = performance.now() + CATCH_UP_MS
  const behind = async (node: keyof typeof INPUT_OF): Promise<readonly string[]> => {
    const topic = graph.topics[INPUT_OF[node]]?.topic ?? ''
    const committed = await admin.committedOffsets(groupOf(graph, node), [topic])
    const from = partitionsOf(topic).map((at) => ({ at, offset: committed.get(partitionKey(at))?.offset ?? 0n }))
    const reader = await driver.reader(from)
    const [next] = await reader.poll(1, 1_000)
    await reader.close()
    return next === undefined ? [] : [`${node} never read ${topic}-${next.partition} from ${next.offset} on`]
  }
  for (;;) {
    // In their order: what the first has just written counts for the second.
    const left = [...(await behind('copy')), ...(await behind('tally'))]
    if (left.length === 0 || performance.now() > giveUpAtMs) return left
    await sleep(500)
  }
}

const partitionsOf = (topic: string): readonly TopicPartition[] =>
  Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }))

/** Transactions that nobody ended. */
async function openEnds(admin: LogAdmin, graph: Graph): Promise<readonly string[]> {
  const found: string[] = []
  for (const { topic } of Object.values(graph.topics)) {
    const written = await admin.writtenEnds?.(topic)
    const stable = await admin.endOffsets(topic)
    if (String(written) !== String(stable)) found.push(`${topic}: stable to ${stable}, written to ${written}`)
  }
  return found
}

async function outcomeOf(driver: LogDriver, admin: LogAdmin, graph: Graph): Promise<Outcome> {
  const [numbers, copies, totals] = await Promise.all(
    ['numbers', 'copies', 'totals'].map((name) => allOf(driver, admin, graph.topics[name]?.topic ?? '')),
  )
  return { numbers: numbers ?? [], copies: copies ?? [], totals: totals ?? [] }
}

/** What is committed by now: more may come all the time. */
async function allOf(driver: LogDriver, admin: LogAdmin, topic: string): Promise<readonly LogRecord[]> {
  const ends = await admin.endOffsets(topic)
  const from = partitionsOf(topic).map((at) => ({ at, offset: 'earliest' as const }))
  const reader = await driver.reader(from)
  const found: LogRecord[] = []
  const isAtEnd = (at: TopicPartition): boolean => (reader.position?.(at) ?? 0n) >= (ends[at.partition] ?? 0n)
  while (!from.every(({ at }) => isAtEnd(at))) found.push(...(await reader.poll(5_000, 250)))
  await reader.close()
  return found.filter(({ partition, offset }) => offset < (ends[partition] ?? 0n))
}
