import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cacheFolder, freshRunFolder, mustMatch, removeFolder, root, sha256OfFile } from './cache.ts'
import { run } from './command.ts'
import type { Endpoints } from './endpoints.ts'
import { installJava, javaOf } from './java.ts'
import { freePort, launch } from './launch.ts'
import type { Part } from './part.ts'
import type { Breakable } from './running.ts'

const TRINO_VERSION = '476'
const ARCHIVE_SHA256 = 'cfd5accde17e8ebd251eeeb78aed1f490e77bb3a164d95a0f454bf8a7c1cbd3f'
const JAVA = 24
const JAVA_INSTALLED = 25
const folder = join(cacheFolder, 'trino', TRINO_VERSION)

const PLUGINS = ['hive', 'iceberg']
/** Hard links of the plugins above lead into these, so the archive gives them up only together. */
const LINKED = ['bigquery', 'cassandra', 'clickhouse', 'delta-lake', 'hudi']

export const trinoPart: Part = {
  name: 'trino',
  version: TRINO_VERSION,
  fingerprint: `${ARCHIVE_SHA256} ${PLUGINS.join(' ')}`,
  tools: ['mvn', 'tar'],
  files: () => [join(folder, 'lib'), ...PLUGINS.map((name) => join(folder, 'plugin', name))],
  install: installTrino,
  otherwise: 'set TRINO_URL to a Trino with the catalogs of helm/stonks-oracle/files/trino',
}

async function installTrino(): Promise<void> {
  await installJava(JAVA_INSTALLED)
  const work = `${folder}.partial`
  removeFolder(work)
  mkdirSync(work, { recursive: true })
  const artifact = `io.trino:trino-server:${TRINO_VERSION}:tar.gz`
  await run('mvn', ['-B', '-q', 'dependency:copy', `-Dartifact=${artifact}`, '-DoutputDirectory=.'], { cwd: work })
  const archive = `trino-server-${TRINO_VERSION}.tar.gz`
  mustMatch(archive, await sha256OfFile(join(work, archive)), ARCHIVE_SHA256)
  const top = `trino-server-${TRINO_VERSION}`
  const wanted = ['bin', 'lib', ...[...PLUGINS, ...LINKED].map((name) => `plugin/${name}`)]
  await run('tar', ['xzf', archive, ...wanted.map((name) => `${top}/${name}`)], { cwd: work })
  for (const name of LINKED) removeFolder(join(work, top, 'plugin', name))
  removeFolder(folder)
  renameSync(join(work, top), folder)
  removeFolder(work)
}

const EXPIRE_AT_ONCE = 'iceberg.expire-snapshots.min-retention=0s\niceberg.remove-orphan-files.min-retention=0s'

export interface TrinoOptions {
  readonly hiveUri: string
  readonly minio: Endpoints['minio']
  readonly heapMb?: number
}

export interface RunningTrino extends Breakable {
  /** `http://host:port` */
  readonly url: string
}

/** Starts one server with the catalogs of the chart, `helm/stonks-oracle/files/trino`; other port, less memory. */
export async function startTrino({ hiveUri, minio, heapMb = 1024 }: TrinoOptions): Promise<RunningTrino> {
  const port = await freePort()
  const run_ = freshRunFolder('trino')
  const url = `http://127.0.0.1:${port}`
  const etc = join(run_, 'etc')
  cpSync(join(root, 'helm/stonks-oracle/files/trino'), etc, { recursive: true })
  const edit = (name: string, change: (text: string) => string): void =>
    writeFileSync(join(etc, name), change(readFileSync(join(etc, name), 'utf8')))
  edit('config.properties', (text) =>
    text
      .replaceAll('8080', String(port))
      .replace(/^query\.max-memory-per-node=.*/m, `query.max-memory-per-node=${heapMb / 2}MB`),
  )
  edit('node.properties', (text) => {
    const own = ['node.bind-ip=127.0.0.1', 'node.internal-address=127.0.0.1']
    return [text.trim().replace('/data/trino', join(run_, 'data')), ...own, ''].join('\n')
  })
  // Tests cannot wait for a day to see what an expiry leaves.
  edit('catalog/iceberg.properties', (text) => `${text}\n${EXPIRE_AT_ONCE}\n`)
  // The best compiler costs more than the few queries of a test give back.
  const small = `-server\n-Xmx${heapMb}m\n-XX:TieredStopAtLevel=1\n`
  edit('jvm.config', (text) => text.replace(/^-XX:(Initial|Max)RAMPercentage.*\n/gm, '').replace('-server\n', small))
  const java = javaOf(JAVA)
  const trino = await launch({
    name: 'trino',
    command: join(folder, 'bin', 'launcher'),
    args: ['run', '--etc-dir', etc],
    folder: run_,
    env: {
      ...process.env,
      JAVA_HOME: dirname(dirname(java)),
      PATH: `${dirname(java)}:${process.env['PATH'] ?? ''}`,
      HIVE_METASTORE_URI: hiveUri,
      MINIO_ENDPOINT: minio.endpoint,
      MINIO_ACCESS_KEY: minio.accessKey,
      MINIO_SECRET_KEY: minio.secretKey,
      S3_REGION: 'us-east-1',
    },
    ready: async () => {
      const info = (await (await fetch(`${url}/v1/info`)).json()) as { starting: boolean }
      return !info.starting
    },
    readyTimeoutMs: 180_000,
  })
  return Object.assign(trino, { url })
}
