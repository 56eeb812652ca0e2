import type { CheckedNode } from './checked.ts'

type Flow = Pick<CheckedNode, 'name' | 'from' | 'broadcast' | 'feedback' | 'to'>

/** Names of the nodes along a loop that no `feedback:` declares, in flow order; undefined where there is none. */
export function findCycle(nodes: readonly Flow[]): readonly string[] | undefined {
  const next = successors(nodes)
  const done = new Set<string>()
  // Where the walk came by: a set keeps its order, and is asked at every step.
  const path = new Set<string>()
  const walk = (name: string): readonly string[] | undefined => {
    if (path.has(name)) return [...path].slice([...path].indexOf(name))
    if (done.has(name)) return undefined
    path.add(name)
    for (const target of next.get(name) ?? []) {
      const cycle = walk(target)
      if (cycle) return cycle
    }
    path.delete(name)
    done.add(name)
    return undefined
  }
  for (const node of nodes) {
    const cycle = walk(node.name)
    if (cycle) return cycle
  }
  return undefined
}

/** Node to the nodes that read what it writes; feedback is left out, so the result has a topological order. */
export function successors(nodes: readonly Flow[]): ReadonlyMap<string, readonly string[]> {
  const readers = new Map<string, string[]>()
  for (const { name, from, broadcast, feedback } of nodes) {
    for (const topic of new Set([...from, ...broadcast])) {
      if (feedback.includes(topic)) continue
      const found = readers.get(topic)
      if (found) found.push(name)
      else readers.set(topic, [name])
    }
  }
  return new Map(nodes.map(({ name, to }) => [name, [...new Set(to.flatMap((topic) => readers.get(topic) ?? []))]]))
}
