// node bench/chain-on-kafka.ts [driver [instances [kill]]]: a recording through real Kafka, every node its own process, against the
// embedded run: how fast, and whether recommendations are the same, id for id. With `kill` one process dies on the way.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { openProcesses, type StonksProcess } from '../test/chain/processes.ts'
import { type Endpoints, freePort, openService, toEnvironment } from '../test/services/index.ts'

const PARTITIONED = ['parse', 'extract', 'aggregate', 'recommend']
const SINGLE = ['trade', 'broker', 'lake', 'read_model']
const PARTS = ['kafka', 'registry', 'postgres', 'minio'] as const
const [driver = 'wire', instances = '1', kill] = process.argv.slice(2)
const shared = resolve(process.env['STONKS_SHARED'] ?? join(import.meta.dirname, '..', '..', 'shared'))
const recording = resolve(process.env['STONKS_RECORDING'] ?? join(shared, 'data/recordings/stocknet-2015q3'))

const folder = mkdtempSync(join(tmpdir(), 'chain-bench-'))
// The embedded database runs as another user where the bench runs as root.
chmodSync(folder, 0o755)
const services = await Promise.all(PARTS.map((name) => openService(name)))
try {
  const endpoints = Object.fromEntries(services.map(({ name, endpoint }) => [name, endpoint])) as unknown as Endpoints
  const wanted = await embedded()
  const found = await onKafka(endpoints)
  // As `stonks start --json` makes it: over the sorted ids.
  const sha256 = createHash('sha256').update(found.ids.join('\n')).digest('hex')
  const same = sha256 === wanted.recommendations_sha256
  console.log(
    JSON.stringify({
      driver,
      instances: Number(instances),
      killed: kill ?? null,
      documents: wanted.documents,
      recommendations: found.ids.length,
      recommendations_as_embedded: same,
      orders: found.orders,
      seconds: Number(found.seconds.toFixed(1)),
      documents_per_second: Math.round(wanted.documents / found.seconds),
      cpu_seconds_of_ours: Math.round(found.cpuSeconds),
      cpu_seconds_of_kafka: Math.round(found.kafkaCpuSeconds),
    }),
  )
  process.exitCode = same ? 0 : 1
} finally {
  await Promise.all(services.map((service) => service.stop()))
  rmSync(folder, { recursive: true, force: true })
}

interface Wanted {
  readonly documents: number
  readonly recommendations_sha256: string
}

async function embedded(): Promise<Wanted> {
  const flags = ['--recording', recording, '--speed', 'max', '--exit', '--json']
  return JSON.parse(await openProcesses(folder, {}).run('embedded', ['start', ...flags])) as Wanted
}

interface Found {
  readonly ids: readonly string[]
  readonly orders: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly kafkaCpuSeconds: number
}

async function onKafka(endpoints: Endpoints): Promise<Found> {
  const processes = openProcesses(folder, {
    ...toEnvironment(endpoints),
    STONKS_DRIVER: driver,
    STONKS_RECORDING: recording,
    STONKS_SPEED: 'max',
    LOG_LEVEL: 'warn',
  })
  await processes.run('setup', ['migrate'])
  await processes.run('setup', ['seed'])
  const port = await freePort()
  const risk = processes.start('risk', ['serve', 'risk'], { PORT: String(port) })
  await processes.untilSaid(risk, / API at /)
  const start = async (node: string, instance: number): Promise<StonksProcess> => {
    const env = { RISK_URL: `http://127.0.0.1:${port}` }
    const started = processes.start(`${node}-${instance}`, ['run', node], env)
    await processes.untilSaid(started, /running /)
    return started
  }
  const database = new pg.Pool({ connectionString: endpoints.postgres.url, max: 1 })
  try {
    // The first one makes the topics.
    const running = [await start('parse', 0)]
    const rest = [...PARTITIONED, ...SINGLE].flatMap((node) =>
      Array.from({ length: PARTITIONED.includes(node) ? Number(instances) : 1 }, (_, i) => ({ node, i })),
    )
    running.push(...(await Promise.all(rest.slice(1).map(({ node, i }) => start(node, i)))))
    const cpuBefore = cpuOfAll(running)
    const kafkaBefore = cpuOfKafka()
    const startedMs = performance.now()
    const replay = processes.run('replay', ['run', 'replay', '--until-idle'])
    if (kill !== undefined) {
      await sleep(5_000)
      running[rest.findIndex(({ node }) => node === kill)]?.child.kill('SIGKILL')
    }
    await replay
    const lag = async (): Promise<number> => {
      const nodes = [...PARTITIONED, ...SINGLE].filter((node) => node !== 'lake')
      const rows = JSON.parse(await processes.run('lag', ['lag', '--json', ...nodes])) as {
        data: { lag_records: number }[]
      }
      return rows.data.reduce((sum, row) => sum + row.lag_records, 0)
    }
    while ((await lag()) > 0) await sleep(200)
    const seconds = (performance.now() - startedMs) / 1000
    const cpuSeconds = cpuOfAll(running) - cpuBefore
    const { rows } = await database.query<{ id: string }>(
      'select recommendation_id as id from recommendations order by 1',
    )
    const orders = await database.query<{ n: string }>('select count(*) as n from orders')
    return {
      ids: rows.map(({ id }) => id).sort(),
      orders: Number(orders.rows[0]?.n),
      seconds,
      cpuSeconds,
      kafkaCpuSeconds: cpuOfKafka() - kafkaBefore,
    }
  } finally {
    await processes.killAll()
    await database.end()
  }
}

/** User and system time so far, as the system accounts it. */
function cpuOf(pid: number): number {
  try {
    const time = execFileSync('ps', ['-o', 'cputimes=', '-p', String(pid)], { encoding: 'utf8' })
    return Number(time.trim())
  } catch {
    return 0
  }
}

function cpuOfAll(running: readonly StonksProcess[]): number {
  return running.reduce((sum, { child }) => sum + cpuOf(child.pid ?? 0), 0)
}

function cpuOfKafka(): number {
  const pids = execFileSync('pgrep', ['-f', 'kafka.Kafka'], { encoding: 'utf8' }).trim().split('\n')
  return pids.reduce((sum, pid) => sum + cpuOf(Number(pid)), 0)
}
