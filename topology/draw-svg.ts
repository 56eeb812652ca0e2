import type { Layout, LayoutEdge, LayoutNode } from './layout.ts'

const [WIDTH, HEIGHT, COLUMN, ROW, MARGIN] = [150, 44, 240, 96, 24] as const
/** A line that passes other columns goes below what stands there. */
const [DIP, DIP_MAX] = [26, 150] as const
const CORNER: Readonly<Record<LayoutNode['kind'], number>> = { source: HEIGHT / 2, processor: 6, sink: 0 }

/**
 * The layout as an SVG that stands alone and reads on light and dark: nodes by their column and row, one line for each pair of
 * nodes with the topics it stands for as its title; dashed where a topic is read whole or closes a loop.
 */
export function toSvg(layout: Layout): string {
  const places = new Map(layout.nodes.map((node) => [node.name, placeOf(node)]))
  const width = Math.max(0, ...layout.nodes.map((n) => n.column)) * COLUMN + WIDTH + 2 * MARGIN
  const height =
    Math.max(0, ...layout.nodes.map((n) => n.row)) * ROW + HEIGHT + 2 * MARGIN + (layout.edges.length > 0 ? DIP_MAX : 0)
  const edges = [...pairsOf(layout.edges)].map(([pair, all]) => edge(pair.split(' '), all, places))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${layout.name}">
<style>
  svg { --paper: #ffffff; color: #1f2933; background: var(--paper); font: 13px system-ui, sans-serif }
  @media (prefers-color-scheme: dark) { svg { --paper: #14191f; color: #e4e7eb } }
  rect { fill: var(--paper); stroke: currentColor; stroke-width: 1.2 }
  path { fill: none; stroke: currentColor; stroke-width: 1.2; opacity: .45 }
  .broadcast, .table, .feedback { stroke-dasharray: 5 4 }
  text { fill: currentColor; text-anchor: middle; dominant-baseline: middle }
</style>
${edges.join('\n')}
${layout.nodes.map(box).join('\n')}
</svg>
`
}

interface Place {
  readonly x: number
  readonly y: number
}

const placeOf = ({ column, row }: LayoutNode): Place => ({ x: MARGIN + column * COLUMN, y: MARGIN + row * ROW })

function box(node: LayoutNode): string {
  const { x, y } = placeOf(node)
  return `<g><title>${node.kind} ${node.name}</title><rect x="${x}" y="${y}" width="${WIDTH}" height="${HEIGHT}" rx="${CORNER[node.kind]}"/><text x="${x + WIDTH / 2}" y="${y + HEIGHT / 2}">${node.name}</text></g>`
}

/** Edges between the same two nodes, of one kind, are one line. */
function pairsOf(edges: readonly LayoutEdge[]): ReadonlyMap<string, readonly LayoutEdge[]> {
  return Map.groupBy(edges, ({ source, target, kind }) => `${source} ${target} ${kind}`)
}

function edge(
  [source = '', target = '', kind = '']: readonly string[],
  all: readonly LayoutEdge[],
  places: ReadonlyMap<string, Place>,
): string {
  const [from, to] = [places.get(source) ?? { x: 0, y: 0 }, places.get(target) ?? { x: 0, y: 0 }]
  const [x1, y1, x2, y2] = [from.x + WIDTH, from.y + HEIGHT / 2, to.x, to.y + HEIGHT / 2]
  const bend = Math.max(60, Math.abs(x2 - x1) / 3)
  const passed = Math.round(Math.abs(to.x - from.x) / COLUMN) - (x2 > x1 ? 1 : 0)
  const dip = Math.min(DIP_MAX, passed * DIP + (passed > 0 ? DIP : 0))
  const topics = all.map(({ topic }) => topic).join(', ')
  return `<path class="${kind}" d="M${x1} ${y1}C${x1 + bend} ${y1 + dip} ${x2 - bend} ${y2 + dip} ${x2} ${y2}"><title>${source} to ${target}: ${topics}</title></path>`
}
