import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openProcesses, type StonksProcess, until } from './chain/processes.ts'
import { writeRecording } from './chain/write-recording.ts'
import {
  type Breakable,
  freePort,
  type RunningKafka,
  type RunningMinio,
  type RunningPostgres,
  type RunningRedis,
  type RunningRegistry,
  startKafka,
  startMinio,
  startPostgres,
  startRedis,
  startRegistry,
  toEnvironment,
} from './services/index.ts'
import { describeWith } from './services/require-service.ts'

const NODES = ['parse', 'extract', 'aggregate', 'recommend', 'trade', 'broker', 'lake', 'read_model', 'bridges']
const MINUTE_MS = 60_000
/** So slow that the replay is still under way when the stores are gone: half an hour of the recording in a minute. */
const SPEED = '30'
const PUSHED = 40

/** Every part a process of its own, so that it can be killed without hurting another test. */
describeWith(['kafka', 'registry', 'redis', 'postgres', 'minio'], 'the whole chain while its parts are gone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'outages-'))
  // The embedded database runs as another user where the tests run as root.
  chmodSync(folder, 0o755)
  const recording = join(folder, 'recording')
  const running = new Map<string, StonksProcess>()
  let kafka: RunningKafka
  let registry: RunningRegistry
  let redis: RunningRedis
  let postgres: RunningPostgres
  let minio: RunningMinio
  let processes: ReturnType<typeof openProcesses>
  let database: pg.Pool
  let query = ''
  let wanted: readonly string[] = []

  const parts = (): readonly Breakable[] => [kafka, registry, redis, postgres, minio]
  const column = async (sql: string): Promise<readonly string[]> =>
    (await database.query<{ one: string }>(sql)).rows.map(({ one }) => String(one))
  const ids = (table: string, id: string): Promise<readonly string[]> =>
    column(`select ${id} as one from ${table} order by 1`)
  const isReady = async (): Promise<number> => (await fetch(`${query}/health/ready`)).status
  const lagOf = async (...nodes: readonly string[]): Promise<number> => {
    const rows = JSON.parse(await processes.run('lag', ['lag', '--json', ...nodes])) as {
      data: { lag_records: number }[]
    }
    return rows.data.reduce((sum, row) => sum + row.lag_records, 0)
  }
  const serve = async (api: string): Promise<string> => {
    const port = await freePort()
    await processes.untilSaid(processes.start(api, ['serve', api], { PORT: String(port) }), / API at /)
    return `http://127.0.0.1:${port}`
  }
  const start = async (node: string, risk: string): Promise<void> => {
    const started = processes.start(node, ['run', node], { RISK_URL: risk })
    running.set(node, started)
    await processes.untilSaid(started, /running /)
  }
  const allAlive = (): void => {
    for (const [node, { child, said }] of running) expect(child.exitCode, `${node}: ${said()}`).toBeNull()
  }

  beforeAll(async () => {
    wanted = writeRecording(recording).documents.map((d) => d.document_id)
    const topology = join(folder, 'topology.yaml')
    writeFileSync(topology, fewPartitions())
    ;[kafka, registry, redis, postgres, minio] = await Promise.all([
      startKafka({ heapMb: 256 }),
      startRegistry(),
      startRedis({ appendOnly: true }),
      startPostgres({ durable: true }),
      startMinio(),
    ])
    processes = openProcesses(folder, {
      ...toEnvironment({ kafka, registry, redis, postgres, minio }),
      STONKS_TOPOLOGY: topology,
      STONKS_RECORDING: recording,
      STONKS_SPEED: SPEED,
      STONKS_BRIDGE_PARSING: 'in',
      STONKS_BRIDGE_RECOMMENDATION: 'out',
      LOG_LEVEL: 'warn',
    })
    database = new pg.Pool({ connectionString: postgres.url, max: 2 })
    database.on('error', () => {})
    await processes.run('setup', ['migrate'])
    await processes.run('setup', ['seed'])
    const [risk, queryUrl] = await Promise.all([serve('risk'), serve('query')])
    query = queryUrl
    await start('parse', risk)
    await Promise.all(NODES.slice(1).map((node) => start(node, risk)))
  })

  afterAll(async () => {
    await processes?.killAll()
    await database?.end().catch(() => undefined)
    await Promise.all(parts().map((part) => part?.stop()))
    rmSync(folder, { recursive: true, force: true })
  })

  test('Postgres, the object store, Redis and the registry may be gone for a minute', {
    timeout: 300_000,
  }, async () => {
    expect(await isReady()).toBe(200)
    const replay = processes.run('replay', ['run', 'replay', '--until-idle'])
    await until(
      () => ids('signals', 'signal_id'),
      (found) => found.length > 0,
    )
    const goneAtMs = performance.now()
    await postgres.kill()
    await until(
      () => lagOf('read_model'),
      (records) => records > 0,
    )
    expect(await isReady()).toBe(503)
    const others = [minio, redis, registry]
    await Promise.all(others.map((part) => part.kill()))
    await sleep(MINUTE_MS - (performance.now() - goneAtMs))
    allAlive()
    await Promise.all([postgres, ...others].map((part) => part.restart()))
    await replay
    await until(
      () => lagOf('aggregate', 'recommend', 'trade', 'broker', 'read_model', 'lake'),
      (records) => records === 0,
    )
    await until(isReady, (status) => status === 200)
    allAlive()

    const embedded = async (sql: string): Promise<readonly string[]> => {
      const asked = await local.run('embedded/recording', ['sql', '--json', '--rows', '100000', sql])
      return (JSON.parse(asked) as { data: { id: string }[] }).data.map(({ id }) => id)
    }
    const local = openProcesses(folder, {})
    await local.run('embedded', ['start', '--recording', recording, '--speed', 'max', '--exit', '--json'])
    expect(await ids('documents', 'document_id')).toEqual(wanted.toSorted())
    for (const [table, id] of [
      ['extractions', 'extraction_id'],
      ['signals', 'signal_id'],
      ['recommendations', 'recommendation_id'],
    ] as const) {
      expect(await ids(table, id), table).toEqual((await embedded(`select ${id} as id from ${table}`)).toSorted())
    }
    const [orders] = await column('select count(*) as one from orders')
    expect(await column('select count(distinct intent_id) as one from orders')).toEqual([orders])
    const old = new Redis(redis.url)
    const pushed = await old.lrange('stonks:queue:recommendation', 0, -1)
    await old.quit()
    const signalsPushed = pushed.map((item) => (JSON.parse(item) as { signal_id: string }).signal_id)
    expect(signalsPushed.toSorted()).toEqual(await ids('signals', 'signal_id'))
  })

  test('Kafka may be gone for a minute while older services push on', { timeout: 300_000 }, async () => {
    await kafka.kill()
    const old = new Redis(redis.url)
    const names = Array.from({ length: PUSHED }, (_, i) => `older-${String(i).padStart(2, '0')}`)
    await old.rpush('stonks:queue:parsing', ...names.map(olderItem))
    await sleep(MINUTE_MS)
    allAlive()
    await kafka.restart()
    const found = await until(
      () => column("select document_id as one from documents where document_id like 'older-%' order by 1"),
      (rows) => rows.length >= PUSHED,
    )
    expect(found).toEqual(names)
    await until(
      () => lagOf('parse', 'extract', 'read_model', 'lake'),
      (records) => records === 0,
    )
    expect(await old.llen('stonks:queue:parsing')).toBe(0)
    expect(await old.keys('stonks:queue:parsing:processing:*')).toEqual([])
    await old.quit()
    for (const { child } of running.values()) child.kill('SIGTERM')
    for (const [node, { ended, said }] of running) expect(await ended, `${node}: ${said()}`).toMatchObject({ code: 0 })
  })
})

/** As older services push it: what can be derived is left out. */
const olderItem = (id: string): string =>
  JSON.stringify({ document_id: id, source_id: 'older-service', source_type: 'wire', body: `Item ${id} of old.` })

const fewPartitions = (): string =>
  readFileSync(join(import.meta.dirname, '../topology/stonks.yaml'), 'utf8')
    .replace('partitions: 6', 'partitions: 2')
    .replace('../schemas/avro', join(import.meta.dirname, '../schemas/avro'))
