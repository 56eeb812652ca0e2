import type { BridgeList } from '../../../api/contract.ts'
import { ListWatch, openRedis } from '../../../connectors/index.ts'
import type { CheckedTopology } from '../../../topology/index.ts'
import type { Settings } from '../../settings.ts'
import type { AddGauge } from './lag-metrics.ts'

/** Whoever asks within this time gets what the last one got. */
const KEPT_MS = 2_000

export interface WatchedBridges {
  /** Rejects while Redis is away. */
  readonly lists: () => Promise<readonly BridgeList[]>
  close(): void
}

/** Looks at the lists of all bridges; nothing where no Redis is set. */
export function watchBridges(settings: Settings, { bridges }: CheckedTopology): WatchedBridges | undefined {
  if (settings.redisUrl === undefined || bridges.length === 0) return undefined
  const redis = openRedis(settings.redisUrl)
  const watches = bridges.map((bridge) => ({
    bridge,
    watch: new ListWatch(redis, bridge.list, () => performance.now()),
  }))
  let [askedMs, asked] = [Number.NEGATIVE_INFINITY, Promise.resolve<readonly BridgeList[]>([])]
  const look = (): Promise<readonly BridgeList[]> =>
    Promise.all(
      watches.map(async ({ bridge: { name, list, topic, direction }, watch }): Promise<BridgeList> => {
        const { switchedTo, waiting, taken, dead, oldestMs, growthPerSecond } = await watch.look()
        return {
          ...{ name, list, topic, declared: direction, direction: switchedTo ?? direction, waiting, taken, dead },
          oldest_ms: Math.round(oldestMs),
          growth_per_second: growthPerSecond === undefined ? null : Math.round(growthPerSecond * 100) / 100,
        }
      }),
    )
  return {
    lists() {
      if (performance.now() - askedMs < KEPT_MS) return asked
      askedMs = performance.now()
      // One look at a time: each remembers what the one before saw.
      asked = asked.catch(() => []).then(look)
      return asked
    },
    close: () => redis.disconnect(),
  }
}

const LABELS = ['bridge', 'list'] as const

/** Lists for Prometheus. The alert rules of the chart name these. */
export function bridgeMetrics(add: AddGauge, lists: () => Promise<readonly BridgeList[]>): void {
  const perList = (name: string, help: string, value: (list: BridgeList) => number | null): void => {
    add(name, help, LABELS, async (gauge) => {
      gauge.reset()
      // While Redis is away there is nothing to tell of; other metrics are told all the same.
      for (const one of await lists().catch(() => [])) {
        const measured = value(one)
        if (measured !== null) gauge.set({ bridge: one.name, list: one.list }, measured)
      }
    })
  }
  perList('stonks_bridge_waiting', 'Items in the list.', (one) => one.waiting)
  perList('stonks_bridge_taken', 'Items that a bridge has taken and not let go of.', (one) => one.taken)
  perList('stonks_bridge_dead', 'Items nobody could read, put aside.', (one) => one.dead)
  perList('stonks_bridge_oldest_seconds', 'The first item waits at least this long.', (one) => one.oldest_ms / 1_000)
  perList(
    'stonks_bridge_items_per_second',
    'How fast the list grows; negative where it shrinks.',
    (one) => one.growth_per_second,
  )
  perList('stonks_bridge_direction', '1 in, -1 out, 0 off.', ({ direction }) => ({ in: 1, out: -1, off: 0 })[direction])
}
