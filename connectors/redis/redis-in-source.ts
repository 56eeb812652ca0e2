import { sha256Hex } from '../../schemas/index.ts'
import { type Clock, defineSource, field, type Source, type SourceContext } from '../../streams/index.ts'
import type { BridgeTopic } from './bridge-topics.ts'
import { ProcessingList } from './processing-list.ts'
import type { RedisClient } from './redis-client.ts'

export interface RedisInPorts {
  readonly redis: RedisClient
  /** The topic a list is bridged to, and the store that remembers what came. */
  readonly bridgeOf: (list: string) => BridgeTopic & { readonly store: string }
  /** Fills in what older services leave out and can be derived; see {@link openCompleteItem}. */
  readonly complete?: (topic: string, json: unknown) => Promise<unknown>
  /** Names this process among others on the same list; the same after a restart where that can be. */
  readonly instanceId: string
  readonly clock: Clock
}

const BATCH = 200
const ORPHANS_EVERY_MS = 10_000
const fields = {
  list: field.text('The Redis list, stonks:queue:parsing.'),
  dedupe_by: field.text('The field that makes an item the same fact; the whole item unless given.', { default: '' }),
  dedupe_for_ms: field.number('How long an item is remembered, milliseconds.', {
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    default: 86_400_000,
  }),
} as const

interface Seen {
  readonly at: number
}

/**
 * Brings items of a Redis list into a topic, each once. An item stays in the processing list until the engine has
 * committed its record; what it is remembered by is written in that same commit. So after a crash an item is either
 * known, and let go of, or brought again.
 */
export const redisInSource = defineSource<typeof fields, RedisInPorts>({
  type: 'redis_in',
  summary: 'Brings JSON items of a Redis list into a topic, each once.',
  fields,
  create: (config, ports) => createRedisIn(config.list, config.dedupe_by, ports),
})

function createRedisIn(list: string, dedupeBy: string, ports: RedisInPorts): Source {
  const bridge = ports.bridgeOf(list)
  const processing = new ProcessingList(ports.redis, list, ports.instanceId)
  /** Taken and not yet forwarded. */
  let backlog: string[] = []
  /** Forwarded by the n-th successful poll, and not known to be committed. */
  let unacknowledged: { readonly poll: number; readonly item: string }[] = []
  let polls = 0
  let reload = true
  let orphansAtMs = Number.NEGATIVE_INFINITY

  /** Where an answer was lost, an item may have been taken without us knowing: the list tells. */
  async function refill(): Promise<void> {
    await processing.renewLease()
    if (ports.clock.now() - orphansAtMs >= ORPHANS_EVERY_MS) {
      await processing.returnOrphans()
      orphansAtMs = ports.clock.now()
    }
    if (reload) {
      const forwarded = new Set(unacknowledged.map(({ item }) => item))
      backlog = (await processing.all()).filter((item) => !forwarded.has(item))
      reload = false
    }
    if (backlog.length === 0) backlog = await processing.take(BATCH)
  }

  return {
    async poll(context) {
      const poll = polls + 1
      try {
        await refill()
        const items = backlog.slice(0, BATCH)
        const forwarded: string[] = []
        const repeats: string[] = []
        for (const item of items) {
          const outcome = await bring(item, bridge, dedupeBy, ports, context)
          if (outcome === 'forwarded') forwarded.push(item)
          else if (outcome === 'repeat') repeats.push(item)
          else await processing.bury(item, outcome.reason, ports.clock.now())
        }
        // A repeat may be a copy of an item whose record is not committed: it waits for that commit too.
        backlog = backlog.slice(items.length)
        unacknowledged.push(...[...forwarded, ...repeats].map((item) => ({ poll, item })))
        polls = poll
        return items.length > 0 ? 'more' : 'idle'
      } catch (error) {
        reload = true
        throw error
      }
    },
    async committed(upTo) {
      const done = unacknowledged.filter(({ poll }) => poll <= upTo)
      if (done.length === 0) return
      const open = new Set(unacknowledged.filter(({ poll }) => poll > upTo).map(({ item }) => item))
      await processing.release(done.map(({ item }) => item).filter((item) => !open.has(item)))
      unacknowledged = unacknowledged.filter(({ poll }) => poll > upTo)
    },
    close: () => processing.close(),
  }
}

type Brought = 'forwarded' | 'repeat' | { readonly reason: string }

async function bring(
  item: string,
  bridge: BridgeTopic & { readonly store: string },
  dedupeBy: string,
  ports: RedisInPorts,
  context: SourceContext,
): Promise<Brought> {
  const decoded = await decode(item, bridge, ports)
  if ('reason' in decoded) return decoded
  const { value } = decoded
  const identity = dedupeBy !== '' && value[dedupeBy] != null ? String(value[dedupeBy]) : sha256Hex(item)
  const store = context.store<Seen>(bridge.store)
  if (store.get(identity) !== undefined) return 'repeat'
  const now = ports.clock.now()
  context.forward({ key: bridge.keyOf(value), value, timestampMs: now })
  store.put(identity, { at: now })
  return 'forwarded'
}

async function decode(
  item: string,
  bridge: BridgeTopic,
  ports: RedisInPorts,
): Promise<{ readonly value: Readonly<Record<string, unknown>> } | { readonly reason: string }> {
  let json: unknown
  try {
    json = JSON.parse(item)
  } catch (error) {
    return { reason: `not JSON: ${(error as Error).message}` }
  }
  const completed = ports.complete ? await ports.complete(bridge.topic, json) : json
  try {
    return { value: bridge.codec.fromJson(completed) as Readonly<Record<string, unknown>> }
  } catch (error) {
    return { reason: (error as Error).message }
  }
}
