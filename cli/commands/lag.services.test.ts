import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import {
  ClusterLagReader,
  type ClusterOperations,
  type LagReading,
  openClusterOperations,
  openWireDriver,
} from '../../streams/index.ts'
import { kafkaTool } from '../../test/services/index.ts'
import { describeWith } from '../../test/services/require-service.ts'
import { PROJECT_FOLDER } from '../settings.ts'
import { startStonks, stonks } from '../testing/stonks.ts'

// Commands are processes of their own, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 300_000 })

const folder = mkdtempSync(join(tmpdir(), 'lag-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const fresh = (what: string): string => `${what}.${randomUUID().slice(0, 8)}`

/** What Kafka's own tool says, by `topic-partition`. */
async function saidByKafka(brokers: readonly string[], group: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const printed = await kafkaTool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', [
    ...['--bootstrap-server', brokers.join(','), '--describe', '--group', group],
  ])
  const rows = printed.split('\n').map((line) => line.trim().split(/\s+/))
  return new Map(
    rows
      .filter(([first]) => first === group)
      .map(([, topic, partition, committed, end, lag]) => [
        `${topic}-${partition}`,
        [committed ?? '', end ?? '', lag ?? ''],
      ]),
  )
}

describeWith(['kafka', 'registry', 'postgres'], 'lag', ({ kafka, registry, postgres }) => {
  const { brokers } = kafka
  let operations: ClusterOperations
  beforeAll(async () => {
    operations = await openClusterOperations({ brokers, clientId: 'lag-test' })
  })
  afterAll(() => operations.close())

  const write = async (
    topic: string,
    rows: readonly (readonly [partition: number, timestampMs: number, key?: string])[],
    guarantee: 'exactly_once' | 'at_least_once' = 'at_least_once',
  ): Promise<void> => {
    const driver = await openWireDriver({ brokers, clientId: 'lag-test' })
    const producer = await driver.producer({ guarantee, transactionalId: randomUUID() })
    const outputs = rows.map(([partition, timestampMs, key = 'k']) => {
      return { topic, partition, timestampMs, key: Buffer.from(key), value: Buffer.from('v'), headers: {} }
    })
    await producer.commit({ outputs, consumer: undefined, groupId: '', offsets: new Map() })
    await producer.close()
    await driver.close()
  }
  const commit = (group: string, topic: string, offsets: readonly (bigint | undefined)[]): Promise<void> =>
    operations.commitOffsets(
      group,
      offsets.flatMap((offset, partition) =>
        offset === undefined ? [] : [{ at: { topic, partition }, committed: { offset, metadata: '' } }],
      ),
    )
  const readOf = async (group: string): Promise<readonly LagReading[]> =>
    new ClusterLagReader(operations, { wanted: new Map(), others: (id) => id === group }).read()
  const times = (count: number, fromMs: number, partition = 0): readonly (readonly [number, number])[] =>
    Array.from({ length: count }, (_, n) => [partition, fromMs + n * 1000])

  test('groups of several clients, in the same minute as kafka-consumer-groups, number for number', async () => {
    const topic = fresh('odd.Name_with-all')
    await operations.createTopic(topic, 4, { 'retention.ms': '-1' })
    const nowMs = Date.now()
    await write(topic, [...times(30, nowMs - 600_000), ...times(20, nowMs - 60_000, 1), ...times(5, nowMs - 9000, 2)])
    const byHand = fresh('by-hand')
    await commit(byHand, topic, [10n, 20n, 0n, undefined])
    const byKafkajs = fresh('kafkajs')
    const consumer = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).consumer({ groupId: byKafkajs })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    let seen = 0
    await consumer.run({ eachMessage: async () => void seen++ })
    await expect.poll(() => seen, { timeout: 30_000 }).toBe(55)
    await consumer.disconnect()
    const byJava = fresh('java')
    await kafkaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', [
      ...['--bootstrap-server', brokers.join(','), '--topic', topic, '--from-beginning', '--max-messages', '12'],
      ...['--group', byJava, '--timeout-ms', '20000'],
    ])
    for (const group of [byHand, byKafkajs, byJava]) {
      const [kafkas, ours] = [await saidByKafka(brokers, group), await readOf(group)]
      expect(kafkas.size).toBeGreaterThan(0)
      for (const [key, [committed, end, lag]] of kafkas) {
        const one = ours.find(({ at }) => `${at.topic}-${at.partition}` === key)
        expect([key, String(one?.committed ?? '-'), String(one?.written)]).toEqual([key, committed, end])
        if (lag !== '-') expect([key, String(one?.records)]).toEqual([key, lag])
      }
    }
    const hand = await readOf(byHand)
    // Kafka's tool leaves out a partition that was never committed.
    expect(hand.map(({ at, committed, records }) => [at.partition, committed, records])).toEqual([
      [0, 10n, 20n],
      [1, 20n, 0n],
      [2, 0n, 5n],
      [3, undefined, 0n],
    ])
    expect(hand.map(({ nextMs }) => nextMs)).toEqual([nowMs - 590_000, undefined, nowMs - 9000, undefined])
  })

  test('markers of transactions are no lag, where Kafka says there is some for ever', async () => {
    const [topic, group] = [fresh('transactional'), fresh('group')]
    await operations.createTopic(topic, 1, { 'retention.ms': '-1' })
    await write(topic, times(3, Date.now() - 5000), 'exactly_once')
    await commit(group, topic, [3n])
    await expect
      .poll(async () => (await saidByKafka(brokers, group)).get(`${topic}-0`)?.[2], { timeout: 60_000 })
      .toBe('1')
    await expect
      .poll(() => readOf(group), { timeout: 30_000 })
      .toMatchObject([{ records: 0n, isExact: true, nextMs: undefined, end: 4n, written: 4n }])
  })

  test('what compaction took is no lag, and what retention took is not waited for', async () => {
    const [topic, group] = [fresh('compacted'), fresh('group')]
    const settings = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.0', 'segment.ms': '100' }
    await operations.createTopic(topic, 1, { ...settings, 'min.compaction.lag.ms': '0', 'delete.retention.ms': '0' })
    const nowMs = Date.now()
    const same = (n: number): readonly [number, number, string] => [0, nowMs - 60_000 + n, 'same']
    for (let n = 0; n < 8; n++) await write(topic, [same(n)])
    await new Promise((resolve) => setTimeout(resolve, 300))
    await write(topic, [[0, nowMs, 'another']])
    await commit(group, topic, [1n])
    // One of the key that was written over and over, and the other: seven offsets apart, two records.
    await expect
      .poll(async () => (await readOf(group)).map(({ records, nextMs }) => [records, nextMs]), {
        timeout: 60_000,
        interval: 500,
      })
      .toEqual([[2n, nowMs - 60_000 + 7]])
  })

  test('the command shows our nodes, never committed ones too, and with --all-groups those of others', async () => {
    const name = `l${randomUUID().slice(0, 8)}`
    const file = join(folder, 'lag.yaml')
    writeFileSync(
      file,
      `version: 1
name: ${name}
schemas: { directory: ${join(PROJECT_FOLDER, 'schemas/avro')} }
topics:
  documents.raw: { value: RawDocument, partitions: 2, retention: forever }
  registry.companies: { value: Company, partitions: 1, cleanup: compact }
  documents.parsed: { value: ParsedDocument, partitions: 2, retention: forever }
processors:
  parse: { from: documents.raw, tables: { companies: registry.companies }, to: documents.parsed }
`,
    )
    const env = { KAFKA_BROKERS: brokers.join(','), SCHEMA_REGISTRY_URL: registry.url }
    for (const topic of ['documents.raw', 'documents.parsed'])
      await operations.createTopic(`${name}.${topic}`, 2, { 'retention.ms': '-1' })
    await write(`${name}.documents.raw`, [...times(4, Date.now() - 120_000), ...times(2, Date.now() - 1000, 1)])
    await commit(`${name}.parse`, `${name}.documents.raw`, [1n])
    await commit(`${name}-foreign`, `${name}.documents.raw`, [4n, 2n])
    const ours = await stonks(['-t', file, 'lag', '--json', '--max-records', '2'], env)
    expect(ours.exitCode).toBe(1)
    const { data } = JSON.parse(ours.stdout) as { data: readonly Record<string, unknown>[] }
    expect(data).toMatchObject([
      { node: 'parse', task_id: 'parse_0', committed_offset: '1', lag_records: 3, lag_offsets: 3, status: 'ok' },
      { node: 'parse', task_id: 'parse_1', committed_offset: null, lag_records: 2, status: 'never' },
    ])
    expect(data[0]?.['behind_ms']).toBeGreaterThan(110_000)
    const all = await stonks(['-t', file, 'lag', '--group', `${name}-foreign`], env)
    expect(all.stdout).toMatch(new RegExp(`${name}-foreign_0 +${name}.documents.raw-0 +4 +4 +0`))
    expect(all.stdout).not.toContain('parse_0')
  })

  test('a topic of a thousand partitions, all behind', async () => {
    const [topic, group] = [fresh('wide'), fresh('group')]
    await operations.createTopic(topic, 1_000, { 'retention.ms': '-1' })
    const nowMs = Date.now()
    await write(
      topic,
      Array.from({ length: 2_000 }, (_, n) => [n % 1_000, nowMs - 10_000 + Math.floor(n / 1_000) * 1_000]),
    )
    await commit(
      group,
      topic,
      Array.from({ length: 1_000 }, (_, partition) => (partition % 2 === 0 ? 1n : 0n)),
    )
    const read = await readOf(group)
    expect(read).toHaveLength(1_000)
    const wrong = read.filter(({ at, records, isExact, nextMs }) => {
      const [left, ageMs] = at.partition % 2 === 0 ? [1n, 9_000] : [2n, 10_000]
      return records !== left || !isExact || nextMs !== nowMs - ageMs
    })
    expect(wrong).toEqual([])
  })

  test('a group that is not there is missing, and not one that keeps up', async () => {
    const env = { KAFKA_BROKERS: brokers.join(',') }
    const ended = await stonks(['lag', '--group', 'written.wrong', '--max-records', '0'], env)
    expect(ended).toMatchObject({ exitCode: 3, stdout: '' })
    expect(ended.stderr).toContain('there is no group written.wrong')
  })

  test('is a record for each partition every so often, and a row of the lake', async () => {
    const name = fresh('facts').replace('.', '-')
    const file = join(folder, `${name}.yaml`)
    writeFileSync(
      file,
      `version: 1
name: ${name}
schemas: { directory: ${join(PROJECT_FOLDER, 'schemas/avro')} }
topics:
  documents.raw: { value: RawDocument, partitions: 2 }
  registry.companies: { value: Company, partitions: 1, cleanup: compact }
  documents.parsed: { value: ParsedDocument, partitions: 1 }
  ops.lag: { value: ConsumerLag, partitions: 1 }
stores: { lag_measured: { type: kv } }
sources:
  lag: { to: ops.lag, state: lag_measured, with: { every: 1 } }
processors:
  parse: { from: documents.raw, tables: { companies: registry.companies }, to: documents.parsed }
sinks:
  lake: { from: ops.lag, to: parquet, batch: { records: 100, wait: 100ms } }
`,
    )
    const at = { SCHEMA_REGISTRY_URL: registry.url, DATABASE_URL: postgres.url, STONKS_DATA: join(folder, name) }
    const env = { KAFKA_BROKERS: brokers.join(','), ...at }
    expect((await stonks(['-t', file, 'apply'], env)).exitCode).toBe(0)
    await write(`${name}.documents.raw`, times(7, 1_000_000, 1))
    const running = startStonks(['-t', file, 'run', 'lag', 'lake'], env)
    await running.said(/running lag, lake/)
    const written = async (): Promise<bigint> => {
      const found = await operations.find([{ topic: `${name}.ops.lag`, partition: 0 }], 'stable')
      return found.get(`${name}.ops.lag-0`)?.offset ?? 0n
    }
    await expect.poll(written, { timeout: 30_000 }).toBeGreaterThan(9n)
    expect(await running.stop()).toMatchObject({ exitCode: 0 })
    const asked = 'select partition, max(lag_records) as most, any_value(status) as status from lag'
    const where = ` where node = 'parse' group by partition order by partition`
    const rows = await stonks(['--data', join(folder, name), 'sql', '--json', asked + where])
    expect(rows.stderr).toBe('')
    expect((JSON.parse(rows.stdout) as { data: unknown }).data).toMatchObject([
      { partition: 0, status: 'ok' },
      { partition: 1, status: 'never' },
    ])
    expect(rows.stdout).toContain('7')
  })
})
