import type { TopologyEdge, TopologyNode } from '../../data/wire.ts'

const byPlace = (a: TopologyNode, b: TopologyNode): number => a.column - b.column || a.row - b.row

/** Nodes in the order of the flow, which is the order of Tab. */
export const inFlowOrder = (nodes: readonly TopologyNode[]): readonly TopologyNode[] => nodes.toSorted(byPlace)

/** Where an arrow key leads: right and left along an edge to the nearest node, up and down within the column. */
export function step(
  nodes: readonly TopologyNode[],
  edges: readonly TopologyEdge[],
  from: string,
  key: string,
): string | null {
  const here = nodes.find((n) => n.name === from)
  if (here === undefined) return null
  const named = new Map(nodes.map((n) => [n.name, n]))
  const nearest = (names: readonly string[]): string | null => {
    const found = names.map((name) => named.get(name)).filter((n) => n !== undefined)
    const distance = (n: TopologyNode): number => Math.abs(n.column - here.column) * 100 + Math.abs(n.row - here.row)
    return found.toSorted((a, b) => distance(a) - distance(b))[0]?.name ?? null
  }
  const forward = edges.filter((e) => e.kind !== 'feedback')
  if (key === 'ArrowRight') return nearest(forward.filter((e) => e.source === from).map((e) => e.target))
  if (key === 'ArrowLeft') return nearest(forward.filter((e) => e.target === from).map((e) => e.source))
  const column = nodes.filter((n) => n.column === here.column)
  if (key === 'ArrowUp')
    return column.filter((n) => n.row < here.row).toSorted((a, b) => b.row - a.row)[0]?.name ?? null
  if (key === 'ArrowDown')
    return column.filter((n) => n.row > here.row).toSorted((a, b) => a.row - b.row)[0]?.name ?? null
  return null
}
