import { isUtf8 } from 'node:buffer'
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

const BATCH = 1_000
/** Items completed side by side: each may be an object to write. */
const COMPLETED_AT_ONCE = 32
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
  let backlog: Buffer[] = []
  /** Forwarded by the n-th successful poll, and not known to be committed. */
  let unacknowledged: { readonly poll: number; readonly item: Buffer }[] = []
  let polls = 0
  let reload = true
  let orphansAtMs = Number.NEGATIVE_INFINITY

  /** Where an answer was lost, an item may have been taken without us knowing: the list tells. */
  async function refill(): Promise<void> {
    if (ports.clock.now() - orphansAtMs >= ORPHANS_EVERY_MS) {
      await processing.returnOrphans()
      orphansAtMs = ports.clock.now()
    }
    if (reload) {
      backlog = without(
        await processing.all(),
        unacknowledged.map(({ item }) => item),
      )
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
        const decoded = await decodeAll(items, bridge, ports)
        const brought: Buffer[] = []
        for (const [i, item] of items.entries()) {
          const one = decoded[i] as Decoded
          if ('reason' in one) await processing.bury(item, one.reason, ports.clock.now())
          else {
            bring(item, one.value, { bridge, dedupeBy, context, nowMs: ports.clock.now() })
            brought.push(item)
          }
        }
        // A repeat may be a copy of an item whose record is not committed: it waits for that commit too.
        backlog = backlog.slice(items.length)
        for (const item of brought) unacknowledged.push({ poll, item })
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
      await processing.release(done.map(({ item }) => item))
      unacknowledged = unacknowledged.filter(({ poll }) => poll > upTo)
    },
    close: () => processing.close(),
  }
}

/** `all` without those in `some`, copies counted. */
function without(all: readonly Buffer[], some: readonly Buffer[]): Buffer[] {
  const left = new Map<string, number>()
  for (const item of some) left.set(item.toString('latin1'), (left.get(item.toString('latin1')) ?? 0) + 1)
  return all.filter((item) => {
    const key = item.toString('latin1')
    const count = left.get(key) ?? 0
    left.set(key, count - 1)
    return count <= 0
  })
}

interface Bringing {
  readonly bridge: BridgeTopic & { readonly store: string }
  readonly dedupeBy: string
  readonly context: SourceContext
  readonly nowMs: number
}

/** Forwards an item that is not known yet, and remembers it. */
function bring(item: Buffer, value: Readonly<Record<string, unknown>>, to: Bringing): void {
  const { bridge, dedupeBy, context, nowMs } = to
  const identity = dedupeBy !== '' && value[dedupeBy] != null ? String(value[dedupeBy]) : sha256Hex(item)
  const store = context.store<Seen>(bridge.store)
  if (store.get(identity) !== undefined) return
  context.forward({ key: bridge.keyOf(value), value, timestampMs: nowMs })
  store.put(identity, { at: nowMs })
}

type Decoded = { readonly value: Readonly<Record<string, unknown>> } | { readonly reason: string }

async function decodeAll(items: readonly Buffer[], bridge: BridgeTopic, ports: RedisInPorts): Promise<Decoded[]> {
  const decoded: Decoded[] = []
  for (let i = 0; i < items.length; i += COMPLETED_AT_ONCE) {
    const some = items.slice(i, i + COMPLETED_AT_ONCE)
    decoded.push(...(await Promise.all(some.map((item) => decode(item, bridge, ports)))))
  }
  return decoded
}

async function decode(item: Buffer, bridge: BridgeTopic, ports: RedisInPorts): Promise<Decoded> {
  if (!isUtf8(item)) return { reason: 'not UTF-8' }
  let json: unknown
  try {
    json = JSON.parse(item.toString())
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
