import { createRequire } from 'node:module'
import type { Redis } from 'ioredis'

const require = createRequire(import.meta.url)

/** The connection bridges use. A command fails after a few tries; whoever asked decides about trying again. */
export type RedisClient = Redis

/** Connects on first use. Errors reach who issues a command; `onError` hears of the connection itself. */
export function openRedis(url: string, onError: (error: Error) => void = () => {}): RedisClient {
  // Loaded with the first bridge: most processes have none.
  const { Redis } = require('ioredis') as typeof import('ioredis')
  const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 3, connectTimeout: 5_000 })
  client.on('error', onError)
  return client
}
