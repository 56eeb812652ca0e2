import type { Graph, GraphNode } from '../graph.ts'

const inputsOf = (node: GraphNode): readonly string[] =>
  node.kind === 'source' ? [] : node.kind === 'sink' ? node.from : [...node.from, ...node.broadcast]

/** How deep each node lies: 1 for those fed by sources only, more the further down. Edges that close a loop do not count. */
export function topologicalRanks(graph: Graph): ReadonlyMap<string, number> {
  const writers = new Map<string, string[]>()
  for (const node of Object.values(graph.nodes)) {
    if (node.kind === 'sink') continue
    for (const topic of node.to) writers.set(topic, [...(writers.get(topic) ?? []), node.name])
  }
  const ranks = new Map<string, number>()
  const open = new Set<string>()
  const visit = (name: string): number => {
    const known = ranks.get(name)
    if (known !== undefined) return known
    const node = graph.nodes[name]
    if (node === undefined || open.has(name)) return 0
    open.add(name)
    const above = inputsOf(node)
      .flatMap((topic) => writers.get(topic) ?? [])
      .map(visit)
    open.delete(name)
    const rank = node.kind === 'source' ? 0 : 1 + Math.max(0, ...above)
    ranks.set(name, rank)
    return rank
  }
  for (const name of Object.keys(graph.nodes)) visit(name)
  return ranks
}
