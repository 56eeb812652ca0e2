import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Cluster, Redis } from 'ioredis'
import { parseRedisUrl, type RedisAddress } from './redis-address.ts'

const require = createRequire(import.meta.url)

/** The connection bridges use. A command fails after a few tries; whoever asked decides about trying again. */
export type RedisClient = Redis | Cluster

/** Longer than any command of ours takes: a server that stands still is one that is away. */
const COMMAND_TIMEOUT_MS = 10_000

/**
 * Connects on first use. Errors reach who issues a command; `onError` hears of the connection itself. Throws TypeError on a
 * URL that {@link parseRedisUrl} refuses.
 */
export function openRedis(url: string, onError: (error: Error) => void = () => {}): RedisClient {
  const address = parseRedisUrl(url)
  // Loaded with the first bridge: most processes have none.
  const { Redis, Cluster } = require('ioredis') as typeof import('ioredis')
  const client =
    address.kind === 'cluster'
      ? new Cluster([...address.hosts], {
          lazyConnect: true,
          redisOptions: commonOf(address),
          slotsRefreshTimeout: 5_000,
          clusterRetryStrategy: backoffMs,
          ...(address.isTls ? { dnsLookup: (host, done) => done(null, host) } : {}),
        })
      : new Redis({ ...commonOf(address), ...placeOf(address), lazyConnect: true, retryStrategy: backoffMs })
  client.on('error', onError)
  return client
}

/** Another connection to the same place, for commands that wait. */
export function duplicateOf(redis: RedisClient): RedisClient {
  const another = redis.isCluster ? (redis as Cluster).duplicate() : (redis as Redis).duplicate()
  another.on('error', () => {})
  return another
}

const backoffMs = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000)

function commonOf({ username, password, isTls, caFile }: RedisAddress) {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(isTls ? { tls: tlsOf(caFile) } : {}),
    maxRetriesPerRequest: 3,
    connectTimeout: 5_000,
    commandTimeout: COMMAND_TIMEOUT_MS,
    // After a failover the master of before is a replica: connect anew and find the master.
    reconnectOnError: (error: Error) => /^READONLY/.test(error.message),
  }
}

function placeOf({ kind, hosts, database, master, isTls, caFile, sentinelPassword }: RedisAddress) {
  if (kind !== 'sentinel') return { ...hosts[0], db: database }
  return {
    sentinels: [...hosts],
    name: master ?? '',
    db: database,
    sentinelRetryStrategy: backoffMs,
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(isTls ? { enableTLSForSentinelMode: true, sentinelTLS: tlsOf(caFile) } : {}),
  }
}

const tlsOf = (caFile: string | undefined): { readonly ca?: Buffer } =>
  caFile === undefined ? {} : { ca: readFileSync(caFile) }
