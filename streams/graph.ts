import type { Processor, Sink, Source } from './processor.ts'
import type { Serde } from './record.ts'

/** A topic as the engine needs it: full name on the log, shape, and how its values become bytes. */
export interface TopicSpec {
  /** Name in the topology, `extractions`. */
  readonly name: string
  /** Name on the log, `stonks.extractions`. */
  readonly topic: string
  readonly partitions: number
  readonly cleanup: 'delete' | 'compact'
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
  /** After the last retry: the dead-letter topic and on, or stop the processor. */
  readonly then: 'dlq' | 'stop'
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
  /** A fresh processor for a task. */
  readonly create: () => Processor
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
  readonly create: () => Sink
}

export type GraphNode = ProcessorSpec | SourceSpec | SinkSpec

/** A compiled topology: frozen, names resolved, nothing left to look up. Knows neither YAML nor Kafka. */
export interface Graph {
  /** Prefix of topics and consumer groups, `stonks`. */
  readonly name: string
  readonly topics: Readonly<Record<string, TopicSpec>>
  readonly nodes: Readonly<Record<string, GraphNode>>
}

export const groupOf = (graph: Graph, node: string): string => `${graph.name}.${node}`
export const deadLetterTopicOf = (graph: Graph, node: string): string => `${graph.name}.${node}.dlq`
export const changelogTopicOf = (graph: Graph, node: string, store: string): string =>
  `${graph.name}.${node}.${store}.changelog`
