import { type Graph, type GraphNode, StreamsError } from '../../streams/index.ts'

/** What every topic that a shadow writes ends with: nobody but `diff` reads those. */
export const SHADOW_SUFFIX = '.shadow'
export const shadowTopicOf = (topic: string): string => `${topic}${SHADOW_SUFFIX}`
export const shadowNodeOf = (node: string): string => `${node}${SHADOW_SUFFIX}`

/**
 * The graph of one processor alone, beside the one that runs: it reads the same topics in a group of its own, and every
 * topic it writes, changelogs and dead letters included, is its own. Its code forwards to the same names as ever.
 *
 * @throws StreamsError TOPOLOGY_INVALID where that cannot be: the processor reads what it and others write
 */
export function shadowGraphOf(graph: Graph, processor: string): Graph {
  const parts = Object.values(graph.nodes).filter((node) => isOf(node, processor))
  const others = Object.values(graph.nodes).filter((node) => !isOf(node, processor))
  if (parts.length === 0 || parts.some(({ kind }) => kind !== 'processor'))
    throw new StreamsError('TOPOLOGY_INVALID', `${processor} is no processor`, { node: processor })
  const written = new Set(parts.flatMap((node) => (node.kind === 'sink' ? [] : node.to)))
  const shared = parts
    .flatMap((node) => (node.kind === 'processor' ? [...node.from, ...node.broadcast] : []))
    .find((name) => written.has(name) && others.some((node) => node.kind !== 'sink' && node.to.includes(name)))
  if (shared !== undefined)
    throw new StreamsError(
      'TOPOLOGY_INVALID',
      `${processor} reads ${shared}, and writes it as others do: a shadow would miss what the others write`,
      { node: processor, topic: shared },
    )
  const topics = Object.entries(graph.topics).map(([name, spec]) => [
    name,
    written.has(name) ? { ...spec, topic: shadowTopicOf(spec.topic) } : spec,
  ])
  const nodes = parts.map((node) => [shadowNodeOf(node.name), renamed(node)])
  // Event time is not waited for: nobody tells a shadow how far its writers are.
  return { name: graph.name, topics: Object.fromEntries(topics), nodes: Object.fromEntries(nodes) }
}

const isOf = (node: GraphNode, processor: string): boolean =>
  node.name === processor || ('partOf' in node && node.partOf === processor)

const renamed = (node: GraphNode): GraphNode => ({ ...node, name: shadowNodeOf(node.name) })
