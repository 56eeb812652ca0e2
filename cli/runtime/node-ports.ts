import { markPublished, type OutboxEntry, takeOutbox } from '../../api/app.ts'
import {
  bridgeTopicOf,
  type Database,
  type Lake,
  type ObjectStore,
  openAskModel,
  openCompleteItem,
  openFetchJob,
  openPoliteFetch,
  openRedis,
  openRiskClient,
  type Recording,
  type RedisClient,
  type SourceDefinition,
} from '../../connectors/index.ts'
import { companyOf } from '../../processors/index.ts'
import type { SchemaName } from '../../schemas/index.ts'
import { systemClock } from '../../streams/index.ts'
import type { CheckedTopology } from '../../topology/index.ts'
import { CommandError, EXIT } from '../output.ts'
import type { Settings } from '../settings.ts'
import type { NodePorts } from './catalog.ts'

/** What the nodes need beside what is opened here. */
export interface OpenedParts {
  readonly objects: ObjectStore
  readonly theLake: () => Promise<Lake>
  readonly database: Database
  readonly processId: string
  readonly riskUrl: () => string
  readonly loadRecording: (name: string) => Promise<Recording>
  readonly readLag: NodePorts['readLag']
}

export interface OpenedPorts {
  readonly ports: NodePorts
  close(): Promise<void>
}

/** Opens the network and disk of the nodes: fetching, Redis, objects. Connections are made when first used. */
export function openNodePorts(settings: Settings, topology: CheckedTopology, parts: OpenedParts): OpenedPorts {
  const fetch = openPoliteFetch({
    contact: settings.edgar.userAgent,
    clock: systemClock,
    allowLoopback: settings.allowPrivateAddresses,
  })
  const putRaw: NodePorts['putRaw'] = (key, bytes, sidecar) => parts.objects.put(key, bytes, sidecar)
  const redis = redisOf(settings, topology)
  const ports: NodePorts = {
    clock: systemClock,
    putRaw,
    readRaw: (key) => parts.objects.get(key),
    companyOf,
    loadRecording: parts.loadRecording,
    readLag: parts.readLag,
    fetchJob: openFetchJob({
      fetch,
      clock: systemClock,
      ...(settings.marketData.apiKey ? { massiveApiKey: settings.marketData.apiKey } : {}),
    }),
    dueSources: () => enabledSources(parts.database),
    takeOutbox: (limit) => takeOutbox(parts.database, limit),
    markPublished: (changes) => markPublished(parts.database, changes as readonly OutboxEntry[], new Date()),
    ...(settings.ollamaUrl ? { askModel: openAskModel({ url: settings.ollamaUrl, clock: systemClock }) } : {}),
    theLake: parts.theLake,
    checkRisk: openRiskClient({ url: parts.riskUrl, clock: systemClock }),
    database: parts.database,
    redis,
    instanceId: parts.processId,
    complete: openCompleteItem({ putRaw, clock: systemClock }),
    bridgeOf: (node) => {
      const topic = node.to[0] ?? node.from[0] ?? ''
      const schema = topology.topics[topic]?.schema as SchemaName
      return { ...bridgeTopicOf(topic, schema), store: node.stores[0]?.name ?? '' }
    },
  }
  return {
    ports,
    async close() {
      await fetch.close()
      redis.disconnect()
    },
  }
}

/** Connects on first use; only bridges use it. */
function redisOf(settings: Settings, topology: CheckedTopology): RedisClient {
  const bridged = topology.bridges.filter((bridge) => bridge.direction !== 'off')
  if (!settings.redisUrl && bridged.length > 0) {
    const names = bridged.map((bridge) => `${bridge.name} (${bridge.direction})`).join(', ')
    throw new CommandError(
      EXIT.usage,
      `REDIS_URL is not set, and these bridges are switched on: ${names}`,
      'set REDIS_URL, or switch them off',
    )
  }
  return openRedis(settings.redisUrl ?? 'redis://127.0.0.1')
}

/** Sources of the registry that are switched on. */
const enabledSources = (database: Database): Promise<SourceDefinition[]> =>
  database.query(
    'select source_id, source_type, url, symbols, cadence_seconds, credibility, source_owner from sources where enabled order by source_id',
  )
