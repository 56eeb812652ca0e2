// node bench/kafka-copy.ts [--records N] [--driver wire,librdkafka] [--interval MS] [--bytes N] [--guarantee exactly_once]
// Copies records of one topic to another through a driver's port with one byte changed, each driver in a process of its own,
// and reads the copy back: every record there once, in its order. Kafka is KAFKA_BROKERS, else the native one.
// --other 'program {brokers} {from} {to} {records}' runs another program that does the same, and reads its copy back too.
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import {
  type CommitBatch,
  type CommittedOffset,
  type Guarantee,
  type KafkaConnection,
  type LogDriver,
  openKafkajsDriver,
  openLibrdkafkaDriver,
  openWireDriver,
  type ProducerRecord,
  partitionKey,
  type TopicPartition,
} from '../streams/index.ts'
import { openService } from '../test/services/index.ts'

const PARTITIONS = 4
const SEED_RECORDS = 50_000
const POLL_RECORDS = 1_000
/** So many waiting for a commit under way stop the reading, as the engine's limits do. */
const PENDING_MAX = 100_000

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '400000' },
    driver: { type: 'string', default: 'wire,librdkafka' },
    interval: { type: 'string', default: '100' },
    bytes: { type: 'string', default: '100' },
    guarantee: { type: 'string', default: 'exactly_once' },
    other: { type: 'string', multiple: true, default: [] },
    brokers: { type: 'string', default: '' },
    from: { type: 'string', default: '' },
    to: { type: 'string', default: '' },
  },
})
const count = Number(values.records)
const recordBytes = Number(values.bytes)
const guarantee = values.guarantee as Guarantee
const open: Readonly<Record<string, (connection: KafkaConnection) => LogDriver | Promise<LogDriver>>> = {
  wire: (connection) => openWireDriver(connection),
  'wire-lz4': (connection) => openWireDriver(connection, { compression: 'lz4' }),
  'wire-zstd': (connection) => openWireDriver(connection, { compression: 'zstd' }),
  librdkafka: (connection) => openLibrdkafkaDriver(connection),
  kafkajs: openKafkajsDriver,
}

async function driverOf(name: string, brokers: readonly string[]): Promise<LogDriver> {
  const opened = await open[name]?.({ brokers, clientId: 'bench' })
  if (opened === undefined) throw new Error(`there is no driver ${name}`)
  return opened
}

function payload(n: number): Buffer {
  const value = Buffer.alloc(recordBytes, 0x61 + (n % 26))
  value.writeUInt32BE(n, 1)
  return value
}

async function seed(driver: LogDriver, topic: string): Promise<void> {
  const producer = await driver.producer({ guarantee: 'at_least_once', transactionalId: randomUUID() })
  for (let from = 0; from < count; from += SEED_RECORDS) {
    const outputs = Array.from(
      { length: Math.min(SEED_RECORDS, count - from) },
      (_, i): ProducerRecord => ({
        topic,
        partition: (from + i) % PARTITIONS,
        timestampMs: 1_700_000_000_000 + from + i,
        key: undefined,
        value: payload(from + i),
        headers: {},
      }),
    )
    await producer.commit({ outputs, consumer: undefined, groupId: '', offsets: new Map() })
  }
  await producer.close()
}

interface Result {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly commits: number
  readonly rssMb: number
}

async function copy(driver: LogDriver, from: string, to: string): Promise<Result> {
  const groupId = randomUUID()
  const producer = await driver.producer({ guarantee, transactionalId: randomUUID() })
  const listener = { assigned: async () => undefined, revoked: async () => undefined, lost: async () => undefined }
  const consumer = driver.consumer({ groupId, topics: [from], broadcast: [], listener })
  await consumer.start()
  let pending: ProducerRecord[] = []
  let offsets = new Map<string, { at: TopicPartition; committed: CommittedOffset }>()
  let copied = 0
  let commits = 0
  let running: Promise<void> | undefined
  let failure: unknown
  let begunMs = 0
  let lastMs = 0
  let cpu = process.cpuUsage()
  const begin = (): void => {
    const batch: CommitBatch = { outputs: pending, consumer, groupId, offsets }
    pending = []
    offsets = new Map()
    lastMs = performance.now()
    commits++
    running = producer
      .commit(batch)
      .then(() => undefined)
      .catch((error: unknown) => {
        failure = error
      })
      .finally(() => {
        running = undefined
      })
  }
  while (copied < count) {
    const records = await consumer.poll(POLL_RECORDS, 100)
    if (failure !== undefined) throw failure
    if (begunMs === 0 && records.length > 0) {
      begunMs = lastMs = performance.now()
      cpu = process.cpuUsage()
    }
    for (const record of records) {
      const value = Buffer.from(record.value ?? [])
      value[0] = (value[0] ?? 0) + 1
      pending.push({
        topic: to,
        partition: record.partition,
        timestampMs: record.timestampMs,
        key: record.key,
        value,
        headers: record.headers,
      })
    }
    for (const [partition, offset] of lastOffsets(records)) {
      const at = { topic: from, partition }
      offsets.set(partitionKey(at), { at, committed: { offset: offset + 1n, metadata: '' } })
    }
    copied += records.length
    if (pending.length > PENDING_MAX) await running
    if (running === undefined && performance.now() - lastMs >= Number(values.interval) && pending.length > 0) begin()
  }
  await running
  if (pending.length > 0) begin()
  await running
  if (failure !== undefined) throw failure
  const seconds = (performance.now() - begunMs) / 1000
  const { user, system } = process.cpuUsage(cpu)
  await consumer.close()
  await producer.close()
  return { seconds, cpuSeconds: (user + system) / 1e6, commits, rssMb: process.resourceUsage().maxRSS / 1024 }
}

function lastOffsets(records: readonly { readonly partition: number; readonly offset: bigint }[]): Map<number, bigint> {
  const last = new Map<number, bigint>()
  for (let n = records.length - 1; n >= 0 && last.size < PARTITIONS; n--) {
    const record = records[n]
    if (record !== undefined && !last.has(record.partition)) last.set(record.partition, record.offset)
  }
  return last
}

/** Every record once, in its partition's order, with the one byte changed. */
async function verify(driver: LogDriver, to: string): Promise<string> {
  const parts = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: to, partition }))
  const reader = await driver.reader(parts.map((at) => ({ at, offset: 'earliest' as const })))
  const next = parts.map(({ partition }) => partition)
  let read = 0
  while (read < count) {
    const records = await reader.poll(10_000, 5_000)
    if (records.length === 0) return `only ${read} of ${count} are there`
    for (const { partition, value } of records) {
      const n = next[partition] ?? 0
      const found = Buffer.from(value ?? [])
      const expected = payload(n)
      expected[0] = (expected[0] ?? 0) + 1
      if (!found.equals(expected)) return `record ${n} of partition ${partition} is another`
      next[partition] = n + PARTITIONS
      read++
    }
  }
  const more = await reader.poll(10, 500)
  await reader.close()
  return more.length === 0 ? 'right' : 'there are more than were written'
}

async function main(): Promise<void> {
  if (values.brokers !== '') {
    const driver = await driverOf(values.driver, values.brokers.split(','))
    process.stdout.write(JSON.stringify(await copy(driver, values.from, values.to)))
    return
  }
  const kafka = await openService('kafka')
  try {
    const wire = await driverOf('wire', kafka.endpoint.brokers)
    const admin = await wire.admin()
    const create = async (what: string): Promise<string> => {
      const topic = `copy.${what}.${randomUUID().slice(0, 8)}`
      await admin.ensureTopics([{ topic, partitions: PARTITIONS, cleanup: 'delete', retentionMs: -1 }])
      return topic
    }
    const from = await create('in')
    await seed(wire, from)
    for (const command of values.other) {
      const to = await create('other')
      const words = { brokers: kafka.endpoint.brokers.join(','), from, to, records: values.records }
      const [program = '', ...args] = command
        .replace(/\{(\w+)\}/g, (_, word: keyof typeof words) => words[word])
        .split(' ')
      const { status } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] })
      process.stdout.write(`${program} ended with ${status}; the copy is ${await verify(wire, to)}\n`)
    }
    for (const name of values.driver.split(',')) {
      const to = await create(name)
      const flags = ['--records', values.records, '--interval', values.interval, '--bytes', values.bytes]
      const where = ['--brokers', kafka.endpoint.brokers.join(','), '--from', from, '--to', to]
      const args = [
        ...process.execArgv,
        import.meta.filename,
        ...flags,
        '--guarantee',
        guarantee,
        '--driver',
        name,
        ...where,
      ]
      const child = spawnSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
      if (child.status !== 0) throw new Error(`${name} ended with ${child.status}`)
      const { seconds, cpuSeconds, commits, rssMb } = JSON.parse(child.stdout) as Result
      const rate = Math.round(count / seconds / 1000)
      const micros = ((cpuSeconds / count) * 1e6).toFixed(2)
      const shown = `${rate} k records/s, ${micros} us of processor a record, ${commits} commits, ${Math.round(rssMb)} MB`
      process.stdout.write(`${name}: ${shown}; the copy is ${await verify(wire, to)}\n`)
    }
    await admin.close()
  } finally {
    await kafka.stop()
  }
}

await main()
