import { taskCountOf } from '../event-time/awaited.ts'
import {
  changelogTopicOf,
  deadLetterTopicOf,
  type Graph,
  type GraphNode,
  groupOf,
  type ProcessorSpec,
  type SourceSpec,
  type StoreSpec,
  storesOf,
} from '../graph.ts'
import type { EarlierWrites, TopicConfig } from '../log/port.ts'
import { topicOf } from '../task/outputs.ts'

const DEAD_LETTER_RETENTION_MS = 90 * 86_400_000

export interface TopicsOptions {
  readonly changelogs: boolean
  /** Only what these nodes read and write; all nodes unless given. A process with the least rights sees no other topics. */
  readonly nodes?: ReadonlySet<string>
}

/** Every topic the graph needs: the declared ones, a dead-letter topic for each node, and (for Kafka) a changelog for each store. */
export function topicsOf(graph: Graph, { changelogs, nodes }: TopicsOptions): readonly TopicConfig[] {
  const running = Object.values(graph.nodes).filter(({ name }) => nodes === undefined || nodes.has(name))
  const touched = new Set(running.flatMap(topicsTouched))
  const declared = Object.values(graph.topics)
    .filter(({ name }) => nodes === undefined || touched.has(name))
    .map(({ topic, partitions, cleanup, retentionMs }) => ({ topic, partitions, cleanup, retentionMs }))
  return [...declared, ...running.flatMap((node) => internalOf(graph, node, changelogs))]
}

function topicsTouched(node: GraphNode): readonly string[] {
  if (node.kind === 'source') return node.to
  if (node.kind === 'sink') return node.from
  return [...node.from, ...node.broadcast, ...Object.values(node.tables), ...node.to]
}

function internalOf(graph: Graph, node: GraphNode, changelogs: boolean): readonly TopicConfig[] {
  const topic = deadLetterTopicOf(graph, node.name)
  const deadLetters: TopicConfig = { topic, partitions: 1, cleanup: 'delete', retentionMs: DEAD_LETTER_RETENTION_MS }
  if (node.kind === 'sink' || !changelogs) return [deadLetters]
  const partitions = taskCountOf(graph, node)
  const logged = changelogged(node).map(
    (store): TopicConfig => ({
      topic: changelogTopicOf(graph, node.name, store.name),
      partitions,
      cleanup: 'compact',
      retentionMs: -1,
    }),
  )
  return [deadLetters, ...logged]
}

/** All that the transactions of a node write to. */
export function writesOf(graph: Graph, node: ProcessorSpec | SourceSpec): EarlierWrites {
  const outputs = node.to.map((name) => topicOf(graph, name, node.name).topic)
  const changelogs = changelogged(node).map((store) => changelogTopicOf(graph, node.name, store.name))
  return {
    topics: [...outputs, ...changelogs, deadLetterTopicOf(graph, node.name)],
    groupId: node.kind === 'processor' ? groupOf(graph, node.name) : undefined,
  }
}

const changelogged = (node: ProcessorSpec | SourceSpec): readonly StoreSpec[] =>
  node.kind === 'processor' ? storesOf(node) : node.stores
