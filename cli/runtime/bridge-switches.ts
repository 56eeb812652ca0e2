import { setTimeout as sleep } from 'node:timers/promises'
import { type Direction, listKeysOf, type RedisClient } from '../../connectors/index.ts'
import type { CheckedBridge } from '../../topology/index.ts'
import type { Settings } from '../settings.ts'

const LOOK_EVERY_MS = 500

/** Directions that bridges were switched to while running, by name; those that were not are left out. */
export type Switched = ReadonlyMap<string, Direction>

export async function readSwitched(redis: RedisClient, bridges: readonly CheckedBridge[]): Promise<Switched> {
  const entries = await Promise.all(
    bridges.map(
      async ({ name, list }) => [name, await redis.get(listKeysOf(list, redis.isCluster).direction)] as const,
    ),
  )
  return new Map(
    entries.flatMap(([name, found]) =>
      found === 'in' || found === 'out' || found === 'off' ? [[name, found] as const] : [],
    ),
  )
}

/** Resolves when one is switched to something else. While Redis is away nothing is switched. */
export async function untilSwitched(
  redis: RedisClient,
  bridges: readonly CheckedBridge[],
  before: Switched,
  signal: AbortSignal,
): Promise<'switched'> {
  for (;;) {
    await sleep(LOOK_EVERY_MS, undefined, { signal })
    const now = await readSwitched(redis, bridges).catch(() => before)
    if (bridges.some(({ name }) => now.get(name) !== before.get(name))) return 'switched'
  }
}

/** The setting by which a bridge says its direction. */
export const switchOf = (bridge: string): string => `STONKS_BRIDGE_${bridge.toUpperCase()}`

/** Settings in which the bridges have these directions, as far as the topology takes them from a setting. */
export function withSwitched(settings: Settings, switched: Switched): Settings {
  const directions = [...switched].map(([name, direction]) => [switchOf(name), direction] as const)
  return { ...settings, env: { ...settings.env, ...Object.fromEntries(directions) } }
}
