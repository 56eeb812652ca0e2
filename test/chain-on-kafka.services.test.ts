import { createHash } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { Kafka, logLevel } from 'kafkajs'
import { Client } from 'minio'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Lineage } from '../api/contract.ts'
import { type LogRecord, openLibrdkafkaDriver } from '../streams/index.ts'
import { openProcesses, type StonksProcess, until } from './chain/processes.ts'
import { writeRecording } from './chain/write-recording.ts'
import { freePort, toEnvironment } from './services/index.ts'
import { describeWith } from './services/require-service.ts'

/** A name of its own for topics, groups, lists, buckets and database: other tests use the same parts. */
const NAME = `chain${process.pid}`
const NODES = ['parse', 'extract', 'aggregate', 'recommend', 'trade', 'broker', 'lake', 'read_model'] as const
type NodeName = (typeof NODES)[number]

describeWith(
  ['kafka', 'registry', 'redis', 'postgres', 'minio'],
  'the whole chain on Kafka, a process each',
  (parts) => {
    const folder = mkdtempSync(join(tmpdir(), 'chain-'))
    // The embedded database runs as another user where the tests run as root.
    chmodSync(folder, 0o755)
    const recording = join(folder, 'recording')
    const topology = join(folder, 'topology.yaml')
    const rawBucket = `${NAME}-raw`
    const databaseUrl = Object.assign(new URL(parts.postgres.url), { pathname: `/${NAME}` }).href
    const list = (name: string): string => `${NAME}:queue:${name}`
    const topic = (name: string): string => `${NAME}.${name}`
    const local = openProcesses(folder, {})
    const processes = openProcesses(folder, {
      ...toEnvironment(parts),
      DATABASE_URL: databaseUrl,
      S3_BUCKET_RAW: rawBucket,
      LAKE_WAREHOUSE: `s3a://${NAME}-lake/warehouse`,
      STONKS_TOPOLOGY: topology,
      STONKS_RECORDING: recording,
      STONKS_SPEED: 'max',
      STONKS_BRIDGE_PARSING: 'in',
      STONKS_BRIDGE_RECOMMENDATION: 'out',
      LOG_LEVEL: 'warn',
    })
    const running = new Map<NodeName, StonksProcess>()
    const database = new pg.Pool({ connectionString: databaseUrl, max: 2 })
    database.on('error', () => {})
    const redis = new Redis(parts.redis.url, { lazyConnect: true })
    const producer = new Kafka({ brokers: [...parts.kafka.brokers], logLevel: logLevel.NOTHING }).producer()
    let wanted: readonly string[] = []
    let query = ''
    let risk = ''

    const column = async (sql: string): Promise<string[]> =>
      (await database.query<{ one: string }>(sql)).rows.map(({ one }) => String(one))
    const idsIn = (table: string, id: string): Promise<string[]> =>
      column(`select ${id} as one from ${table} order by 1`)
    const startNode = async (node: NodeName, env: Readonly<Record<string, string>> = {}): Promise<void> => {
      const started = processes.start(node, ['run', node], { RISK_URL: risk, ...env })
      running.set(node, started)
      await processes.untilSaid(started, /running /)
    }
    const nodeOf = (node: NodeName): StonksProcess => running.get(node) as StonksProcess
    const serve = async (api: string): Promise<string> => {
      const port = await freePort()
      await processes.untilSaid(processes.start(api, ['serve', api], { PORT: String(port) }), / API at /)
      return `http://127.0.0.1:${port}`
    }
    /** As older services push it: what can be derived is left out. */
    const olderItem = (id: string): string =>
      JSON.stringify({ document_id: id, source_id: 'older-service', source_type: 'wire', body: `Item ${id} of old.` })
    const untilParsed = (ids: readonly string[]): Promise<unknown> =>
      until(
        () => idsIn('documents', 'document_id'),
        (found) => ids.every((id) => found.includes(id)),
      )

    beforeAll(async () => {
      wanted = writeRecording(recording)
        .documents.map((d) => d.document_id)
        .sort()
      writeFileSync(topology, topologyNamed(NAME))
      await createDatabase(parts.postgres.url, NAME)
      await Promise.all([redis.connect(), producer.connect(), processes.run('setup', ['migrate'])])
      await processes.run('setup', ['seed'])
      const apis = await Promise.all([serve('risk'), serve('query')])
      risk = apis[0] as string
      query = apis[1] as string
      // The first one makes the topics.
      await startNode('parse')
      await Promise.all(NODES.slice(1).map((node) => startNode(node)))
    })

    afterAll(async () => {
      await Promise.all([processes.killAll(), local.killAll()])
      await Promise.allSettled([redis.quit(), producer.disconnect(), database.end()])
      rmSync(folder, { recursive: true, force: true })
    })

    test('every document comes through once with the ids of an embedded run, though trade is killed on the way', async () => {
      const replayed = processes.run('replay', ['run', 'replay', '--until-idle'])
      await until(
        () => idsIn('signals', 'signal_id'),
        (ids) => ids.length > 0,
      )
      nodeOf('trade').child.kill('SIGKILL')
      await nodeOf('trade').ended
      await startNode('trade')
      await replayed
      const embedded = async (name: string): Promise<BatchResult> =>
        JSON.parse(
          await local.run(name, ['start', '--recording', recording, '--speed', 'max', '--exit', '--json']),
        ) as BatchResult
      const [one, two] = await Promise.all([embedded('one'), embedded('two')])
      expect(one.orders).toBeGreaterThan(0)
      expect([two.recommendations_sha256, two.orders_sha256]).toEqual([one.recommendations_sha256, one.orders_sha256])

      for (const [table, id] of [
        ['extractions', 'extraction_id'],
        ['recommendations', 'recommendation_id'],
      ] as const) {
        const asked = await local.run('one/recording', [
          'sql',
          '--json',
          '--rows',
          '100000',
          `select ${id} as id from ${table}`,
        ])
        const wantedIds = (JSON.parse(asked) as { data: { id: string }[] }).data.map((row) => row.id).sort()
        await until(
          () => idsIn(table, id),
          (ids) => ids.length >= wantedIds.length,
        )
        expect(await idsIn(table, id), table).toEqual(wantedIds)
      }
      expect(await idsIn('documents', 'document_id')).toEqual(wanted)
      for (const name of ['documents.raw', 'documents.parsed']) {
        const keys = (await recordsOf(parts.kafka.brokers, topic(name), 2)).map((r) =>
          Buffer.from(r.key ?? []).toString(),
        )
        expect(keys.sort(), name).toEqual(wanted)
      }
    })

    test('an order goes out once for each intent, and is explained down to the bytes in the object store', async () => {
      await untilDone(() => lagOf(['aggregate', 'recommend', 'trade', 'broker', 'read_model']))
      const orders = await idsIn('orders', 'client_order_id')
      expect(orders.length).toBeGreaterThan(0)
      expect(await column('select count(distinct intent_id) as one from orders')).toEqual([String(orders.length)])
      expect(await recordsOf(parts.kafka.brokers, topic('orders'), 1)).toHaveLength(orders.length)
      for (const id of orders) {
        const lineage = (await (await fetch(`${query}/v1/lineage/${id}`)).json()) as Lineage
        expect(lineage.verdict?.verdict_id).toBe(lineage.order.verdict_id)
        expect(lineage.order.client_order_id).toBe(id)
        expect(lineage.recommendation?.signal_id).toBe(lineage.signal?.signal_id)
        expect(lineage.evidence.length).toBeGreaterThan(0)
        for (const { document, extraction, quote_found } of lineage.evidence) {
          expect([extraction?.document_id, quote_found]).toEqual([document?.document_id, true])
          const bytes = await objectOf(parts.minio, rawBucket, document?.object_key ?? '')
          expect(createHash('sha256').update(bytes).digest('hex')).toBe(document?.raw_sha256)
        }
      }
    })

    test('an item that an older service pushes becomes a document; one that cannot be read is put aside with the reason', async () => {
      const bridges = processes.start('bridges', ['run', 'bridges'])
      await processes.untilSaid(bridges, /running /)
      await redis.rpush(list('parsing'), olderItem('older-1'), '{"document_id": ', olderItem('older-1'))
      await untilParsed(['older-1'])
      const [, dead] = (await redis.blpop(`${list('parsing')}:dead`, 0)) as [string, string]
      expect(JSON.parse(dead)).toMatchObject({ item: '{"document_id": ', reason: expect.stringMatching(/not JSON/) })
      const [, signal] = (await redis.blpop(list('recommendation'), 0)) as [string, string]
      expect(Object.keys(JSON.parse(signal))).toEqual(
        expect.arrayContaining(['signal_id', 'symbol', 'as_of', 'direction']),
      )
      expect(await idsIn('signals', 'signal_id')).toContain(JSON.parse(signal).signal_id)
    })

    test('bytes that are no record go to the dead letters and what comes behind them goes on', async () => {
      const unknownSchema = Buffer.from([0, 0, 0x7f, 0xff, 0xff, 1, 2, 3])
      const messages = ['not Avro at all', unknownSchema].map((value) => ({ key: 'poison', value, partition: 0 }))
      await producer.send({ topic: topic('documents.raw'), messages })
      const behind = Array.from({ length: 6 }, (_, i) => `behind-${i}`)
      await redis.rpush(list('parsing'), ...behind.map(olderItem))
      await untilParsed(behind)
      expect(
        await column("select distinct _partition as one from documents where document_id like 'behind-%'"),
      ).toContain('0')
      const letters = await until(
        () => recordsOf(parts.kafka.brokers, topic('parse.dlq'), 1),
        (found) => found.length >= 2,
      )
      expect(letters.map((letter) => Buffer.from(letter.value ?? []))).toEqual([
        Buffer.from('not Avro at all'),
        unknownSchema,
      ])
      for (const { headers } of letters) {
        expect(headers).toMatchObject({
          'dlq.node': 'parse',
          'dlq.topic': topic('documents.raw'),
          'dlq.partition': '0',
        })
        expect(headers['dlq.error.message']).toBeTruthy()
      }
    })

    test('the client in plain JavaScript goes on where the native one was stopped', async () => {
      nodeOf('parse').child.kill('SIGTERM')
      expect(await nodeOf('parse').ended).toEqual({ code: 0, signal: null })
      await startNode('parse', { STONKS_DRIVER: 'kafkajs' })
      await redis.rpush(list('parsing'), olderItem('older-2'))
      await untilParsed(['older-2'])
    })

    test('a process that is asked to end finishes what is in hand and ends well', async () => {
      for (const { child } of running.values()) child.kill('SIGTERM')
      for (const [node, started] of running) {
        expect(await started.ended, `${node}: ${started.said()}`).toEqual({ code: 0, signal: null })
        expect(started.said()).not.toMatch(/not drained in time/)
      }
    })
    /** Records that these nodes have not read yet. */
    async function lagOf(nodes: readonly string[]): Promise<number> {
      const rows = JSON.parse(await processes.run('lag', ['lag', '--json', ...nodes])) as {
        data: { lag_records: number }[]
      }
      return rows.data.reduce((sum, row) => sum + row.lag_records, 0)
    }
  },
)

type BatchResult = Readonly<Record<'recommendations_sha256' | 'orders_sha256', string>> & { readonly orders: number }

const untilDone = (lag: () => Promise<number>): Promise<number> => until(lag, (records) => records === 0)

async function createDatabase(url: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
}

/** All committed records of a topic; it has ended when nothing more comes for a while. */
async function recordsOf(brokers: readonly string[], name: string, partitions: number): Promise<readonly LogRecord[]> {
  const driver = await openLibrdkafkaDriver({ brokers, clientId: 'test' })
  const from = Array.from({ length: partitions }, (_, partition) => ({
    at: { topic: name, partition },
    offset: 'earliest' as const,
  }))
  const reader = await driver.reader(from)
  const found: LogRecord[] = []
  for (;;) {
    const records = await reader.poll(1_000, 1_000)
    if (records.length === 0) break
    found.push(...records.filter(({ headers }) => headers['streams.watermark'] === undefined))
  }
  await reader.close()
  await driver.close()
  return found
}

async function objectOf(
  {
    endpoint,
    accessKey,
    secretKey,
  }: { readonly endpoint: string; readonly accessKey: string; readonly secretKey: string },
  bucket: string,
  key: string,
): Promise<Buffer> {
  const { hostname, port } = new URL(endpoint)
  const client = new Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey, secretKey })
  const chunks: Buffer[] = []
  for await (const chunk of await client.getObject(bucket, key)) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** The project's own topology under another name, with few partitions and lists of that name. */
function topologyNamed(name: string): string {
  const own = join(import.meta.dirname, '../topology/stonks.yaml')
  return readFileSync(own, 'utf8')
    .replace('name: stonks', `name: ${name}`)
    .replace('partitions: 6', 'partitions: 2')
    .replace('../schemas/avro', join(import.meta.dirname, '../schemas/avro'))
    .replaceAll('stonks:queue:', `${name}:queue:`)
}
