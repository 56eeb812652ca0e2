// node bench/bridge.ts [--items N] [--peer N] [--json]
// B9: items of a Redis list into a topic, none lost and none twice: ours, exactly once with a store of what came, against
// ioredis and kafkajs that take an item (BLMOVE), send it (acks of all) and let go of it (LREM), one by one, which may
// double. Kafka (KAFKA_BROKERS) and Redis (REDIS_URL), else native ones. Both topics are read back: every item once.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { Kafka, logLevel } from 'kafkajs'
import { bridgeTopicOf, openRedis, redisInSource } from '../connectors/index.ts'
import { createApplication, type Graph, openWireDriver, systemClock, topicsOf } from '../streams/index.ts'
import { bridgeGraph, listOf } from '../test/conservation/bridge-graph.ts'
import { differences, itemOf, jobSerde, readIds } from '../test/conservation/items.ts'
import { openService } from '../test/services/index.ts'

const { values } = parseArgs({
  options: {
    items: { type: 'string', default: '200000' },
    peer: { type: 'string', default: '5000' },
    json: { type: 'boolean', default: false },
  },
})
interface Measured {
  readonly itemsPerSecond: number
  /** Of the process that bridges, all its threads. */
  readonly itemsPerCpuSecond: number
}

const [kafka, redisPart] = await Promise.all([openService('kafka'), openService('redis')])
const { brokers } = kafka.endpoint
const { url } = redisPart.endpoint
const driver = await openWireDriver({ brokers, clientId: 'bench' })
const client = new Redis(url)
const serde = await jobSerde()
const bridge = bridgeTopicOf('ingestion.jobs', 'IngestionJob')
const folder = mkdtempSync(join(tmpdir(), 'bench-bridge-'))

/** Fills a list, lets `work` empty it, and reads the topic back. Throws where an item is missing or there twice. */
async function measure(name: string, count: number, work: (graph: Graph) => Promise<void>): Promise<Measured> {
  const list = listOf(name)
  const ids = Array.from({ length: count }, (_, i) => `j${i}`)
  for (let i = 0; i < count; i += 1_000) await client.rpush(list, ...ids.slice(i, i + 1_000).map(itemOf))
  const ports = {
    redis: openRedis(url),
    bridgeOf: () => ({ ...bridge, store: 'seen' }),
    instanceId: 'one',
    clock: systemClock,
  }
  const graph = bridgeGraph(name, serde, {
    in: () => redisInSource.create({ list, dedupe_by: 'job_id', dedupe_for_ms: 86_400_000 }, ports),
    out: () => ({ write: async () => {} }),
  })
  const admin = await driver.admin()
  await admin.ensureTopics(topicsOf(graph, { changelogs: true }))
  await admin.close()
  const [startedMs, cpu] = [performance.now(), process.cpuUsage()]
  await work(graph)
  const seconds = (performance.now() - startedMs) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  ports.redis.disconnect()
  const wrong = differences(name, ids, await readIds(driver, `${name}.ingestion.jobs`, serde))
  if (wrong.length > 0) throw new Error(`disqualified: ${wrong.join('; ')}`)
  return { itemsPerSecond: count / seconds, itemsPerCpuSecond: count / ((user + system) / 1e6) }
}

async function untilEmpty(name: string): Promise<void> {
  const keys = [listOf(name), `${listOf(name)}:processing:one`]
  while ((await client.exists(...keys)) > 0) await sleep(10)
}

async function ours(graph: Graph): Promise<void> {
  const node = { ...graph.nodes['in'], commitIntervalMs: 200 } as Graph['nodes'][string]
  const application = createApplication({
    graph: { ...graph, nodes: { ...graph.nodes, in: node } },
    driver,
    nodes: ['in'],
    processId: 'one',
    stateDir: folder,
  })
  await application.start()
  await untilEmpty(graph.name)
  await application.drain(10_000)
}

async function peer(graph: Graph): Promise<void> {
  const [list, mine] = [listOf(graph.name), `${listOf(graph.name)}:processing:one`]
  const topic = graph.topics['ingestion.jobs']?.topic ?? ''
  const producer = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).producer({ idempotent: true })
  await producer.connect()
  for (;;) {
    const item = await client.blmove(list, mine, 'LEFT', 'RIGHT', 0.1)
    if (item === null) break
    const value = bridge.codec.fromJson(JSON.parse(item)) as Record<string, unknown>
    const message = { key: bridge.keyOf(value) ?? null, value: Buffer.from(serde.serialize(value) as Uint8Array) }
    await producer.send({ topic, acks: -1, messages: [message] })
    await client.lrem(mine, 1, item)
  }
  await producer.disconnect()
}

try {
  const run = randomUUID().slice(0, 8)
  const theirs = await measure(`bench-peer-${run}`, Number(values.peer), peer)
  // Once for the compiler.
  await measure(`bench-warm-${run}`, 20_000, ours)
  const own = await measure(`bench-ours-${run}`, Number(values.items), ours)
  const row = { ours: own, peer: theirs, times: own.itemsPerSecond / theirs.itemsPerSecond }
  const rounded = (n: number): string => Math.round(n).toLocaleString('en')
  if (values.json) console.log(JSON.stringify(row))
  else
    for (const [who, { itemsPerSecond, itemsPerCpuSecond }] of Object.entries({ ours: own, peer: theirs }))
      console.log(`${who}: ${rounded(itemsPerSecond)} items/s, ${rounded(itemsPerCpuSecond)} a CPU second`)
  if (!values.json) console.log(`${row.times.toFixed(1)} times the peer`)
} finally {
  client.disconnect()
  await driver.close()
  await Promise.all([kafka.stop(), redisPart.stop()])
  rmSync(folder, { recursive: true, force: true })
}
