import type { ErrorPolicy, Graph, ProcessorSpec, SinkSpec, SourceSpec } from '../../graph.ts'
import type { Processor, ProcessorContext, Sink, Source } from '../../processor.ts'
import type { Serde } from '../../record.ts'
import { DEFAULT_ERRORS, graphOf, processor, sink, source } from '../../testing/graph-of.ts'
import { jsonSerde } from '../../testing/json-serde.ts'
import { Asker } from './asker.ts'
import { type InputValue, isTooEarly, type SubjectPorts } from './subject-ports.ts'

export const TICK_EVERY_MS = 45
export const TICKS_KEY = '#ticks'
const BEAT_EVERY_MS = 500
export const BEATS_KEY = '#beats'
const KEYS = 7
const BASE_MS = 1_600_000_000_000

export interface CountValue {
  readonly id: number
  readonly n: number
}
export interface TickValue {
  readonly task: string
  readonly n: number
}

/** Input `id`: everything about it follows from its number. */
export const inputOf = (id: number): { key: string; value: InputValue; timestampMs: number } => ({
  key: `k${(id * 5) % KEYS}`,
  value: { id, kind: id % 19 === 7 ? 'poison' : id % 23 === 11 ? 'garbage' : 'good' },
  // Now and then a record is older than the one before.
  timestampMs: BASE_MS + id * 10 - (id % 5 === 0 ? 25 : 0),
})
/** No input from this one on is older. */
const earliestFrom = (id: number): number => BASE_MS + id * 10 - 25

export const isGood = (id: number): boolean => inputOf(id).value.kind === 'good'
/** With these the count of a key begins anew: its entry is deleted. */
export const isReset = (id: number): boolean => id % 13 === 5

/** What cannot be decoded by any means. */
const inputSerde: Serde = {
  serialize: jsonSerde.serialize,
  deserialize: (bytes) => {
    const value = jsonSerde.deserialize(bytes) as InputValue
    if (value.kind === 'garbage') throw new SyntaxError('no such schema')
    return value
  },
}

/**
 * The application that is simulated, small and complete:
 *
 *   feed ─► in ─► map ─► mid ─► count ─► out ─► enrich ─► final ─► deliver
 *                                 └────► ticks ──┘ (broadcast)  └──► beats
 */
export function subjectGraph(ports: SubjectPorts): Graph {
  const { guarantee } = ports
  const common = { guarantee, commitIntervalMs: 100 } as const
  const nodes: readonly (SourceSpec | ProcessorSpec | SinkSpec)[] = [
    source({
      ...common,
      name: 'feed',
      to: ['in'],
      stores: [{ name: 'position', type: 'kv' }],
      create: () => feed(ports),
    }),
    processor({ ...common, name: 'map', from: ['in'], to: ['mid'], ...mapOf(ports) }),
    processor({
      ...common,
      name: 'count',
      from: ['mid'],
      to: ['out', 'ticks'],
      stores: [{ name: 'counts', type: 'kv' }],
      create: () => count(ports),
    }),
    processor({
      ...common,
      name: 'enrich',
      from: ['out'],
      broadcast: ['ticks'],
      to: ['final', 'beats'],
      stores: [{ name: 'seen', type: 'kv' }],
      create: () => enrich(ports),
    }),
    sink({ name: 'deliver', from: ['final'], batchRecordsMax: 7, batchWaitMs: 30, create: () => deliver(ports) }),
  ]
  const { maxTaskIdleMs } = ports
  const graph = graphOf(
    { in: { partitions: 3, value: inputSerde }, mid: 2, out: 3, ticks: 2, final: 2, beats: 2 },
    nodes,
  )
  return maxTaskIdleMs === undefined ? graph : { ...graph, eventTime: { sources: new Set(['feed']), maxTaskIdleMs } }
}

function feed({ elapsedMs, inputs, paceMs }: SubjectPorts): Source {
  return {
    async init(context) {
      context.watermark(earliestFrom(context.store<number>('position').get('next') ?? 0))
    },
    async poll(context) {
      const store = context.store<number>('position')
      const next = store.get('next') ?? 0
      const due = Math.min(inputs, Math.floor(elapsedMs() / paceMs), next + 6)
      for (let id = next; id < due; id++) context.forward(inputOf(id))
      if (due > next) store.put('next', due)
      context.watermark(earliestFrom(Math.max(due, next)))
      return Math.max(due, next) >= inputs ? 'done' : due - next === 6 ? 'more' : 'idle'
    },
  }
}

const PARKING: ErrorPolicy = {
  ...DEFAULT_ERRORS,
  then: 'park',
  park: { retryMinMs: 100, retryMaxMs: 800, triesMax: 14, recordsMax: 1_000 },
}
/** Patience for those whose answers do not come in time. */
const RETRY_MAX = 8

function mapOf(ports: SubjectPorts): Pick<ProcessorSpec, 'create'> & Partial<ProcessorSpec> {
  const { calls, parks } = ports
  const errors = parks ? PARKING : DEFAULT_ERRORS
  if (calls === undefined) return { errors, create: () => map(ports) }
  const asker = new Asker(ports, calls)
  const stores = [{ name: 'answers', type: 'kv' }] as const
  return { calls, errors: { ...errors, retryMax: RETRY_MAX }, stores, create: () => asker.processor() }
}

function map(ports: SubjectPorts): Processor {
  const { clock, random } = ports
  const tried = new Set<number>()
  // Longer than those who give a partition up wait for calls under way.
  const slowest = random.chance(0.2) ? 7_000 : 30
  return {
    process(record, context) {
      const { id, kind } = record.value as InputValue
      if (kind === 'poison') throw new RangeError('nothing can be made of this')
      if (isTooEarly(id, ports)) throw new RangeError('not known yet')
      const forward = (): void => context.forward({ key: record.key, value: { id } })
      if (id % 11 === 3 && !tried.has(id)) {
        tried.add(id)
        throw Object.assign(new Error('not now'), { retriable: true })
      }
      if (id % 3 !== 0) return forward()
      return clock.sleep(random.chance(0.1) ? slowest : random.between(1, 30)).then(forward)
    },
  }
}

function count({ clock, random }: SubjectPorts): Processor {
  return {
    init(context) {
      context.schedule(TICK_EVERY_MS, 'stream_time', () => {
        const tick = (): void => countUp(context, TICKS_KEY, 'ticks')
        return random.chance(0.5) ? tick() : clock.sleep(random.between(1, 90)).then(tick)
      })
    },
    process(record, context) {
      const store = context.store<number>('counts')
      const { id } = record.value as InputValue
      const key = record.key ?? ''
      const n = (store.get(key) ?? 0) + 1
      if (isReset(id)) store.delete(key)
      else store.put(key, n)
      context.forward({ topic: 'out', key, value: { id, n } satisfies CountValue })
    },
  }
}

/** Writes the next number to the store and to a topic: both or neither. */
function countUp(context: ProcessorContext, key: string, topic: string): void {
  const store = context.store<number>(topic === 'ticks' ? 'counts' : 'seen')
  const n = (store.get(key) ?? 0) + 1
  store.put(key, n)
  context.forward({ topic, key: context.taskId, value: { task: context.taskId, n } satisfies TickValue })
}

function enrich({ clock, random }: SubjectPorts): Processor {
  return {
    init(context) {
      context.schedule(BEAT_EVERY_MS, 'wall_clock_time', () =>
        clock.sleep(random.between(1, 90)).then(() => countUp(context, BEATS_KEY, 'beats')),
      )
    },
    process(record, context) {
      const store = context.store<number>('seen')
      if (record.topic === 'ticks') return store.put(TICKS_KEY, (store.get(TICKS_KEY) ?? 0) + 1)
      const { id } = record.value as CountValue
      // What it has seen it leaves out, so it must never have seen what it did not pass on.
      if ((store.get(record.key ?? '') ?? -1) >= id) return
      const finish = (): void => {
        store.put(record.key ?? '', id)
        context.forward({ topic: 'final', key: record.key, value: record.value })
      }
      if (id % 4 !== 0) return finish()
      return clock.sleep(random.between(1, 20)).then(finish)
    },
  }
}

function deliver({ clock, random, deliveries }: SubjectPorts): Sink {
  return {
    async write(records) {
      await clock.sleep(random.between(0, 10))
      if (random.chance(0.02)) throw Object.assign(new Error('the other side is busy'), { retriable: true })
      for (const record of records) deliveries.take(record.key ?? '', (record.value as CountValue).id)
    },
  }
}
