import { type KeyboardEvent, memo, type ReactNode, useMemo } from 'react'
import type { Topology, TopologyNode } from '../../data/wire.ts'
import { formatCount, formatDuration, formatPercent, formatRate } from '../../ui/format.ts'
import { StatusIcon } from '../../ui/status.tsx'
import { extent, type Grid, gridFor, leftOf, strokeOf, topOf, type Wire, wiresOf } from './geometry.ts'
import { bottleneckOf, statusOf } from './headline.ts'
import { useWidth } from './use-size.ts'
import { inFlowOrder, step } from './walk.ts'

interface GraphProps {
  readonly topology: Topology
  readonly selected: string | null
  readonly zoom: number
  readonly onSelect: (name: string | null) => void
}

const nodeId = (name: string): string => `node-${name}`

/** The dataflow as boxes and lines. The boxes are buttons in the order of the flow; the lines are drawn behind them. */
export function Graph({ topology, selected, zoom, onSelect }: GraphProps): ReactNode {
  const [box, width] = useWidth<HTMLDivElement>()
  const columns = Math.max(...topology.nodes.map((n) => n.column)) + 1
  const grid = useMemo(() => gridFor(width, columns), [width, columns])
  const size = extent(grid, topology.nodes)
  const wires = useMemo(() => wiresOf(grid, topology.nodes, topology.edges), [grid, topology])
  const slow = bottleneckOf(topology.nodes)
  const onKey = (event: KeyboardEvent): void => {
    const at = (event.target as HTMLElement).dataset['node']
    const next = at === undefined ? null : step(topology.nodes, topology.edges, at, event.key)
    if (next === null) return
    event.preventDefault()
    document.getElementById(nodeId(next))?.focus()
  }
  return (
    <div ref={box} className="graph-box">
      {width === 0 ? null : (
        <div className="graph-zoom" style={{ width: size.width * zoom, height: size.height * zoom }}>
          <div className="graph" style={{ width: size.width, height: size.height, transform: `scale(${zoom})` }}>
            <Wires wires={wires} width={size.width} height={size.height} selected={selected} />
            <ol aria-label="Nodes, in the order of the flow" onKeyDown={onKey}>
              {inFlowOrder(topology.nodes).map((node) => (
                <li key={node.name}>
                  <NodeButton
                    node={node}
                    grid={grid}
                    isSelected={node.name === selected}
                    isBottleneck={node.name === slow}
                    onSelect={onSelect}
                  />
                </li>
              ))}
            </ol>
          </div>
        </div>
      )}
    </div>
  )
}

interface NodeButtonProps {
  readonly node: TopologyNode
  readonly grid: Grid
  readonly isSelected: boolean
  readonly isBottleneck: boolean
  readonly onSelect: (name: string | null) => void
}

function NodeButton({ node, grid, isSelected, isBottleneck, onSelect }: NodeButtonProps): ReactNode {
  const status = statusOf(node)
  const busy = node.busy === null ? '' : ` · ${formatPercent(node.busy)}`
  return (
    <button
      type="button"
      id={nodeId(node.name)}
      data-node={node.name}
      className={`node node-${node.kind} node-is-${status.replace(' ', '-')}`}
      aria-pressed={isSelected}
      style={{
        left: leftOf(grid, node.column),
        top: topOf(grid, node.row),
        width: grid.nodeWidth,
        height: grid.nodeHeight,
      }}
      onClick={() => onSelect(isSelected ? null : node.name)}
    >
      <span className="node-name">
        <StatusIcon status={status} /> {node.name}
        <span className="visually-hidden">, {status}</span>
      </span>
      <span className="node-line">
        {node.kind}
        {busy}
      </span>
      <span className="node-line num">
        {node.kind === 'source'
          ? `out ${formatRate(node.records_out_per_second)}`
          : `in ${formatRate(node.records_in_per_second)}`}
        {node.dead_lettered > 0 ? <span className="node-dead"> ✕ {formatCount(node.dead_lettered)}</span> : null}
      </span>
      <span className="node-line num">{isBottleneck ? <strong>the bottleneck</strong> : <Behind node={node} />}</span>
    </button>
  )
}

function Behind({ node }: { readonly node: TopologyNode }): ReactNode {
  if (node.behind_ms !== null) return `${formatDuration(node.behind_ms)} behind`
  if (node.lag_records !== null) return `${formatCount(node.lag_records)} waiting`
  return node.p50_ms === null ? '\u00a0' : `${formatDuration(node.p50_ms)} each`
}

interface WiresProps {
  readonly wires: readonly Wire[]
  readonly width: number
  readonly height: number
  readonly selected: string | null
}

const Wires = memo(function Wires({ wires, width, height, selected }: WiresProps): ReactNode {
  const lit = (wire: Wire): boolean => wire.source === selected || wire.target === selected
  // Lit lines are drawn last, over the others.
  const ordered = wires.toSorted((a, b) => Number(lit(a)) - Number(lit(b)))
  return (
    <svg width={width} height={height} aria-hidden="true" className="wires">
      <defs>
        <marker
          id="arrow"
          viewBox="0 0 8 8"
          refX="4"
          refY="4"
          markerWidth="8"
          markerHeight="8"
          markerUnits="userSpaceOnUse"
          orient="auto"
        >
          <path d="M0 0.5 L7 4 L0 7.5 Z" className="wire-head" />
        </marker>
      </defs>
      {ordered.map((wire) => (
        <path
          key={wire.key}
          d={wire.path}
          className={`wire wire-${wire.kind} ${wire.isNear ? 'wire-near' : 'wire-long'} ${lit(wire) ? 'wire-lit' : ''}`}
          strokeWidth={wire.isNear ? strokeOf(wire.rate) : lit(wire) ? 1.75 : 1}
          markerEnd="url(#arrow)"
        />
      ))}
      {ordered.map((wire) =>
        wire.label === null ? null : (
          <text key={wire.key} x={wire.label.x} y={wire.label.y} textAnchor="middle" className="wire-label">
            {formatRate(wire.rate)}
          </text>
        ),
      )}
    </svg>
  )
})
