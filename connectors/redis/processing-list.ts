import type { RedisClient } from './redis-client.ts'

const LEASE_MS = 30_000
const BLOCK_SECONDS = 0.25

/**
 * Items of a list that this instance has taken and not yet let go of. They lie in `<list>:processing:<id>`, so that a
 * crash loses nothing; those of an instance whose lease ran out go back to the head of the list.
 */
export class ProcessingList {
  private readonly redis: RedisClient
  /** A blocking command holds its connection, so it has one of its own. */
  private readonly blocking: RedisClient
  private readonly list: string
  private readonly id: string

  constructor(redis: RedisClient, list: string, id: string) {
    this.redis = redis
    this.blocking = redis.duplicate()
    this.blocking.on('error', () => {})
    this.list = list
    this.id = id
  }

  private get own(): string {
    return `${this.list}:processing:${this.id}`
  }

  /** Everything taken by this id, also by an earlier life, oldest first. */
  all(): Promise<string[]> {
    return this.redis.lrange(this.own, 0, -1)
  }

  /** Takes up to `max` items from the head; waits a moment where there is none. */
  async take(max: number): Promise<string[]> {
    const pipeline = this.redis.pipeline()
    for (let i = 0; i < max; i++) pipeline.lmove(this.list, this.own, 'LEFT', 'RIGHT')
    const replies = (await pipeline.exec()) ?? []
    const failed = replies.find(([error]) => error !== null)
    if (failed) throw failed[0] as Error
    const items = replies.flatMap(([, item]) => (typeof item === 'string' ? [item] : []))
    if (items.length > 0) return items
    const item = await this.blocking.blmove(this.list, this.own, 'LEFT', 'RIGHT', BLOCK_SECONDS)
    return item === null ? [] : [item]
  }

  /** Lets go of items: whatever they were for is done. Copies of the same bytes go with them. */
  async release(items: readonly string[]): Promise<void> {
    if (items.length === 0) return
    const pipeline = this.redis.pipeline()
    for (const item of items) pipeline.lrem(this.own, 0, item)
    const failed = (await pipeline.exec())?.find(([error]) => error !== null)
    if (failed) throw failed[0] as Error
  }

  /** Puts an item nobody can read aside, with the reason, in one step. */
  async bury(item: string, reason: string, atMs: number): Promise<void> {
    const dead = JSON.stringify({ item, reason, list: this.list, at: new Date(atMs).toISOString() })
    await this.redis.multi().rpush(`${this.list}:dead`, dead).lrem(this.own, 1, item).exec()
  }

  async renewLease(): Promise<void> {
    await this.redis.set(`${this.list}:lease:${this.id}`, '1', 'PX', LEASE_MS)
  }

  /** Returns what instances without a lease left behind to the head, in order. Gives how many items. */
  async returnOrphans(): Promise<number> {
    let returned = 0
    const prefix = `${this.list}:processing:`
    for await (const keys of this.redis.scanStream({ match: `${escapeGlob(prefix)}*`, count: 200 })) {
      for (const key of keys as string[]) {
        const id = key.slice(prefix.length)
        if (id === this.id || (await this.redis.exists(`${this.list}:lease:${id}`)) === 1) continue
        while ((await this.redis.lmove(key, this.list, 'RIGHT', 'LEFT')) !== null) returned++
      }
    }
    return returned
  }

  /** Lets go of the lease, so that another instance need not wait for what is left. */
  async close(): Promise<void> {
    this.blocking.disconnect()
    await this.redis.del(`${this.list}:lease:${this.id}`).catch(() => 0)
  }
}

const escapeGlob = (text: string): string => text.replace(/[*?[\]\\]/g, '\\$&')
