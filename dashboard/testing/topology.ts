import type { LiveSnapshot, RiskStateJson, Topology, TopologyNode } from '../data/wire.ts'
import layout from './layout.json' with { type: 'json' }

const RATES: Readonly<Record<string, readonly [number, number, number, number, number]>> = {
  // in, out, busy, behind ms, p50 ms
  scheduler: [0, 0.4, 0.01, 0, 1],
  replay: [0, 42, 0.12, 0, 0.2],
  ingest: [0.4, 2.2, 0.04, 40, 84],
  parse: [44, 43.6, 0.31, 110, 3.1],
  extract: [43.6, 51, 0.92, 420, 17],
  aggregate: [93, 51, 0.22, 60, 0.9],
  recommend: [51, 51, 0.08, 30, 0.4],
  trade: [64, 12, 0.11, 40, 1.2],
  broker: [12, 3.1, 0.05, 20, 2.2],
  lake: [212, 0, 0.18, 900, 4],
  read_model: [260, 0, 0.24, 210, 2.6],
}

const nodeOf = (node: (typeof layout.nodes)[number]): TopologyNode => {
  const [recordsIn, recordsOut, busy, behind, p50] = RATES[node.name] ?? [0, 0, 0, 0, 0]
  return {
    name: node.name,
    kind: node.kind,
    column: node.column,
    row: node.row,
    stores: node.stores,
    line: node.line,
    records_in_per_second: recordsIn,
    records_out_per_second: recordsOut,
    busy,
    p50_ms: p50,
    p99_ms: p50 * 3.1,
    dead_lettered: node.name === 'parse' ? 3 : 0,
    tasks: 6,
    lag_records: Math.round(behind / 10),
    behind_ms: node.kind === 'source' ? null : behind,
    last_error: null,
  }
}

export const TOPOLOGY: Topology = {
  name: layout.name,
  as_of: '2026-11-24T14:30:07.000Z',
  nodes: layout.nodes.map(nodeOf),
  edges: layout.edges.map((edge) => ({
    source: edge.source,
    target: edge.target,
    topic: edge.topic,
    kind: edge.kind as Topology['edges'][number]['kind'],
    rate: RATES[edge.source]?.[1] ?? null,
  })),
}

export const ACTIVE: RiskStateJson = {
  account_id: '*',
  state: 'active',
  epoch: 4,
  reason: 'books reconciled',
  changed_by: 'ana',
  changed_at: '2026-11-24T09:00:12.000Z',
}

export const SNAPSHOT: LiveSnapshot = {
  as_of: '2026-11-24T14:30:07.000Z',
  topology: TOPOLOGY,
  stats: { as_of: '2026-11-24T14:30:07.000Z', simulated: true, mode: 'paper', kinds: [] },
  state: ACTIVE,
}
