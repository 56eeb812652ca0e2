import type { Clock } from '../../streams/index.ts'
import { type ListKeys, listKeysOf } from './list-keys.ts'
import { giveBack } from './processing-list.ts'
import type { RedisClient } from './redis-client.ts'

export type Direction = 'in' | 'out' | 'off'
const isDirection = (text: string | null): text is Direction => text === 'in' || text === 'out' || text === 'off'

/** How a bridged list stands. */
export interface ListState {
  /** What it was switched to while running; what is declared holds where that is undefined. */
  readonly switchedTo: Direction | undefined
  /** Items in the list. */
  readonly waiting: number
  /** Items that bridges have taken and not let go of. */
  readonly taken: number
  readonly dead: number
  /** Bridges that bring items in. */
  readonly alive: number
  /** Whether it was given items of the topic since it was last brought in. */
  readonly isGiven: boolean
}

export async function listState(redis: RedisClient, list: string): Promise<ListState> {
  const keys = listKeysOf(list, redis.isCluster)
  const ids = await redis.smembers(keys.instances)
  const [direction, waiting, dead, fence, taken, leases] = await Promise.all([
    redis.get(keys.direction),
    redis.llen(keys.list),
    redis.llen(keys.dead),
    redis.exists(keys.fence),
    Promise.all(ids.map((id) => redis.llen(keys.processing(id)))),
    Promise.all(ids.map((id) => redis.exists(keys.lease(id)))),
  ])
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)
  const switchedTo = isDirection(direction) ? direction : undefined
  return { switchedTo, waiting, taken: sum(taken), dead, alive: sum(leases), isGiven: fence === 1 }
}

export interface SwitchPorts {
  readonly clock: Clock
  /** How long to wait for what is under way. */
  readonly waitMs: number
  /** The next offset of each partition of the topic, by `topic-partition`: what a list is given from. */
  readonly ends: () => Promise<ReadonlyMap<string, bigint>>
  readonly tell: (line: string) => void
}

/** A list did not come to rest in time; it is off. */
export class SwitchTimeoutError extends Error {
  override readonly name = 'SwitchTimeoutError'
}

/**
 * Switches a list while older services write and read it. First it is off: from then on no bridge takes or pushes, however
 * late it hears of it. What was taken is brought to its end or given back; a list that was given items is brought in
 * only once older services have taken them. A list that was brought in, or never given anything, is given what comes from
 * now on. Rejects with {@link SwitchTimeoutError} where that takes longer than `waitMs`; the list is off then.
 */
export async function switchList(
  redis: RedisClient,
  list: string,
  { declared, to }: { readonly declared: Direction; readonly to: Direction },
  ports: SwitchPorts,
): Promise<void> {
  const keys = listKeysOf(list, redis.isCluster)
  const from = (await listState(redis, list)).switchedTo ?? declared
  if (from === to) return void (await redis.set(keys.direction, to))
  await redis.set(keys.direction, 'off')
  ports.tell(`${list} is off`)
  await untilAtRest(redis, keys, ports, to)
  if (from === 'in' || to === 'in') await redis.del(keys.fence)
  if (to === 'out') await fenceAtEnds(redis, keys, await ports.ends())
  await redis.set(keys.direction, to)
}

async function untilAtRest(redis: RedisClient, keys: ListKeys, ports: SwitchPorts, to: Direction): Promise<void> {
  const startedMs = ports.clock.now()
  for (let told = ''; ; ) {
    for (const id of await redis.smembers(keys.instances)) await giveBack(redis, keys, id)
    const state = await listState(redis, keys.list)
    const left = whatIsLeft(state, to)
    if (left === '') return
    if (left !== told) ports.tell(left)
    told = left
    if (ports.clock.now() - startedMs > ports.waitMs) throw new SwitchTimeoutError(left)
    await ports.clock.sleep(200)
  }
}

function whatIsLeft({ taken, alive, isGiven, waiting }: ListState, to: Direction): string {
  if (alive > 0) return `${alive} bridges have yet to let go of it, ${taken} items in hand`
  if (taken > 0) return `${taken} items are given back`
  if (to === 'in' && isGiven && waiting > 0)
    return `${waiting} items of the topic wait for the older service to take them`
  return ''
}

/** Partitions that have a fence go on behind it. */
async function fenceAtEnds(redis: RedisClient, keys: ListKeys, ends: ReadonlyMap<string, bigint>): Promise<void> {
  for (const [at, end] of ends) await redis.hsetnx(keys.fence, at, String(end - 1n))
}
