import type { Graph, GraphNode, ProcessorSpec } from '../graph.ts'

/** What a graph says of time across processes; worked out once. */
export interface AwaitedTasks {
  /** Ids of the tasks that write to a topic, in the order that breaks ties; none where nobody announces there. */
  of(topicName: string): readonly string[]
  /** Somebody holds records back until this topic's event time is complete. */
  isAwaited(topicName: string): boolean
}

const NOBODY: AwaitedTasks = { of: () => [], isAwaited: () => false }

/** Inputs a processor holds records back for. A topic that closes a loop would wait for the processor itself. */
const waitedFor = (node: ProcessorSpec): readonly string[] => [
  ...node.from.filter((topic) => !node.feedback?.includes(topic)),
  ...node.broadcast,
]

/**
 * Who announces how far event time is complete, by topic: every task of the nodes that the sources of this run feed. Nodes
 * that are fed by other sources are idle, and nobody waits for them.
 */
export function awaitedTasks(graph: Graph): AwaitedTasks {
  if (graph.eventTime === undefined) return NOBODY
  const active = activeNodes(graph, graph.eventTime.sources)
  const writers = new Map<string, string[]>()
  for (const node of active) {
    if (node.kind === 'sink') continue
    const ids = Array.from({ length: taskCountOf(graph, node) }, (_, partition) => `${node.name}_${partition}`)
    for (const topic of node.to) writers.set(topic, [...(writers.get(topic) ?? []), ...ids])
  }
  const processors = Object.values(graph.nodes).filter((node) => node.kind === 'processor')
  const awaited = new Set(processors.flatMap((node) => [...waitedFor(node), ...Object.values(node.tables)]))
  return { of: (topic) => writers.get(topic) ?? [], isAwaited: (topic) => awaited.has(topic) }
}

/** Partitions of a node's input, which are its tasks; 1 for a source. */
export function taskCountOf(graph: Graph, node: { readonly name: string; readonly from?: readonly string[] }): number {
  return Math.max(1, ...(node.from ?? []).map((name) => graph.topics[name]?.partitions ?? 1))
}

function activeNodes(graph: Graph, sources: ReadonlySet<string>): readonly GraphNode[] {
  const nodes = Object.values(graph.nodes)
  const active = new Set(nodes.filter((node) => node.kind === 'source' && sources.has(node.name)))
  for (let before = -1; before !== active.size; ) {
    before = active.size
    const fed = new Set([...active].flatMap((node) => (node.kind === 'sink' ? [] : node.to)))
    for (const node of nodes) {
      if (node.kind === 'processor' && waitedFor(node).some((topic) => fed.has(topic))) active.add(node)
    }
  }
  return nodes.filter((node) => active.has(node))
}
