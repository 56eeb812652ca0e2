import { type Graph, type GraphNode, groupOf, type TopicConfig, topicsOf } from '../../streams/index.ts'
import type { CheckedTopology } from '../checked.ts'
import { type DesiredMove, movesOf } from './moves.ts'
import { MANAGED_SETTINGS, type ManagedSetting } from './world.ts'

export interface DesiredTopic {
  readonly topic: string
  readonly partitions: number
  readonly settings: Readonly<Record<ManagedSetting, string>>
  readonly retentionMs: number
  /** Nodes that read or write it, by name. */
  readonly readers: readonly string[]
  readonly writers: readonly string[]
}

export interface DesiredSubject {
  readonly subject: string
  readonly topic: string
  /** As the registry takes it. */
  readonly schema: string
}

export interface DesiredGroup {
  readonly group: string
  readonly node: string
  readonly topics: readonly string[]
}

/** What a topology wants to find on a cluster. */
export interface Desired {
  /** Prefix of everything that is the topology's own, `stonks.`. */
  readonly prefix: string
  readonly topics: readonly DesiredTopic[]
  readonly subjects: readonly DesiredSubject[]
  readonly compatibility: string
  readonly groups: readonly DesiredGroup[]
  readonly moves: readonly DesiredMove[]
}

/** `schemaText` gives the text of a schema by its record name. */
export function desiredOf(topology: CheckedTopology, graph: Graph, schemaText: (name: string) => string): Desired {
  const nodes = Object.values(graph.nodes)
  const fullName = (name: string): string => graph.topics[name]?.topic ?? name
  const reads = new Map(nodes.map((node) => [node.name, readsOf(node).map(fullName)]))
  const writes = new Map(nodes.map((node) => [node.name, node.kind === 'sink' ? [] : node.to.map(fullName)]))
  return {
    prefix: `${topology.name}.`,
    compatibility: topology.compatibility,
    topics: topicsOf(graph, { changelogs: true }).map((config) => ({
      topic: config.topic,
      partitions: config.partitions,
      retentionMs: config.retentionMs,
      settings: settingsOf(config),
      readers: nodes.flatMap(({ name }) => (reads.get(name)?.includes(config.topic) ? [name] : [])),
      writers: nodes.flatMap(({ name }) =>
        writes.get(name)?.includes(config.topic) || isInternalOf(graph, name, config.topic) ? [name] : [],
      ),
    })),
    subjects: Object.values(topology.topics).map(({ topic, schema }) => ({
      subject: `${topic}-value`,
      topic,
      schema: schemaText(schema),
    })),
    moves: movesOf(topology, graph),
    groups: nodes.flatMap((node) =>
      node.kind === 'source'
        ? []
        : [{ group: groupOf(graph, node.name), node: node.name, topics: committedOf(node).map(fullName) }],
    ),
  }
}

export const settingsOf = ({ cleanup, retentionMs }: TopicConfig): Record<ManagedSetting, string> => ({
  [MANAGED_SETTINGS[0]]: cleanup,
  [MANAGED_SETTINGS[1]]: String(retentionMs),
})

const readsOf = (node: GraphNode): readonly string[] =>
  node.kind === 'source'
    ? []
    : node.kind === 'sink'
      ? node.from
      : [...node.from, ...node.broadcast, ...Object.values(node.tables)]

/** Tables are read without a group. */
const committedOf = (node: Exclude<GraphNode, { kind: 'source' }>): readonly string[] =>
  node.kind === 'sink' ? node.from : [...node.from, ...node.broadcast]

/** Dead letters and changelogs carry their node's name. */
const isInternalOf = (graph: Graph, node: string, topic: string): boolean =>
  topic.startsWith(`${graph.name}.${node}.`) && /\.(dlq|changelog|parked)$/.test(topic)
