import { dirname, resolve } from 'node:path'
import {
  type CallPolicy,
  DEFAULT_CALLS,
  DEFAULT_PARK,
  type ErrorPolicy,
  type FlowPlace,
  type Guarantee,
  hopping,
  type StoreSpec,
  sessions,
  sliding,
  tumbling,
} from '../streams/index.ts'
import type { CheckedBridge, CheckedNode, CheckedTopic, Draft } from './checked.ts'
import type { MapNode, SyntaxNode } from './document.ts'
import type {
  BridgeEntry,
  CallsEntry,
  ErrorsEntry,
  ProcessorEntry,
  SinkEntry,
  SourceEntry,
  TopologyFile,
  WindowEntry,
} from './grammar.ts'
import type { Located } from './shape.ts'

const DEFAULT_RETRY: ErrorPolicy = { retryMax: 5, backoffMinMs: 200, backoffMaxMs: 30_000, then: 'dlq' }
const DAY_MS = 86_400_000

interface Defaults {
  readonly guarantee: Guarantee
  readonly commitIntervalMs: number
  readonly errors: ErrorPolicy
  readonly stores: ReadonlyMap<string, StoreSpec>
}

/** Fills in defaults and turns bridges into nodes. Names are not looked up here; `checkTopology` does that. */
export function resolveDefaults(file: string, t: TopologyFile): Draft {
  const d = t.defaults
  const stores = new Map([...(t.stores ?? [])].map(([name, s]) => [name, storeSpec(name, s.value.ttl?.value)] as const))
  const defaults: Defaults = {
    guarantee: d?.guarantee?.value ?? 'exactly_once',
    commitIntervalMs: d?.commit?.interval?.value ?? 200,
    errors: errorPolicy(d?.errors, DEFAULT_RETRY),
    stores,
  }
  const topics = [...t.topics].map(
    ([name, { value: e }]): CheckedTopic => ({
      name,
      topic: `${t.name.value}.${name}`,
      schema: e.value.value,
      partitions: e.partitions?.value ?? d?.topic?.partitions?.value ?? 6,
      retentionMs: e.retention?.value ?? d?.topic?.retention?.value ?? 30 * DAY_MS,
      cleanup: e.cleanup?.value ?? 'delete',
    }),
  )
  const nodes = [
    ...[...(t.sources ?? [])].map(([name, e]) => sourceNode(name, e.value, defaults, e.nameSpan)),
    ...[...t.processors].map(([name, e]) => processorNode(name, e.value, defaults, e.nameSpan)),
    ...[...(t.bridges ?? [])].flatMap(([name, e]) => bridgeNode(name, e.value, defaults, e.nameSpan)),
    ...[...(t.sinks ?? [])].map(([name, e]) => sinkNode(name, e.value, defaults, e.nameSpan)),
  ]
  return {
    name: t.name.value,
    maxTaskIdleMs: d?.max_task_idle?.value ?? 0,
    compatibility: t.schemas?.compatibility?.value ?? 'FULL_TRANSITIVE',
    schemaDirectory: resolve(
      dirname(t.schemas?.directory?.span.file ?? file),
      t.schemas?.directory?.value ?? '../schemas/avro',
    ),
    topics: Object.fromEntries(topics.map((topic) => [topic.name, topic])),
    nodes: Object.fromEntries(nodes.map((node) => [node.name, node])),
    moved: { processors: renames(t.moved?.processors), stores: renames(t.moved?.stores) },
    bridges: [...(t.bridges ?? [])].map(
      ([name, { value: b }]): CheckedBridge => ({
        name,
        list: b.list.value,
        topic: b.topic.value,
        direction: b.direction.value,
      }),
    ),
  }
}

const renames = (moved: NonNullable<TopologyFile['moved']>['processors']): Readonly<Record<string, string>> =>
  Object.fromEntries([...(moved ?? [])].map(([was, { value }]) => [was, value.value]))

const storeSpec = (name: string, ttlMs: number | undefined): StoreSpec => ({
  name,
  type: 'kv',
  ...(ttlMs === undefined ? {} : { ttlMs }),
})

const names = (located: readonly Located<string>[] | undefined): string[] => (located ?? []).map((l) => l.value)

function errorPolicy(e: ErrorsEntry | undefined, base: ErrorPolicy): ErrorPolicy {
  const park = base.park ?? DEFAULT_PARK
  return {
    retryMax: e?.retry?.max?.value ?? base.retryMax,
    backoffMinMs: e?.retry?.backoff?.value.minMs ?? base.backoffMinMs,
    backoffMaxMs: e?.retry?.backoff?.value.maxMs ?? base.backoffMaxMs,
    then: e?.then?.value ?? base.then,
    park: {
      retryMinMs: e?.park?.retry?.value.minMs ?? park.retryMinMs,
      retryMaxMs: e?.park?.retry?.value.maxMs ?? park.retryMaxMs,
      triesMax: e?.park?.tries?.value ?? park.triesMax,
      recordsMax: e?.park?.records?.value ?? park.recordsMax,
    },
  }
}

/** Parameters as written; one whose variable is not set is left out, so its default holds. */
function plain(node: MapNode | undefined): Record<string, unknown> {
  const value = (n: SyntaxNode): unknown =>
    n.kind === 'scalar' ? n.value : n.kind === 'list' ? n.items.map(value) : plain(n)
  const entries = [...(node?.entries ?? [])].map(([name, e]) => [name, value(e.value)] as const)
  return Object.fromEntries(entries.filter(([, v]) => v !== undefined))
}

type Shared = Omit<CheckedNode, 'kind' | 'run' | 'from' | 'to'>

function shared(
  name: string,
  e: SourceEntry | ProcessorEntry | SinkEntry | undefined,
  d: Defaults,
  span: CheckedNode['span'],
): Shared {
  const owner = e !== undefined && 'state' in e ? e : undefined
  const own = errorPolicy(e?.errors, d.errors)
  return {
    name,
    config: plain(e?.with),
    feedback: [],
    broadcast: [],
    tables: {},
    window: undefined,
    within: undefined,
    stores: storesOf(owner).map((s) => d.stores.get(s) ?? storeSpec(s, undefined)),
    guarantee: owner?.guarantee?.value ?? d.guarantee,
    commitIntervalMs: owner?.commit?.interval?.value ?? d.commitIntervalMs,
    errors: e !== undefined && 'instances' in e ? own : withoutParking(own),
    instances: 1,
    batchRecordsMax: 1_000,
    batchWaitMs: 500,
    span,
  }
}

/** Only processors park; where that is the default, others have dead letters. */
const withoutParking = (errors: ErrorPolicy): ErrorPolicy =>
  errors.then === 'park' ? { ...errors, then: 'dlq' } : errors

const sourceNode = (name: string, e: SourceEntry, d: Defaults, span: CheckedNode['span']): CheckedNode => ({
  ...shared(name, e, d, span),
  kind: 'source',
  run: e.run?.value ?? name,
  from: [],
  to: names(e.to),
})

const processorNode = (name: string, e: ProcessorEntry, d: Defaults, span: CheckedNode['span']): CheckedNode => ({
  ...shared(name, e, d, span),
  ...(e.async && { calls: callPolicy(e.async) }),
  kind: 'processor',
  run: e.run?.value ?? name,
  from: names(e.from),
  feedback: names(e.feedback),
  broadcast: names(e.broadcast),
  tables: Object.fromEntries([...(e.tables ?? [])].map(([alias, t]) => [alias, t.value.value])),
  to: [...new Set([...names(e.to), ...(e.window?.late ? [e.window.late.value] : [])])],
  window: windowOf(e.window),
  within: e.within && {
    beforeMs: e.within.before.value,
    afterMs: e.within.after.value,
    graceMs: e.within.grace.value,
  },
  instances: e.instances?.value ?? 1,
})

function callPolicy(e: CallsEntry): CallPolicy {
  const { breaker } = DEFAULT_CALLS
  return {
    concurrency: e.concurrency?.value ?? DEFAULT_CALLS.concurrency,
    order: e.order?.value ?? DEFAULT_CALLS.order,
    timeoutMs: e.timeout?.value ?? DEFAULT_CALLS.timeoutMs,
    inFlightMax: e.in_flight?.value ?? DEFAULT_CALLS.inFlightMax,
    breaker: {
      failures: e.breaker?.failures?.value ?? breaker.failures,
      coolDownMs: e.breaker?.cool_down?.value ?? breaker.coolDownMs,
    },
    ...(e.rate && { ratePerSecond: e.rate.value }),
    ...(e.memo && { memo: e.memo.value }),
  }
}

/** The memo of a node is one of its stores. */
function storesOf(e: SourceEntry | ProcessorEntry | undefined): readonly string[] {
  const memo = e !== undefined && 'async' in e ? e.async?.memo?.value : undefined
  return [...new Set([...names(e?.state), ...(memo === undefined ? [] : [memo])])]
}

/** The checks made sure that there is one kind of window, of a length there can be. */
function windowOf(e: WindowEntry | undefined): FlowPlace['window'] {
  if (e === undefined) return undefined
  const graceMs = e.grace.value
  const windows = e.session
    ? sessions({ gapMs: e.session.value, graceMs })
    : e.sliding
      ? sliding({ spanMs: e.sliding.value, graceMs })
      : e.hopping
        ? hopping({ sizeMs: e.hopping.value, advanceMs: e.advance?.value ?? e.hopping.value, graceMs })
        : tumbling({ sizeMs: e.tumbling?.value ?? 0, graceMs })
  return { windows, emit: e.emit?.value ?? 'on_update', ...(e.late ? { late: e.late.value } : {}) }
}

const sinkNode = (name: string, e: SinkEntry, d: Defaults, span: CheckedNode['span']): CheckedNode => ({
  ...shared(name, e, d, span),
  kind: 'sink',
  run: e.to.value,
  from: names(e.from),
  to: [],
  batchRecordsMax: e.batch?.records?.value ?? 1_000,
  batchWaitMs: e.batch?.wait?.value ?? 500,
})

/** `in` is a source that takes from the list, `out` a sink that appends to it, `off` nothing. */
function bridgeNode(name: string, b: BridgeEntry, d: Defaults, span: CheckedNode['span']): readonly CheckedNode[] {
  const node = shared(`bridge_${name}`, undefined, d, span)
  if (b.direction.value === 'in') {
    const dedupe = b.dedupe ? { dedupe_by: b.dedupe.by.value, dedupe_for_ms: b.dedupe.for.value } : {}
    const seen = storeSpec(`bridge_${name}_seen`, b.dedupe?.for.value)
    return [
      {
        ...node,
        kind: 'source',
        run: 'redis_in',
        config: { list: b.list.value, ...dedupe },
        from: [],
        to: [b.topic.value],
        stores: [seen],
      },
    ]
  }
  if (b.direction.value === 'out') {
    return [{ ...node, kind: 'sink', run: 'redis_out', config: { list: b.list.value }, from: [b.topic.value], to: [] }]
  }
  return []
}
