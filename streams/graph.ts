import type { BreakerPolicy } from './calls/circuit-breaker.ts'
import type { AsyncProcessor, ByteSink, Processor, Sink, Source } from './processor.ts'
import type { Serde } from './record.ts'

/** A topic as the engine needs it: full name on the log, shape, and how its values become bytes. */
export interface TopicSpec {
  /** Name in the topology, `extractions`. */
  readonly name: string
  /** Name on the log, `stonks.extractions`. */
  readonly topic: string
  readonly partitions: number
  readonly cleanup: 'delete' | 'compact'
  /** Negative is for ever. */
  readonly retentionMs: number
  readonly value: Serde
}

export interface StoreSpec {
  readonly name: string
  readonly type: 'kv'
  /** Entries not written for this long may be dropped, by the task's stream time. */
  readonly ttlMs?: number
}

export type Guarantee = 'at_least_once' | 'exactly_once'

export interface ErrorPolicy {
  readonly retryMax: number
  readonly backoffMinMs: number
  readonly backoffMaxMs: number
  /**
   * After the last retry: the dead-letter topic and on, or stop the node; or, of a processor, park the record: later ones of
   * its key wait behind it, those of others go on.
   */
  readonly then: 'dlq' | 'stop' | 'park'
  /** With `park`; `DEFAULT_PARK` unless given. */
  readonly park?: ParkPolicy
}

/** How long a parked record is believed in. */
export interface ParkPolicy {
  /** The first wait before it is tried again, and the longest: each is twice the one before. */
  readonly retryMinMs: number
  readonly retryMaxMs: number
  /** So many tries after it was parked; then it goes to the dead letters, and the next of its key has its turn. */
  readonly triesMax: number
  /** So many records of a key; for one more the first goes to the dead letters. */
  readonly recordsMax: number
}

export const DEFAULT_PARK: ParkPolicy = {
  retryMinMs: 60_000,
  retryMaxMs: 3_600_000,
  triesMax: 24,
  recordsMax: 1_000,
}

/** The store of a node that parks. */
export const PARKED_STORE = 'parked_records'

/** How an asynchronous processor makes its calls. What it shares out is for all tasks of the node in one process. */
export interface CallPolicy {
  /** Calls at a time. */
  readonly concurrency: number
  /** `per_key`: records of one key one after the other. Records without a key have no order. */
  readonly order: 'per_key' | 'unordered'
  /** How long an answer is waited for; then the call is taken for failed, and tried again like any that may pass. */
  readonly timeoutMs: number
  /** Calls that may begin in a second, tries included, evenly spread. */
  readonly ratePerSecond?: number
  readonly breaker: BreakerPolicy
  /** Records that a task has begun and not done, at most: those that wait for others of their key are among them. */
  readonly inFlightMax: number
  /** The store, one of the node's, that remembers answers. Its time to live is counted by the clock. */
  readonly memo?: string
}

export const DEFAULT_CALLS: CallPolicy = {
  concurrency: 8,
  order: 'per_key',
  timeoutMs: 60_000,
  breaker: { failures: 10, coolDownMs: 30_000 },
  inFlightMax: 2_000,
}

interface NodeSpec {
  readonly name: string
  /** Topics it may forward to, by name. */
  readonly to: readonly string[]
  readonly stores: readonly StoreSpec[]
  readonly guarantee: Guarantee
  readonly commitIntervalMs: number
  readonly errors: ErrorPolicy
}

/**
 * A processor: consumer group `<application>.<name>`, one task a partition of its `from` topics, which are co-partitioned.
 * Every task also reads all partitions of the `broadcast` topics. A `feedback` topic is one of `from` that closes a loop.
 */
export interface ProcessorSpec extends NodeSpec {
  readonly kind: 'processor'
  readonly from: readonly string[]
  readonly broadcast: readonly string[]
  readonly feedback?: readonly string[]
  /** Name in code -> topic name. */
  readonly tables: Readonly<Record<string, string>>
  /** The processor of the topology it is a part of, where that is a flow: it runs where that is asked for. */
  readonly partOf?: string
  /** Where its code makes calls; `DEFAULT_CALLS` unless given. */
  readonly calls?: CallPolicy
  /** A fresh processor for a task. */
  readonly create: () => Processor | AsyncProcessor
}

export interface SourceSpec extends NodeSpec {
  readonly kind: 'source'
  readonly create: () => Source
}

export interface SinkSpec {
  readonly kind: 'sink'
  readonly name: string
  readonly from: readonly string[]
  readonly batchRecordsMax: number
  readonly batchWaitMs: number
  readonly errors: ErrorPolicy
  readonly create: () => Sink | ByteSink
}

/** The stores of a processor, with the one that its error policy needs. */
export function storesOf({ stores, errors }: Pick<ProcessorSpec, 'stores' | 'errors'>): readonly StoreSpec[] {
  return errors.then === 'park' ? [...stores, { name: PARKED_STORE, type: 'kv' }] : stores
}

export type GraphNode = ProcessorSpec | SourceSpec | SinkSpec

/** How tasks of different processes keep to one event time; see `streams/event-time/`. */
export interface EventTime {
  /** Sources of this run: whoever is fed by them alone or not at all decides who is waited for. */
  readonly sources: ReadonlySet<string>
  /** How long a task idles for a writer that is silent, wall-clock; Infinity where what a run gives must not depend on speed. */
  readonly maxTaskIdleMs: number
}

/** A compiled topology: frozen, names resolved, nothing left to look up. Knows neither YAML nor Kafka. */
export interface Graph {
  /** Prefix of topics and consumer groups, `stonks`. */
  readonly name: string
  readonly topics: Readonly<Record<string, TopicSpec>>
  readonly nodes: Readonly<Record<string, GraphNode>>
  /** Left out, tasks take records as they come, the oldest first of those that are there. */
  readonly eventTime?: EventTime
}

export const groupOf = (graph: Graph, node: string): string => `${graph.name}.${node}`
export const deadLetterTopicOf = (graph: Graph, node: string): string => `${graph.name}.${node}.dlq`
export const changelogTopicOf = (graph: Graph, node: string, store: string): string =>
  `${graph.name}.${node}.${store}.changelog`
