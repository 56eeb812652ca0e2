import { type ListKeys, listKeysOf } from './list-keys.ts'
import { BURY, GIVE_BACK, RELEASE, TAKE } from './list-scripts.ts'
import { duplicateOf, type RedisClient } from './redis-client.ts'

const LEASE_MS = 30_000
const BLOCK_SECONDS = 0.25
const TAKE_BYTES = 4 * 1024 * 1024
const GIVE_BACK_ITEMS = 1_000

/**
 * Items of a list that this instance has taken and not yet let go of. They lie in `<list>:processing:<id>`, so that a
 * crash loses nothing; those of an instance whose lease ran out go back to the head of the list. Items are bytes: text
 * that is not UTF-8 must be found again too.
 */
export class ProcessingList {
  private readonly redis: RedisClient
  /** A blocking command holds its connection, so it has one of its own. */
  private readonly blocking: RedisClient
  private readonly keys: ListKeys
  private readonly id: string

  constructor(redis: RedisClient, list: string, id: string) {
    this.redis = redis
    this.blocking = duplicateOf(redis)
    this.keys = listKeysOf(list, redis.isCluster)
    this.id = id
  }

  /** Everything taken by this id, also by an earlier life, oldest first. */
  all(): Promise<Buffer[]> {
    return this.redis.lrangeBuffer(this.keys.processing(this.id), 0, -1)
  }

  /** Takes up to `max` items, and some megabytes, from the head and renews the lease; waits a moment where there is none. */
  async take(max: number): Promise<Buffer[]> {
    const items = await this.tryTake(max)
    if (items === undefined || items.length > 0) return items ?? []
    // From the head to the head moves nothing, but waits until there is something to move.
    const { list } = this.keys
    const head = await this.blocking.blmoveBuffer(list, list, 'LEFT', 'LEFT', BLOCK_SECONDS)
    return head === null ? [] : ((await this.tryTake(max)) ?? [])
  }

  /** Undefined where the list is switched to something else. */
  private async tryTake(max: number): Promise<Buffer[] | undefined> {
    const { list, instances, direction } = this.keys
    const keys = [list, this.keys.processing(this.id), this.keys.lease(this.id), instances, direction]
    const taken = await this.redis.callBuffer('EVAL', TAKE, keys.length, ...keys, this.id, max, TAKE_BYTES, LEASE_MS)
    return (taken as Buffer[] | null) ?? undefined
  }

  /** Lets go of items, each once: whatever they were for is done. */
  async release(items: readonly Buffer[]): Promise<void> {
    if (items.length > 0) await this.redis.eval(RELEASE, 1, this.keys.processing(this.id), ...items)
  }

  /** Puts an item nobody can read aside, with the reason, in one step. */
  async bury(item: Buffer, reason: string, atMs: number): Promise<void> {
    const text = item.toString()
    const exact = Buffer.from(text).equals(item) ? {} : { item_base64: item.toString('base64') }
    const letter = { item: text, ...exact, reason, list: this.keys.list, at: new Date(atMs).toISOString() }
    await this.redis.eval(BURY, 2, this.keys.dead, this.keys.processing(this.id), JSON.stringify(letter), item)
  }

  /** Returns what instances without a lease left behind to the head, in order. Gives how many items. */
  async returnOrphans(): Promise<number> {
    let returned = 0
    for (const id of await this.redis.smembers(this.keys.instances))
      if (id !== this.id) returned += await giveBack(this.redis, this.keys, id)
    return returned
  }

  /** Lets go of the lease, so that another instance need not wait for what is left. */
  async close(): Promise<void> {
    this.blocking.disconnect()
    await this.redis.del(this.keys.lease(this.id)).catch(() => 0)
  }
}

/** Gives back what an instance left, unless it lives. Resolves to how many items. */
export async function giveBack(redis: RedisClient, keys: ListKeys, id: string): Promise<number> {
  const names = [keys.processing(id), keys.list, keys.lease(id), keys.instances]
  let returned = 0
  for (;;) {
    const moved = Number(await redis.eval(GIVE_BACK, names.length, ...names, id, GIVE_BACK_ITEMS))
    if (moved > 0) returned += moved
    if (moved < GIVE_BACK_ITEMS) return returned
  }
}
