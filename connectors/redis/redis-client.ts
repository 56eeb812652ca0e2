import { Redis } from 'ioredis'

/** The connection bridges use. A command fails after a few tries; whoever asked decides about trying again. */
export type RedisClient = Redis

/** Connects on first use. Errors reach who issues a command; `onError` hears of the connection itself. */
export function openRedis(url: string, onError: (error: Error) => void = () => {}): RedisClient {
  const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 3, connectTimeout: 5_000 })
  client.on('error', onError)
  return client
}
