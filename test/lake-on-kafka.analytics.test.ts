import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { openTrino } from '../connectors/lake/trino/open-trino.ts'
import { openTableObjects } from '../connectors/objects/table-objects.ts'
import { decimal, loadAvroSchemas, openAvroSerde, openConfluentRegistry } from '../schemas/index.ts'
import { type LogAdmin, type LogDriver, openWireDriver, type ProducerRecord, systemClock } from '../streams/index.ts'
import { openProcesses } from './chain/processes.ts'
import { toEnvironment } from './services/index.ts'
import { lakehouseEnvironment } from './services/lakehouse.ts'
import { describeWithLakehouse } from './services/require-lakehouse.ts'

/** Topics, groups and tables of its own: other tests use the same parts. */
const NAME = `lake${process.pid}`
const PARTITIONS = 6
const JULY_MS = Date.UTC(2015, 6, 1)
const HOUR_MS = 3_600_000
const BARS = `${NAME}.market.bars`
const ROWS = `${NAME}.lake.publish`

describeWithLakehouse('stonks run lake', (plane) => {
  const parts = inject('services')
  const folder = mkdtempSync(join(tmpdir(), 'lake-'))
  chmodSync(folder, 0o755)
  const topology = join(folder, 'topology.yaml')
  const processes = openProcesses(folder, {
    ...toEnvironment(parts),
    ...lakehouseEnvironment(plane),
    LAKE_DATABASE: NAME,
    STONKS_TOPOLOGY: topology,
    STONKS_RETENTION: 'forever',
    LOG_LEVEL: 'warn',
  })
  const brokers = [...(parts.kafka?.brokers ?? [])]
  const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin()
  const trino = openTrino({ url: plane.trinoUrl })
  let driver: LogDriver
  let admin: LogAdmin

  beforeAll(async () => {
    const text = readFileSync('topology/stonks.yaml', 'utf8').replace(/^name: stonks$/m, `name: ${NAME}`)
    writeFileSync(topology, text.replace('../schemas/avro', join(process.cwd(), 'schemas/avro')))
    driver = await openWireDriver({ brokers, clientId: NAME })
    admin = await driver.admin()
    await kafka.connect()
    await processes.run('first', ['run', 'lake', '--until-idle'])
  })
  afterAll(async () => {
    await processes.killAll()
    await kafka.disconnect()
    await driver?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const run = (): Promise<string> => processes.run('lake', ['run', 'lake', '--until-idle'])

  /** Runs the sink until the table has so many rows, and a while longer: by the group's offsets it may be done at once. */
  async function runUntil(table: string, count: number): Promise<void> {
    const sink = processes.start('lake', ['run', 'lake'], { STONKS_LAKE_WAIT: '200ms' })
    await processes.untilSaid(sink, /running lake/)
    await expect.poll(async () => (await counts(table))[0], { timeout: 60_000, interval: 500 }).toEqual([count, 0])
    await sleep(3_000)
    sink.child.kill('SIGTERM')
    expect(await sink.ended).toMatchObject({ code: 0 })
  }

  async function produce(topic: string, schema: string, values: readonly unknown[]): Promise<void> {
    const registry = openConfluentRegistry(parts.registry?.url ?? '', 'FULL_TRANSITIVE')
    const record = loadAvroSchemas().get(schema)
    if (!record) throw new Error(`no schema ${schema}`)
    const serde = await openAvroSerde(`${topic}-value`, record, registry)
    const producer = await driver.producer({ guarantee: 'exactly_once', transactionalId: `${NAME}.test` })
    const outputs = values.map(
      (value, i): ProducerRecord => ({
        topic,
        partition: i % PARTITIONS,
        timestampMs: JULY_MS + i * HOUR_MS,
        key: Buffer.from(`k${i}`),
        value: serde.serialize(value),
        headers: {},
      }),
    )
    await producer.commit({ outputs, consumer: undefined, groupId: '', offsets: new Map() })
    await producer.close()
  }

  const rows = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ row_id: `r${i}`, table: 't', row: '{}', emitted_at: JULY_MS + i }))
  const bars = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      ...{ symbol: ['ACME', 'INIT', 'ZORG'][i % 3], timespan: 'day', source_id: 'test', simulated: true },
      ...{ start_at: JULY_MS + i * HOUR_MS, end_at: JULY_MS + (i + 1) * HOUR_MS },
      ...{
        open: decimal('0.00000001'),
        high: decimal('999999999999.99999999'),
        low: decimal('-999999999999.99999999'),
      },
      ...{ close: decimal(String(i)), adjusted_close: null, volume: decimal('1000000'), vwap: decimal('1.5') },
    }))

  /** Rows, and how many of them there are twice, by catalog. */
  async function counts(table: string): Promise<readonly unknown[]> {
    const sql = (catalog: string) =>
      `SELECT count(*), count(*) - count(DISTINCT (_topic, _partition, _offset)) FROM ${catalog}.${NAME}.${table}`
    return [...(await trino.query(sql('iceberg'))).rows, ...(await trino.query(sql('lakehouse'))).rows]
  }

  test('every record is in the table once, exact to the last digit, as both catalogs see it', async () => {
    await produce(ROWS, 'LakeRow', rows(500))
    await produce(BARS, 'Bar', bars(300))
    await run()
    expect(await counts('lake_rows')).toEqual([
      [500, 0],
      [500, 0],
    ])
    expect(await counts('bars')).toEqual([
      [300, 0],
      [300, 0],
    ])
    const { rows: sums } = await trino.query(
      `SELECT min(low), max(high), min(open), sum(close), count(adjusted_close), max(end_at) FROM iceberg.${NAME}.bars`,
    )
    expect(sums).toEqual([
      [
        '-999999999999.99999999',
        '999999999999.99999999',
        '0.00000001',
        '44850.00000000',
        0,
        '2015-07-13 12:00:00.000000 UTC',
      ],
    ])
  })

  test('the table says where to go on, whatever the group has committed', async () => {
    const groupId = `${NAME}.lake`
    await produce(ROWS, 'LakeRow', rows(120))
    // Ahead of the table: trusting the group would lose what lies between.
    await kafka.setOffsets({ groupId, topic: ROWS, partitions: await offsetsOf(ROWS, 'high') })
    await runUntil('lake_rows', 620)
    expect(await counts('lake_rows')).toEqual([
      [620, 0],
      [620, 0],
    ])
    // Behind it: trusting the group would double what is there.
    await kafka.setOffsets({ groupId, topic: ROWS, partitions: await offsetsOf(ROWS, 'low') })
    await runUntil('lake_rows', 620)
    expect(await counts('lake_rows')).toEqual([
      [620, 0],
      [620, 0],
    ])
  })

  test('a table that was rolled back is filled again', async () => {
    const { rows: snapshots } = await trino.query(
      `SELECT snapshot_id FROM iceberg.${NAME}."lake_rows$snapshots" ORDER BY committed_at`,
    )
    await trino.query(`ALTER TABLE iceberg.${NAME}.lake_rows EXECUTE rollback_to_snapshot(${snapshots[0]?.[0]})`)
    expect((await counts('lake_rows'))[0]).not.toEqual([620, 0])
    await runUntil('lake_rows', 620)
    expect(await counts('lake_rows')).toEqual([
      [620, 0],
      [620, 0],
    ])
  })

  test('compaction and expiry leave the offsets alone', async () => {
    const table = `iceberg.${NAME}.lake_rows`
    await trino.query(`ALTER TABLE ${table} EXECUTE optimize`)
    await trino.query(`ALTER TABLE ${table} EXECUTE optimize_manifests`)
    await trino.query(`ALTER TABLE ${table} EXECUTE expire_snapshots(retention_threshold => '0s')`)
    await runUntil('lake_rows', 620)
    expect(await counts('lake_rows')).toEqual([
      [620, 0],
      [620, 0],
    ])
    await produce(ROWS, 'LakeRow', rows(60))
    await run()
    expect(await counts('lake_rows')).toEqual([
      [680, 0],
      [680, 0],
    ])
  })

  test('stonks lake tells what there is, verifies it, keeps it in order, and finds a file that is gone', async () => {
    const lake = async <Row>(...args: readonly string[]) =>
      (JSON.parse(await processes.run('lake', ['lake', ...args, '--json'])) as { data: readonly Row[] }).data
    // Each partition has a marker of the two transactions before its last records: offsets that are no records.
    const status = await lake<{ table: string; rows: string; offsets: Record<string, string> }>('status')
    expect(status.find((one) => one.table === 'lake_rows')).toMatchObject({
      rows: '680',
      offsets: { 0: '116', 5: '115' },
    })
    const verified = await lake<{ table: string; exact: boolean; catalogs: readonly object[] }>('verify')
    expect(verified.filter((one) => !one.exact)).toEqual([])
    expect(verified.find((one) => one.table === 'bars')?.catalogs).toEqual(
      ['iceberg', 'lakehouse'].map((catalog) => ({
        ...{ catalog, rows: '300', distinct_offsets: '300', absent_offsets: '0' },
      })),
    )
    await processes.run('lake', ['lake', 'maintain', '--snapshots', '0s', '--orphans', '7d'])
    expect(await counts('lake_rows')).toEqual(Array(2).fill([680, 0]))
    const { rows: files } = await trino.query(`SELECT file_path FROM iceberg.${NAME}."bars$files" LIMIT 1`)
    const gone = String(files[0]?.[0])
    const objects = await openTableObjects({
      ...plane.minio,
      bucket: new URL(plane.warehouse).hostname,
      clock: systemClock,
    })
    await objects.remove([gone])
    const check = processes.start('lake', ['lake', 'verify'])
    expect((await check.ended).code).not.toBe(0)
    expect(check.said()).toContain(gone)
  })

  async function offsetsOf(topic: string, end: 'low' | 'high'): Promise<{ partition: number; offset: string }[]> {
    const offsets = end === 'high' ? await admin.endOffsets(topic) : await admin.startOffsets(topic)
    return offsets.map((offset, partition) => ({ partition, offset: String(offset) }))
  }
})
