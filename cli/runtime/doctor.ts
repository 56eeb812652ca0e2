import { mkdirSync, statfsSync } from 'node:fs'
import { createConnection } from 'node:net'
import { parseRedisUrl } from '../../connectors/index.ts'
import { silentLogger } from '../../streams/index.ts'
import type { Settings } from '../settings.ts'
import { checkFile } from './load-topology.ts'
import { openDriver } from './parts.ts'
import { findRunning } from './running.ts'

export interface Finding {
  readonly what: string
  readonly ok: boolean
  readonly found: string
  readonly help: string
}

const CONNECT_MS = 3_000
const FREE_BYTES_MIN = 1e9

/** Looks at everything the settings name. Never throws: what fails is a finding with its help. */
export async function examine(settings: Settings): Promise<readonly Finding[]> {
  return [
    finding(
      'node',
      Number(process.versions.node.split('.')[0]) >= 24,
      process.versions.node,
      'start it by npm, which brings Node 24',
    ),
    topology(settings),
    dataFolder(settings),
    await log(settings),
    ...(await Promise.all(endpoints(settings).map(([what, url, help]) => endpoint(what, url, help)))),
  ]
}

const finding = (what: string, ok: boolean, found: string, help: string): Finding => ({
  what,
  ok,
  found,
  help: ok ? '' : help,
})

function topology(settings: Settings): Finding {
  try {
    const result = checkFile(settings.topologyFile, settings)
    const errors = result.diagnostics.filter((d) => d.severity === 'error').length
    return finding('topology', result.ok, result.ok ? settings.topologyFile : `${errors} mistakes`, 'stonks validate')
  } catch (error) {
    return finding('topology', false, (error as Error).message, 'name one with --topology')
  }
}

function dataFolder(settings: Settings): Finding {
  try {
    mkdirSync(settings.dataFolder, { recursive: true })
    const { bavail, bsize } = statfsSync(settings.dataFolder)
    const free = bavail * bsize
    const running = findRunning(settings.dataFolder)
    const found = `${settings.dataFolder}, ${(free / 1e9).toFixed(1)} GB free${running ? `, in use by process ${running.pid}` : ''}`
    return finding('data folder', free > FREE_BYTES_MIN, found, 'needs 1 GB free')
  } catch (error) {
    return finding('data folder', false, (error as Error).message, 'name one that can be written with --data')
  }
}

async function log(settings: Settings): Promise<Finding> {
  if (settings.driver === 'embedded') return finding('log', true, 'embedded', '')
  try {
    const driver = await openDriver(settings, silentLogger)
    try {
      const admin = await driver.admin()
      const topics = await admin.listTopics()
      await admin.close()
      return finding(
        'log',
        true,
        `${settings.driver} at ${settings.kafkaBrokers.join(',')}, ${topics.length} topics`,
        '',
      )
    } finally {
      await driver.close()
    }
  } catch (error) {
    return finding('log', false, (error as Error).message, 'is KAFKA_BROKERS right, and is the broker up?')
  }
}

function endpoints(settings: Settings): readonly (readonly [string, string, string])[] {
  const all: readonly (readonly [string, string | undefined, string])[] = [
    ['schema registry', settings.schemaRegistryUrl, 'SCHEMA_REGISTRY_URL'],
    ['PostgreSQL', settings.databaseUrl, 'DATABASE_URL'],
    ['Redis', settings.redisUrl, 'REDIS_URL'],
    ['object store', settings.s3?.endpoint, 'MINIO_ENDPOINT'],
    ['Ollama', settings.ollamaUrl, 'OLLAMA_URL'],
    ['risk engine', settings.riskUrl, 'RISK_URL'],
  ]
  return all.flatMap(([what, url, setting]) =>
    url ? [[what, url, `is ${setting} right, and is it up?`] as const] : [],
  )
}

const PORTS: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'postgres:': 5432,
  'postgresql:': 5432,
}

/** Of several hosts the first. */
function placeOf(address: string): { readonly host: string; readonly port: number } {
  if (address.startsWith('redis')) return parseRedisUrl(address).hosts[0] as { host: string; port: number }
  const { hostname, port, protocol } = new URL(address)
  return { host: hostname, port: Number(port) || PORTS[protocol] || 0 }
}

function endpoint(what: string, address: string, help: string): Promise<Finding> {
  const { host, port } = placeOf(address)
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, timeout: CONNECT_MS })
    const end = (ok: boolean, found: string): void => {
      socket.destroy()
      resolve(finding(what, ok, found, help))
    }
    socket.on('connect', () => end(true, `${host}:${port} answers`))
    socket.on('timeout', () => end(false, `${host}:${port} does not answer`))
    socket.on('error', (error) => end(false, `${host}:${port}: ${error.message}`))
  })
}
