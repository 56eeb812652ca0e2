import type { CheckedNode } from './checked.ts'

type Place = Pick<CheckedNode, 'name' | 'kind' | 'from' | 'broadcast' | 'to'>

/**
 * Nodes that no record can come to: all they read is written by nodes that none can come to either, as in a loop that nothing
 * feeds. A topic that nothing here writes, or that a bridge stands at, is fed from outside.
 */
export function unreachedNodes<N extends Place>(nodes: readonly N[], bridged: ReadonlySet<string>): readonly N[] {
  const written = new Set(nodes.flatMap(({ to }) => to))
  const readers = new Map<string, N[]>()
  const reads = ({ from, broadcast }: Place): readonly string[] => [...from, ...broadcast]
  for (const node of nodes) for (const topic of reads(node)) readers.set(topic, [...(readers.get(topic) ?? []), node])
  const reached = new Set<string>()
  const next = nodes.filter(
    (node) => node.kind === 'source' || reads(node).some((topic) => !written.has(topic) || bridged.has(topic)),
  )
  for (let node = next.pop(); node !== undefined; node = next.pop()) {
    if (reached.has(node.name)) continue
    reached.add(node.name)
    for (const topic of node.to) next.push(...(readers.get(topic) ?? []))
  }
  return nodes.filter(({ name }) => !reached.has(name))
}
