import type { CheckedNode, CheckedTopology } from './checked.ts'
import { successors } from './cycle.ts'

export interface LayoutNode {
  readonly name: string
  readonly kind: CheckedNode['kind']
  /** Column from the left and row from the top, whole numbers; the page scales them. */
  readonly column: number
  readonly row: number
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly stores: readonly string[]
  readonly line: number
}

export interface LayoutEdge {
  readonly source: string
  readonly target: string
  readonly topic: string
  readonly kind: 'stream' | 'broadcast' | 'table' | 'feedback'
}

export interface Layout {
  readonly name: string
  readonly nodes: readonly LayoutNode[]
  readonly edges: readonly LayoutEdge[]
}

/**
 * Layered coordinates: a node stands right of everything it reads from, sinks right of all. Rows keep the order of the file, so
 * that a node that is added moves what reads it to the right and what stands below it down, and nothing past each other.
 */
export function layoutOf(topology: CheckedTopology): Layout {
  const all = Object.values(topology.nodes)
  const columns = columnsOf(all)
  const rows = new Map<number, number>()
  const nodes = all.map((n): LayoutNode => {
    const column = columns.get(n.name) ?? 0
    const row = rows.get(column) ?? 0
    rows.set(column, row + 1)
    return {
      name: n.name,
      kind: n.kind,
      column,
      row,
      from: n.from,
      to: n.to,
      stores: n.stores.map((s) => s.name),
      line: n.span.line,
    }
  })
  return { name: topology.name, nodes, edges: edgesOf(all) }
}

function columnsOf(nodes: readonly CheckedNode[]): ReadonlyMap<string, number> {
  const next = successors(nodes)
  const columns = new Map(nodes.map((n) => [n.name, 0]))
  // A topological order exists (cycles were refused), so as many rounds as nodes settle it.
  for (let round = 0; round < nodes.length; round++) {
    let moved = false
    for (const [name, targets] of next) {
      for (const target of targets) {
        const column = (columns.get(name) ?? 0) + 1
        if (column <= (columns.get(target) ?? 0)) continue
        columns.set(target, column)
        moved = true
      }
    }
    if (!moved) break
  }
  const inner = nodes.filter(({ kind }) => kind !== 'sink').map(({ name }) => columns.get(name) ?? 0)
  const last = Math.max(-1, ...inner) + 1
  for (const { name, kind } of nodes) if (kind === 'sink') columns.set(name, last)
  return columns
}

function edgesOf(nodes: readonly CheckedNode[]): readonly LayoutEdge[] {
  const writers = (topic: string): CheckedNode[] => nodes.filter((n) => n.to.includes(topic))
  return nodes.flatMap((target) => {
    const edge = (topic: string, kind: LayoutEdge['kind']): LayoutEdge[] =>
      writers(topic).map((source) => ({ source: source.name, target: target.name, topic, kind }))
    return [
      ...target.from.flatMap((topic) => edge(topic, target.feedback.includes(topic) ? 'feedback' : 'stream')),
      ...target.broadcast.flatMap((topic) => edge(topic, 'broadcast')),
      ...Object.values(target.tables).flatMap((topic) => edge(topic, 'table')),
    ]
  })
}

const SHAPES = { source: ['([', '])'], processor: ['[', ']'], sink: ['[(', ')]'] } as const
const ARROWS = { stream: '-->', broadcast: '-.->', table: '-.->', feedback: '-.->' } as const

/** The layout as a mermaid flowchart. */
export function toMermaid(layout: Layout): string {
  const nodes = layout.nodes.map((n) => `  ${n.name}${SHAPES[n.kind][0]}"${n.name}"${SHAPES[n.kind][1]}`)
  const edges = layout.edges.map((e) => `  ${e.source} ${ARROWS[e.kind]}|${e.topic}| ${e.target}`)
  return ['flowchart LR', ...nodes, ...edges, ''].join('\n')
}
