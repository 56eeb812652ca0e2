// node bench/slow-calls.ts [--records N] [--keys N] [--concurrency N] [--call MS] [--partitions N] [--json]
// B8: every record asks an HTTP service that takes about half a second, now and then far longer, and fails one call in fifty.
// Order per key, exactly once, on Kafka (KAFKA_BROKERS, else the native one). Ideal is what no order of calls could beat: all
// calls spread over so many at a time, or those of the longest key one after the other. Outputs are read back: every record
// once, each key in its order.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  createApplication,
  DEFAULT_CALLS,
  type Graph,
  type LogDriver,
  openWireDriver,
  partitionOf,
  type Serde,
  topicsOf,
} from '../streams/index.ts'
import { openService } from '../test/services/index.ts'

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '5000' },
    keys: { type: 'string', default: '1000' },
    concurrency: { type: 'string', default: '128' },
    call: { type: 'string', default: '500' },
    partitions: { type: 'string', default: '6' },
    json: { type: 'boolean', default: false },
  },
})
const [records, keys, concurrency] = [Number(values.records), Number(values.keys), Number(values.concurrency)]
const [callMs, partitions] = [Number(values.call), Number(values.partitions)]
const FAILS_ONE_IN = 50

/** The same numbers in every run: mulberry32. */
let state = 7
function random(): number {
  state = (state + 0x6d2b79f5) | 0
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
}
/** Log-normal with the mean `callMs`: one in a thousand takes more than twice as long. */
const SIGMA = 0.25
const latencyMs = (): number => {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return callMs * Math.exp(SIGMA * normal - SIGMA ** 2 / 2)
}
const plan = Array.from({ length: records }, (_, id) => {
  const tries = id % FAILS_ONE_IN === 0 ? [latencyMs(), latencyMs()] : [latencyMs()]
  return { id, key: `k${Math.floor(random() * keys)}`, tries, ms: tries.reduce((sum, ms) => sum + ms, 0) }
})
const totalMs = plan.reduce((sum, { ms }) => sum + ms, 0)
const longestMs = Math.max(
  ...[...Map.groupBy(plan, ({ key }) => key).values()].map((list) => list.reduce((sum, { ms }) => sum + ms, 0)),
)
const idealMs = Math.max(totalMs / concurrency, longestMs)

let [running, most, calls] = [0, 0, 0]
const seen = new Map<number, number>()
const server = createServer((request, response) => {
  const id = Number(request.url?.slice(1))
  const attempt = seen.get(id) ?? 0
  seen.set(id, attempt + 1)
  const tries = plan[id]?.tries ?? [0]
  running += 1
  calls += 1
  most = Math.max(most, running)
  setTimeout(
    () => {
      running -= 1
      response.statusCode = attempt < tries.length - 1 ? 503 : 200
      response.end(String(id))
    },
    tries[Math.min(attempt, tries.length - 1)],
  )
})

const serde: Serde = {
  serialize: (value) => Buffer.from(JSON.stringify(value)),
  deserialize: (bytes) => JSON.parse(Buffer.from(bytes).toString()),
}

function askGraph(url: string, begun: () => void): Graph {
  const name = `b${randomUUID().slice(0, 8)}`
  const topic = (short: string) => ({
    name: short,
    topic: `${name}.${short}`,
    partitions,
    cleanup: 'delete' as const,
    retentionMs: -1,
    value: serde,
  })
  const ask = {
    kind: 'processor' as const,
    name: 'ask',
    from: ['in'],
    to: ['out'],
    broadcast: [],
    tables: {},
    stores: [],
    guarantee: 'exactly_once' as const,
    commitIntervalMs: 200,
    errors: { retryMax: 5, backoffMinMs: 10, backoffMaxMs: 1_000, then: 'dlq' as const },
    calls: { ...DEFAULT_CALLS, concurrency },
    create: () => ({
      async call(
        record: { readonly key: string | undefined; readonly value?: unknown },
        { signal }: { readonly signal: AbortSignal },
      ) {
        begun()
        const response = await fetch(`${url}/${record.value}`, { signal })
        const text = await response.text()
        if (!response.ok) throw Object.assign(new Error(`status ${response.status}`), { retriable: true })
        return (context: { forward(one: { key: string | undefined; value: unknown }): void }) =>
          context.forward({ key: record.key, value: Number(text) })
      },
    }),
  }
  return { name, topics: { in: topic('in'), out: topic('out') }, nodes: { ask } }
}

async function feed(driver: LogDriver, graph: Graph): Promise<void> {
  const admin = await driver.admin()
  await admin.ensureTopics(topicsOf(graph, { changelogs: true }))
  await admin.close()
  const producer = await driver.producer({ guarantee: 'at_least_once', transactionalId: `${graph.name}.feed` })
  const outputs = plan.map(({ id, key }) => ({
    topic: `${graph.name}.in`,
    partition: partitionOf(Buffer.from(key), partitions),
    timestampMs: Date.now(),
    key: Buffer.from(key),
    value: serde.serialize(id),
    headers: {},
  }))
  await producer.commit({ outputs, consumer: undefined, groupId: '', offsets: new Map() })
  await producer.close()
}

/** Committed outputs, until there are as many as there must be. */
async function readOut(driver: LogDriver, graph: Graph): Promise<readonly { key: string; id: number }[]> {
  const at = (partition: number) => ({ topic: `${graph.name}.out`, partition })
  const all = Array.from({ length: partitions }, (_, p) => ({ at: at(p), offset: 'earliest' as const }))
  const reader = await driver.reader(all)
  const out: { key: string; id: number }[] = []
  while (out.length < records) {
    for (const { key, value } of await reader.poll(1_000, 50)) {
      out.push({ key: Buffer.from(key ?? '').toString(), id: Number(Buffer.from(value ?? '').toString()) })
    }
  }
  await reader.close()
  return out
}

const service = await openService('kafka')
const folder = mkdtempSync(join(tmpdir(), 'slow-calls-'))
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const driver = await openWireDriver({ brokers: service.endpoint.brokers, clientId: 'bench' })
try {
  let startedMs = 0
  const graph = askGraph(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => {
    startedMs ||= performance.now()
  })
  await feed(driver, graph)
  let peakRss = 0
  const watch = setInterval(() => {
    peakRss = Math.max(peakRss, process.memoryUsage.rss())
  }, 100)
  const cpuBefore = process.cpuUsage()
  const app = createApplication({ graph, driver, processId: 'p', stateDir: folder })
  await app.start()
  const out = await readOut(driver, graph)
  const tookMs = performance.now() - startedMs
  const cpu = process.cpuUsage(cpuBefore)
  clearInterval(watch)
  await app.drain(10_000)
  const last = new Map<string, number>()
  let violations = 0
  for (const { key, id } of out) {
    if (id < (last.get(key) ?? -1)) violations += 1
    last.set(key, id)
  }
  const isRight = new Set(out.map(({ id }) => id)).size === records && out.length === records && violations === 0
  const row = {
    workload: 'B8',
    system: 'wire',
    records,
    keys,
    concurrency,
    calls,
    calls_at_a_time_max: most,
    seconds: Number((tookMs / 1000).toFixed(2)),
    ideal_seconds: Number((idealMs / 1000).toFixed(2)),
    ratio_to_ideal: Number((tookMs / idealMs).toFixed(3)),
    one_by_one_seconds: Math.round(totalMs / 1000 / partitions),
    order_violations: violations,
    cpu_ms_per_record: Number(((cpu.user + cpu.system) / 1000 / records).toFixed(2)),
    peak_rss_mb: Math.round(peakRss / 1e6),
    verified: isRight,
  }
  if (values.json) console.log(JSON.stringify(row))
  else for (const [name, value] of Object.entries(row)) console.log(`${name.padEnd(22)} ${value}`)
  process.exitCode = isRight ? 0 : 1
} finally {
  server.closeAllConnections()
  server.close()
  await driver.close()
  await service.stop()
  rmSync(folder, { recursive: true, force: true })
}
