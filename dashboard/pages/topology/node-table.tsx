import type { ReactNode } from 'react'
import type { Topology } from '../../data/wire.ts'
import { formatCount, formatDuration, formatPercent, formatRate } from '../../ui/format.ts'
import { TableBox } from '../../ui/parts.tsx'
import { StatusMark } from '../../ui/status.tsx'
import { bottleneckOf, statusOf } from './headline.ts'
import { inFlowOrder } from './walk.ts'

interface NodeTableProps {
  readonly topology: Topology
  readonly selected: string | null
  readonly onSelect: (name: string | null) => void
}

/** The graph as rows, in the order of the flow. */
export function NodeTable({ topology, selected, onSelect }: NodeTableProps): ReactNode {
  const slow = bottleneckOf(topology.nodes)
  return (
    <TableBox label="Nodes">
      <table>
        <thead>
          <tr>
            <th scope="col">node</th>
            <th scope="col">state</th>
            <th scope="col" className="right">
              behind
            </th>
            <th scope="col" className="right">
              in
            </th>
            <th scope="col" className="right">
              out
            </th>
            <th scope="col" className="right">
              busy
            </th>
            <th scope="col" className="right">
              p50
            </th>
            <th scope="col" className="right">
              p99
            </th>
            <th scope="col" className="right">
              waiting
            </th>
            <th scope="col" className="right">
              dead letters
            </th>
            <th scope="col">kind</th>
            <th scope="col">feeds</th>
          </tr>
        </thead>
        <tbody>
          {inFlowOrder(topology.nodes).map((node) => (
            <tr key={node.name} className={node.name === selected ? 'row-selected' : undefined}>
              <th scope="row">
                <button
                  type="button"
                  className="link"
                  aria-pressed={node.name === selected}
                  onClick={() => onSelect(node.name === selected ? null : node.name)}
                >
                  {node.name}
                </button>
              </th>
              <td className="state-cell">
                <StatusMark status={statusOf(node)} />
                {node.name === slow ? <span className="nowrap"> the bottleneck</span> : null}
              </td>
              <td className="right num">{formatDuration(node.behind_ms)}</td>
              <td className="right num">{formatRate(node.records_in_per_second)}</td>
              <td className="right num">{formatRate(node.records_out_per_second)}</td>
              <td className="right num">{formatPercent(node.busy)}</td>
              <td className="right num">{formatDuration(node.p50_ms)}</td>
              <td className="right num">{formatDuration(node.p99_ms)}</td>
              <td className="right num">{formatCount(node.lag_records)}</td>
              <td className="right num">{formatCount(node.dead_lettered)}</td>
              <td>{node.kind}</td>
              <td>
                {[...new Set(topology.edges.filter((e) => e.source === node.name).map((e) => e.target))].join(', ')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  )
}
