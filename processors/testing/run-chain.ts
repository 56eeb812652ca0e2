import type {
  InputRecord,
  KeyValueStore,
  OutputRecord,
  Processor,
  ProcessorContext,
  ReadOnlyTable,
} from '../../streams/index.ts'

/** A record as it is fed in, or was forwarded. */
export interface ChainRecord {
  readonly topic: string
  readonly key: string | undefined
  readonly value: unknown
  readonly timestampMs: number
}

export interface ChainNode {
  readonly processor: Processor
  readonly from: readonly string[]
  /** Where a record goes that names no topic. */
  readonly to: string
}

/** A store in memory that keeps values as JSON, as the engine's does. */
export function memoryStore<V>(name: string): KeyValueStore<V> {
  const texts = new Map<string, string>()
  return {
    name,
    get: (key) => (texts.has(key) ? (JSON.parse(texts.get(key) as string) as V) : undefined),
    put: (key, value) => void texts.set(key, JSON.stringify(value)),
    delete: (key) => void texts.delete(key),
    *range(from = '', to) {
      for (const key of [...texts.keys()].sort()) {
        if (key >= from && (to === undefined || key < to))
          yield [key, JSON.parse(texts.get(key) as string) as V] as const
      }
    },
  }
}

export const memoryTable = <V>(entries: readonly (readonly [string, V])[]): ReadOnlyTable<V> => {
  const map = new Map(entries)
  return { get: (key) => map.get(key), entries: () => map.entries(), size: map.size, version: 1 }
}

/** A context of one task, with what it forwards going to `onForward`. */
export function memoryContext(
  onForward: (record: OutputRecord) => void,
  tables: Readonly<Record<string, ReadOnlyTable<unknown>>> = {},
): ProcessorContext {
  const stores = new Map<string, KeyValueStore<unknown>>()
  return {
    taskId: 'test_0',
    forward: onForward,
    store<V>(name: string): KeyValueStore<V> {
      const store = stores.get(name) ?? memoryStore<unknown>(name)
      stores.set(name, store)
      return store as KeyValueStore<V>
    },
    table: <V>(name: string) => (tables[name] ?? memoryTable([])) as ReadOnlyTable<V>,
    streamTimeMs: () => 0,
    wallTimeMs: () => 0,
    schedule: () => undefined,
    defer: () => undefined,
  }
}

/**
 * Runs nodes over records without the engine: one record at a time, lowest time first, and where times are equal in the
 * order they came. Resolves to everything that went over any topic.
 */
export async function runChain(
  nodes: Readonly<Record<string, ChainNode>>,
  records: readonly ChainRecord[],
  tables: Readonly<Record<string, ReadOnlyTable<unknown>>> = {},
): Promise<readonly ChainRecord[]> {
  const waiting = [...records].sort((a, b) => a.timestampMs - b.timestampMs)
  const seen: ChainRecord[] = []
  const started = Object.values(nodes).map((node) => {
    let now = 0
    const context = memoryContext((out) => {
      const record = {
        topic: out.topic ?? node.to,
        key: out.key,
        value: out.value,
        timestampMs: Math.max(now, out.timestampMs ?? now),
      }
      const at = waiting.findIndex((other) => other.timestampMs > record.timestampMs)
      waiting.splice(at < 0 ? waiting.length : at, 0, record)
    }, tables)
    return {
      ...node,
      context,
      setNow: (ms: number) => {
        now = ms
      },
    }
  })
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    seen.push(next)
    for (const node of started) {
      if (!node.from.includes(next.topic)) continue
      node.setNow(next.timestampMs)
      const record: InputRecord = { ...next, partition: 0, offset: BigInt(seen.length), headers: {} }
      await node.processor.process(record, node.context)
    }
  }
  return seen
}
