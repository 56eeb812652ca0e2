import type { CheckedNode } from './checked.ts'

type Flow = Pick<CheckedNode, 'name' | 'from' | 'broadcast' | 'feedback' | 'to'>

/** Names of the nodes along a loop that no `feedback:` declares, in flow order; undefined where there is none. */
export function findCycle(nodes: readonly Flow[]): readonly string[] | undefined {
  const next = successors(nodes)
  const done = new Set<string>()
  const walk = (name: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(name)) return path.slice(path.indexOf(name))
    if (done.has(name)) return undefined
    for (const target of next.get(name) ?? []) {
      const cycle = walk(target, [...path, name])
      if (cycle) return cycle
    }
    done.add(name)
    return undefined
  }
  for (const node of nodes) {
    const cycle = walk(node.name, [])
    if (cycle) return cycle
  }
  return undefined
}

/** Node to the nodes that read what it writes; feedback is left out, so the result has a topological order. */
export function successors(nodes: readonly Flow[]): ReadonlyMap<string, readonly string[]> {
  const readers = (topic: string): string[] =>
    nodes.filter((n) => [...n.from, ...n.broadcast].includes(topic) && !n.feedback.includes(topic)).map((n) => n.name)
  return new Map(nodes.map((node) => [node.name, [...new Set(node.to.flatMap(readers))]]))
}
