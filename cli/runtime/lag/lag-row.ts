import type { TaskLag } from '../../../api/contract.ts'
import { type Graph, groupOf, type PartitionLag } from '../../../streams/index.ts'

/** Nodes by their consumer groups, and which topics every task of a node reads whole. */
export type NodesOfGroups = ReadonlyMap<string, { readonly node: string; readonly shared: ReadonlySet<string> }>

export function nodesOfGroups(graph: Graph): NodesOfGroups {
  const entries = Object.values(graph.nodes).flatMap((node) => {
    const shared = node.kind === 'processor' ? node.broadcast.map((name) => graph.topics[name]?.topic ?? name) : []
    return node.kind === 'source'
      ? []
      : [[groupOf(graph, node.name), { node: node.name, shared: new Set(shared) }] as const]
  })
  return new Map(entries)
}

export type LagRow = TaskLag & { readonly node: string }

/** As it is on the wire. A group of others has no node: its name stands for one. `pace`: seconds of a recording in one of ours. */
export function lagRow(lag: PartitionLag, nodes: NodesOfGroups, pace = 1): LagRow {
  const { topic, partition } = lag.at
  const known = nodes.get(lag.group)
  const node = known?.node ?? lag.group
  const behindMs = lag.behindMs === undefined ? null : Math.round(lag.behindMs / pace)
  return {
    node,
    group: lag.group,
    task_id: known?.shared.has(topic) ? node : `${node}_${partition}`,
    topic,
    partition,
    committed_offset: lag.committed === undefined ? null : String(lag.committed),
    end_offset: String(lag.end),
    lag_records: Number(lag.records),
    lag_exact: lag.isExact,
    lag_offsets: Number(lag.committed === undefined ? lag.written : max0(lag.written - lag.committed)),
    behind_ms: behindMs,
    trend: lag.direction,
    lag_records_per_second: lag.lagPerSecond === undefined ? null : Math.round(lag.lagPerSecond * 100) / 100,
    catch_up_ms: lag.catchUpMs === undefined ? null : Math.round(lag.catchUpMs),
    status: lag.status,
    state: stateOf(lag),
  }
}

const max0 = (n: bigint): bigint => (n > 0n ? n : 0n)

/** Idle: nothing to read. Stuck: no progress with records waiting. Keeping up: in time, or getting closer. */
function stateOf({ records, status, direction, behindMs }: PartitionLag): TaskLag['state'] {
  if (records === 0n) return 'idle'
  if (status === 'stall' || status === 'stop') return 'stuck'
  return direction === 'falling' || (behindMs ?? 0) < KEEPING_UP_MS ? 'keeping_up' : 'behind'
}

const KEEPING_UP_MS = 5_000
