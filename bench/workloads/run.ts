// npm run bench -- B1 B2 B3 [--records N] [--bytes 100,400] [--systems wire,streams] [--rounds N] [--json]
// Every system in turn on one broker, each result read back and checked; who wrote something wrong is disqualified. Systems that
// cannot be brought here are named. Ratios are to the reference of the same round.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type ClusterOperations, openClusterOperations, openWireDriver } from '../../streams/index.ts'
import { openService } from '../../test/services/index.ts'
import { encode, orderOf, PARTITIONS, partitionOf } from './orders.ts'
import { SYSTEMS, type System } from './systems.ts'
import { type Run, watch } from './watch.ts'
import { WORKLOADS, type Workload, type Written } from './workloads.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    records: { type: 'string', default: '1000000' },
    bytes: { type: 'string', default: '100' },
    systems: { type: 'string', default: '' },
    rounds: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
})
const SEED_AT_ONCE = 20_000
const GIVE_UP_AFTER_MS = 600_000
const count = Number(values.records)
const driverOptions = { clientId: 'bench' }

interface Row {
  readonly workload: string
  readonly bytes: number
  readonly system: string
  readonly version: string
  readonly records_per_s: number
  readonly whole_records_per_s: number
  readonly cpu_s_per_million: number
  readonly peak_rss_bytes: number
  readonly ratio: number | null
  readonly verified: boolean
  readonly note?: string
}

async function seed(brokers: readonly string[], topic: string, bytes: number): Promise<void> {
  const driver = await openWireDriver({ brokers, ...driverOptions })
  const producer = await driver.producer({ guarantee: 'at_least_once', transactionalId: 'seed' })
  for (let from = 0; from < count; from += SEED_AT_ONCE) {
    const outputs = Array.from({ length: Math.min(SEED_AT_ONCE, count - from) }, (_, i) => {
      const order = orderOf(from + i, bytes)
      const key = Buffer.from(order.symbol)
      const at = { topic, partition: partitionOf(from + i), timestampMs: order.at }
      return { ...at, key, value: encode(order), headers: {} }
    })
    await producer.commit({ outputs, consumer: undefined, groupId: '', offsets: new Map() })
  }
  await producer.close()
  await driver.close()
}

/** Everything that readers see who wait for commits. */
async function readBack(brokers: readonly string[], topic: string): Promise<readonly Written[]> {
  const driver = await openWireDriver({ brokers, ...driverOptions })
  const admin = await driver.admin()
  const ends = await admin.endOffsets(topic)
  await admin.close()
  const from = ends.map((_, partition) => ({ at: { topic, partition }, offset: 'earliest' as const }))
  const reader = await driver.reader(from)
  const written: Written[] = []
  const isAtEnd = (): boolean => from.every(({ at }) => (reader.position?.(at) ?? 0n) >= (ends[at.partition] ?? 0n))
  while (!isAtEnd())
    for (const { key, value } of await reader.poll(20_000, 500))
      written.push({ key: Buffer.from(key ?? []).toString(), value: Buffer.from(value ?? []) })
  await reader.close()
  await driver.close()
  return written
}

async function measure(
  system: System,
  workload: Workload,
  bytes: number,
  from: string,
  broker: { readonly brokers: readonly string[]; readonly operations: ClusterOperations },
): Promise<{ readonly run: Run; readonly wrong: string | undefined }> {
  const application = `bench-${randomUUID().slice(0, 8)}`
  const state = mkdtempSync(join(tmpdir(), 'bench-state-'))
  const to = `${application}.out`
  await broker.operations.createTopic(to, PARTITIONS, { 'retention.ms': '-1' })
  try {
    const place = { workload: workload.name, brokers: broker.brokers.join(','), from, to, application, state }
    const command = await system.command(place)
    const run = await watch(command, system.groupOf(application), count, broker.operations, GIVE_UP_AFTER_MS)
    return { run, wrong: workload.wrong(await readBack(broker.brokers, to), count, bytes) }
  } finally {
    rmSync(state, { recursive: true, force: true })
    for (const { topic, topicId } of await broker.operations.topics())
      if (topic.startsWith(application)) await broker.operations.deleteTopic(topicId)
  }
}

function rowOf(system: System, workload: Workload, bytes: number, run: Run, wrong: string | undefined): Row {
  return {
    ...{ workload: workload.name, bytes, system: system.name, version: system.version },
    records_per_s: Math.round(run.warmRecords / run.warmSeconds),
    whole_records_per_s: Math.round(count / run.wholeSeconds),
    cpu_s_per_million: Number(((run.warmCpuSeconds / run.warmRecords) * 1e6).toFixed(2)),
    peak_rss_bytes: run.peakRssBytes,
    ratio: null,
    verified: wrong === undefined,
    ...(wrong === undefined ? {} : { note: `DISQUALIFIED: ${wrong}` }),
  }
}

async function rowsOf(workload: Workload, bytes: number, from: string, broker: Parameters<typeof measure>[4]) {
  const wanted = values.systems === '' ? [] : values.systems.split(',')
  const asked = SYSTEMS.filter(
    ({ name, workloads }) =>
      workloads.includes(workload.name) &&
      (wanted.length === 0 || wanted.some((part) => name.toLowerCase().includes(part))),
  )
  const rows: Row[] = []
  for (const system of asked) {
    console.error(`${workload.name}, ${bytes} bytes: ${system.name}`)
    try {
      const { run, wrong } = await measure(system, workload, bytes, from, broker)
      rows.push(rowOf(system, workload, bytes, run, wrong))
    } catch (error) {
      console.error(`  not measured: ${(error as Error).message.split('\n')[0]}`)
    }
  }
  const reference = rows.find(({ system }) => SYSTEMS.find(({ name }) => name === system)?.isReference)
  return rows.map((row) => ({
    ...row,
    ratio: reference === undefined ? null : Number((row.records_per_s / reference.records_per_s).toFixed(2)),
  }))
}

const median = (rows: readonly Row[]): Row =>
  rows.toSorted((a, b) => a.records_per_s - b.records_per_s)[rows.length >> 1] as Row

function print(rows: readonly Row[]): void {
  console.log(
    '| workload | bytes | system | records/s, warm | whole run | CPU s a million | peak RSS | ratio | verified |',
  )
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |')
  for (const row of rows) {
    const rate = (n: number): string => n.toLocaleString('en-US')
    const rss = `${Math.round(row.peak_rss_bytes / 1e6)} MB`
    const told = [row.workload, row.bytes, `${row.system} ${row.version}`, rate(row.records_per_s)]
    const more = [rate(row.whole_records_per_s), row.cpu_s_per_million, rss, row.ratio ?? '', row.note ?? 'yes']
    console.log(`| ${[...told, ...more].join(' | ')} |`)
  }
}

const kafka = await openService('kafka')
const operations = await openClusterOperations({ brokers: kafka.endpoint.brokers, ...driverOptions })
const broker = { brokers: kafka.endpoint.brokers, operations }
try {
  const rounds: Row[] = []
  for (const bytes of values.bytes.split(',').map(Number)) {
    const from = `bench-in-${bytes}-${randomUUID().slice(0, 8)}`
    await operations.createTopic(from, PARTITIONS, { 'retention.ms': '-1' })
    await seed(broker.brokers, from, bytes)
    for (let round = 0; round < Number(values.rounds); round++)
      for (const workload of WORKLOADS.filter(({ name }) => positionals.includes(name)))
        rounds.push(...(await rowsOf(workload, bytes, from, broker)))
    for (const { topic, topicId } of await operations.topics())
      if (topic === from) await operations.deleteTopic(topicId)
  }
  const groups = Map.groupBy(rounds, ({ workload, bytes, system }) => `${workload} ${bytes} ${system}`)
  const rows = [...groups.values()].map(median)
  if (values.json) for (const row of rows) console.log(JSON.stringify(row))
  else print(rows)
} finally {
  await operations.close()
  await kafka.stop()
}
