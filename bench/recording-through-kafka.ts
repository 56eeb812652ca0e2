import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startKafka, startMinio, startPostgres, startRegistry } from '../test/services/index.ts'

const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url))
const PROCESSORS = ['parse', 'extract', 'aggregate', 'recommend', 'trade', 'broker', 'lake', 'read_model']
const RISK_PORT = 18_111
const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** A recording through Kafka, one process a node, exactly once; until no node has anything left. */
export async function recordingThroughKafka(
  recording: string,
): Promise<{ what: string; target: string; measured: string; met: boolean }> {
  const folder = mkdtempSync(join(tmpdir(), 'stonks-bench-kafka-'))
  chmodSync(folder, 0o755)
  const [kafka, registry, postgres, minio] = await Promise.all([
    startKafka(),
    startRegistry(),
    startPostgres(),
    startMinio(),
  ])
  const env = {
    ...process.env,
    KAFKA_BROKERS: kafka.brokers.join(','),
    SCHEMA_REGISTRY_URL: registry.url,
    DATABASE_URL: postgres.url,
    S3_ENDPOINT: minio.endpoint,
    S3_ACCESS_KEY: minio.accessKey,
    S3_SECRET_KEY: minio.secretKey,
    RISK_URL: `http://127.0.0.1:${RISK_PORT}`,
    STONKS_RECORDING: recording,
    STONKS_SPEED: 'max',
    LOG_LEVEL: 'warn',
  }
  const children: ChildProcess[] = []
  const stonks = (name: string, args: readonly string[], more: Record<string, string> = {}): ChildProcess => {
    const child = spawn(process.execPath, [main, '--data', join(folder, name), ...args], {
      env: { ...env, ...more },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    children.push(child)
    return child
  }
  const ended = (child: ChildProcess): Promise<unknown> => new Promise((done) => child.once('exit', done))
  try {
    await ended(stonks('migrate', ['migrate']))
    await ended(stonks('migrate', ['seed']))
    stonks('risk', ['serve', 'risk'], { PORT: String(RISK_PORT) })
    for (const name of PROCESSORS) stonks(name, ['run', name])
    await sleep(20_000)
    const startedMs = performance.now()
    stonks('replay', ['run', 'replay'])
    const documents = await untilDone(() => lagOf(stonks('lag', ['lag', '--json'])))
    const seconds = (performance.now() - startedMs) / 1000
    const rate = documents / seconds
    return {
      what: 'recording through Kafka, a process a node, exactly once',
      target: '≥ 1,000 documents/s',
      measured: `${rate.toFixed(0)} documents/s`,
      met: rate >= 1_000,
    }
  } finally {
    for (const child of children) child.kill('SIGKILL')
    await Promise.all([kafka, registry, postgres, minio].map((service) => service.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
}

interface LagRow {
  readonly task_id: string
  readonly topic: string
  readonly end_offset: string
  readonly lag_records: number
}

async function lagOf(child: ChildProcess): Promise<readonly LagRow[]> {
  let text = ''
  for await (const chunk of child.stdout ?? []) text += chunk
  try {
    return (JSON.parse(text) as { data: readonly LagRow[] }).data
  } catch {
    return []
  }
}

/** Waits until records have come and nothing is behind, twice in a row; gives how many documents were parsed. */
async function untilDone(ask: () => Promise<readonly LagRow[]>): Promise<number> {
  for (let still = 0, last = -1; ; ) {
    const rows = await ask()
    const parsed = rows
      .filter((row) => row.task_id.startsWith('parse'))
      .reduce((sum, row) => sum + Number(row.end_offset), 0)
    const behind = rows.reduce((sum, row) => sum + row.lag_records, 0)
    still = rows.length > 0 && parsed > 0 && parsed === last && behind <= rows.length ? still + 1 : 0
    last = parsed
    if (still >= 2) return parsed
    await sleep(1_000)
  }
}
