import type { TopologyEdge, TopologyNode } from '../../data/wire.ts'

/** Sizes in CSS pixels. */
export interface Grid {
  readonly pitchX: number
  readonly pitchY: number
  readonly nodeWidth: number
  readonly nodeHeight: number
  readonly marginTop: number
}

/** All topics between two nodes are one line: its rate is their sum. */
export interface Wire {
  readonly key: string
  readonly source: string
  readonly target: string
  readonly topics: readonly string[]
  readonly kind: TopologyEdge['kind']
  readonly rate: number | null
  readonly path: string
  /** Between neighbouring columns; drawn as wide as its rate. */
  readonly isNear: boolean
  /** Short lines between neighbours carry their rate in writing. */
  readonly label: { readonly x: number; readonly y: number } | null
}

const NODE_HEIGHT = 84
const GUTTER = 40
const LANES_HEIGHT = 44
const RADIUS = 5
const KIND_ORDER: readonly TopologyEdge['kind'][] = ['stream', 'feedback', 'broadcast', 'table']

/** A grid that fills `width` with the given number of columns, never narrower than the words need. */
export function gridFor(width: number, columns: number): Grid {
  const nodeWidth = Math.max(100, Math.floor((width - (columns - 1) * GUTTER - 2) / Math.max(1, columns)))
  const capped = Math.min(nodeWidth, 200)
  return {
    pitchX: capped + GUTTER,
    pitchY: NODE_HEIGHT + 64,
    nodeWidth: capped,
    nodeHeight: NODE_HEIGHT,
    marginTop: 34,
  }
}

export const leftOf = (grid: Grid, column: number): number => column * grid.pitchX
export const topOf = (grid: Grid, row: number): number => grid.marginTop + row * grid.pitchY

export function extent(
  grid: Grid,
  nodes: readonly TopologyNode[],
): { readonly width: number; readonly height: number } {
  const columns = Math.max(0, ...nodes.map((n) => n.column)) + 1
  const rows = Math.max(0, ...nodes.map((n) => n.row)) + 1
  return {
    width: leftOf(grid, columns - 1) + grid.nodeWidth,
    height: topOf(grid, rows - 1) + grid.nodeHeight + 64,
  }
}

/** Width of a line: grows with the logarithm of its rate, 1 to 5 px. */
export const strokeOf = (rate: number | null): number => 1.25 + Math.min(3.75, Math.log10(1 + (rate ?? 0)) * 1.25)

/** Lines between neighbours run straight; longer ones take a lane between the rows, one lane a target, so none crosses a box. */
export function wiresOf(grid: Grid, nodes: readonly TopologyNode[], edges: readonly TopologyEdge[]): readonly Wire[] {
  const byName = new Map(nodes.map((n) => [n.name, n]))
  const lanes = laneNumbers(nodes, edges)
  const pairs = Map.groupBy(edges, (e) => `${e.source}>${e.target}`)
  return [...pairs].flatMap(([key, group]): Wire[] => {
    const source = byName.get(group[0]?.source ?? '')
    const target = byName.get(group[0]?.target ?? '')
    if (source === undefined || target === undefined) return []
    const kind = KIND_ORDER.find((k) => group.some((e) => e.kind === k)) ?? 'stream'
    const rates = group.map((e) => e.rate).filter((rate) => rate !== null)
    const isNear = target.column === source.column + 1 && kind !== 'feedback'
    const lane = lanes.get(target.name) ?? { index: 0, share: 0 }
    return [
      {
        key,
        source: source.name,
        target: target.name,
        topics: group.map((e) => e.topic),
        kind,
        rate: rates.length === 0 ? null : rates.reduce((sum, rate) => sum + rate, 0),
        isNear,
        path: isNear ? nearPath(grid, source, target) : lanePath(grid, source, target, lane),
        label: isNear && source.row === target.row ? labelAt(grid, source) : null,
      },
    ]
  })
}

function labelAt(grid: Grid, source: TopologyNode): { readonly x: number; readonly y: number } {
  return { x: leftOf(grid, source.column) + grid.nodeWidth + GUTTER / 2, y: topOf(grid, source.row) + 20 }
}

const isLong = (source: TopologyNode, target: TopologyNode): boolean => target.column !== source.column + 1

/** A target's own lane, and how far down the gap between two rows it runs, 0 to 1. */
interface Lane {
  readonly index: number
  readonly share: number
}

function laneNumbers(nodes: readonly TopologyNode[], edges: readonly TopologyEdge[]): ReadonlyMap<string, Lane> {
  const byName = new Map(nodes.map((n) => [n.name, n]))
  const targets = edges.flatMap((e) => {
    const [source, target] = [byName.get(e.source), byName.get(e.target)]
    return source !== undefined && target !== undefined && isLong(source, target) ? [target.name] : []
  })
  const names = [...new Set(targets)]
  return new Map(names.map((name, index) => [name, { index, share: index / Math.max(1, names.length - 1) }]))
}

function nearPath(grid: Grid, source: TopologyNode, target: TopologyNode): string {
  const x1 = leftOf(grid, source.column) + grid.nodeWidth
  const x2 = leftOf(grid, target.column)
  const y1 = topOf(grid, source.row) + grid.nodeHeight / 2 - 10
  const y2 = topOf(grid, target.row) + grid.nodeHeight / 2 - 10
  const bend = (x2 - x1) / 2
  return `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - 4} ${y2}`
}

/** Right out of the source, along a lane, and from the left into the target; lines against the flow run above the row. */
function lanePath(grid: Grid, source: TopologyNode, target: TopologyNode, lane: Lane): string {
  const isBack = target.column <= source.column
  const x1 = leftOf(grid, source.column) + grid.nodeWidth
  const x2 = leftOf(grid, target.column)
  const y1 = topOf(grid, source.row) + grid.nodeHeight - 18
  const y2 = topOf(grid, target.row) + (isBack ? 18 : grid.nodeHeight - 18)
  const outX = x1 + 8 + lane.share * 14
  const inX = x2 - 10 - (lane.index % 4) * 3
  const laneY = isBack
    ? topOf(grid, target.row) - 16
    : topOf(grid, source.row) + grid.nodeHeight + 12 + lane.share * LANES_HEIGHT
  return rounded([
    [x1, isBack ? topOf(grid, source.row) + 18 : y1],
    [outX, isBack ? topOf(grid, source.row) + 18 : y1],
    [outX, laneY],
    [inX, laneY],
    [inX, y2],
    [x2 - 4, y2],
  ])
}

type Point = readonly [number, number]

function rounded(points: readonly Point[]): string {
  const towards = ([x1, y1]: Point, [x2, y2]: Point): Point => {
    const length = Math.hypot(x2 - x1, y2 - y1) || 1
    const step = Math.min(RADIUS, length / 2)
    return [x1 + ((x2 - x1) / length) * step, y1 + ((y2 - y1) / length) * step]
  }
  const parts = points.map((point, index) => {
    const [before, after] = [points[index - 1], points[index + 1]]
    if (before === undefined) return `M${point.join(' ')}`
    if (after === undefined) return `L${point.join(' ')}`
    return `L${towards(point, before).join(' ')} Q${point.join(' ')} ${towards(point, after).join(' ')}`
  })
  return parts.join(' ')
}
