import type { ReactNode } from 'react'
import type { Topology, TopologyEdge, TopologyNode } from '../../data/wire.ts'
import { formatCount, formatDuration, formatPercent, formatRate, NOTHING } from '../../ui/format.ts'
import { Facts, Section } from '../../ui/parts.tsx'
import { StatusMark } from '../../ui/status.tsx'
import { statusOf } from './headline.ts'

const edgeText = (edge: TopologyEdge): string =>
  `${edge.source} to ${edge.target} by ${edge.topic}${edge.kind === 'stream' ? '' : ` (${edge.kind})`}, ${formatRate(edge.rate)}`

function EdgeList({ title, edges }: { readonly title: string; readonly edges: readonly TopologyEdge[] }): ReactNode {
  return (
    <div>
      <h3>{title}</h3>
      {edges.length === 0 ? (
        <p className="faint">nothing</p>
      ) : (
        <ul className="plain num">
          {edges.map((edge) => (
            <li key={`${edge.source}>${edge.target}>${edge.topic}`}>{edgeText(edge)}</li>
          ))}
        </ul>
      )}
    </div>
  )
}

/** Everything known of the selected node. */
export function NodePanel({
  topology,
  node,
}: {
  readonly topology: Topology
  readonly node: TopologyNode | null
}): ReactNode {
  if (node === null) {
    return <p className="panel-hint faint">Select a node to see its tasks, delays and edges.</p>
  }
  const status = statusOf(node)
  return (
    <Section title={node.name} note={<StatusMark status={status} />}>
      {node.last_error === null ? null : <p className="error-text">Newest error: {node.last_error}</p>}
      <Facts
        rows={[
          ['kind', node.kind],
          ['busy', formatPercent(node.busy)],
          ['records in', formatRate(node.records_in_per_second)],
          ['records out', formatRate(node.records_out_per_second)],
          ['per record, p50', formatDuration(node.p50_ms)],
          ['per record, p99', formatDuration(node.p99_ms)],
          ['waiting', node.lag_records === null ? NOTHING : `${formatCount(node.lag_records)} records`],
          ['behind', formatDuration(node.behind_ms)],
          ['dead letters', formatCount(node.dead_lettered)],
          ['tasks', formatCount(node.tasks)],
          ['stores', node.stores.length === 0 ? 'none' : node.stores.join(', ')],
          ['defined at', node.line === null ? NOTHING : `line ${node.line} of the topology file`],
        ]}
      />
      <div className="columns">
        <EdgeList title="Reads" edges={topology.edges.filter((e) => e.target === node.name)} />
        <EdgeList title="Feeds" edges={topology.edges.filter((e) => e.source === node.name)} />
      </div>
    </Section>
  )
}
