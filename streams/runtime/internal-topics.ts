import { taskCountOf } from '../event-time/awaited.ts'
import { changelogTopicOf, deadLetterTopicOf, type Graph, storesOf } from '../graph.ts'
import type { TopicConfig } from '../log/port.ts'

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
    const stores = node.kind === 'processor' ? storesOf(node) : node.stores
    const changelogs = stores.map(
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
