import { taskCountOf } from '../event-time/awaited.ts'
import {
  changelogTopicOf,
  deadLetterTopicOf,
  type Graph,
  groupOf,
  type ProcessorSpec,
  type SourceSpec,
  type StoreSpec,
  storesOf,
} from '../graph.ts'
import type { EarlierWrites, TopicConfig } from '../log/port.ts'
import { topicOf } from '../task/outputs.ts'

const DEAD_LETTER_RETENTION_MS = 90 * 86_400_000

/** Every topic the graph needs: the declared ones, a dead-letter topic for each node, and (for Kafka) a changelog for each store. */
export function topicsOf(graph: Graph, options: { readonly changelogs: boolean }): readonly TopicConfig[] {
  const declared = Object.values(graph.topics).map(({ topic, partitions, cleanup, retentionMs }) => ({
    topic,
    partitions,
    cleanup,
    retentionMs,
  }))
  const internal = Object.values(graph.nodes).flatMap((node): TopicConfig[] => {
    const topic = deadLetterTopicOf(graph, node.name)
    const deadLetters: TopicConfig = { topic, partitions: 1, cleanup: 'delete', retentionMs: DEAD_LETTER_RETENTION_MS }
    if (node.kind === 'sink' || !options.changelogs) return [deadLetters]
    const partitions = taskCountOf(graph, node)
    const changelogs = changelogged(node).map(
      (store): TopicConfig => ({
        topic: changelogTopicOf(graph, node.name, store.name),
        partitions,
        cleanup: 'compact',
        retentionMs: -1,
      }),
    )
    return [deadLetters, ...changelogs]
  })
  return [...declared, ...internal]
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
