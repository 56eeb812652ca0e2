import type { ErrorPolicy, Graph, GraphNode, ProcessorSpec, SinkSpec, SourceSpec, TopicSpec } from '../graph.ts'
import { jsonSerde } from './json-serde.ts'

export const DEFAULT_ERRORS: ErrorPolicy = { retryMax: 2, backoffMinMs: 1, backoffMaxMs: 4, then: 'dlq' }
const common = { to: [], stores: [], guarantee: 'exactly_once', commitIntervalMs: 20, errors: DEFAULT_ERRORS } as const

/** A processor with the defaults of a small graph. */
export const processor = (
  spec: Partial<ProcessorSpec> & Pick<ProcessorSpec, 'name' | 'from' | 'create'>,
): ProcessorSpec => ({
  ...common,
  kind: 'processor',
  broadcast: [],
  tables: {},
  ...spec,
})

export const source = (spec: Partial<SourceSpec> & Pick<SourceSpec, 'name' | 'create'>): SourceSpec => ({
  ...common,
  kind: 'source',
  ...spec,
})

export const sink = (spec: Partial<SinkSpec> & Pick<SinkSpec, 'name' | 'from' | 'create'>): SinkSpec => ({
  kind: 'sink',
  batchRecordsMax: 100,
  batchWaitMs: 5,
  errors: DEFAULT_ERRORS,
  ...spec,
})

/** A graph of these nodes over JSON topics, each with so many partitions. */
export function graphOf(
  topics: Readonly<Record<string, number | Partial<TopicSpec>>>,
  nodes: readonly GraphNode[],
): Graph {
  const specs = Object.entries(topics).map(([name, given]): [string, TopicSpec] => [
    name,
    {
      name,
      topic: `g.${name}`,
      partitions: 1,
      cleanup: 'delete',
      retentionMs: -1,
      value: jsonSerde,
      ...(typeof given === 'number' ? { partitions: given } : given),
    },
  ])
  return {
    name: 'g',
    topics: Object.fromEntries(specs),
    nodes: Object.fromEntries(nodes.map((node) => [node.name, node])),
  }
}
