import type { EngineView, NodeStatus } from '../../api/app.ts'
import type { TopologyFile } from '../../api/contract.ts'
import type { Application, LagCollector } from '../../streams/index.ts'
import { type CheckedTopology, layoutOf } from '../../topology/index.ts'
import { lagRow, type NodesOfGroups } from './lag/lag-row.ts'

export interface EngineViewPorts {
  readonly topology: CheckedTopology
  readonly lag: LagCollector
  readonly nodes: NodesOfGroups
  /** The engine of this process; without one rates are not measured. */
  readonly application?: Application
  /** Seconds of a recording that pass in one of ours: delays are told as who waits feels them. 1 unless given. */
  readonly pace?: number
  /** How the topology file stands now. */
  readonly file: () => TopologyFile
  /** Lists of the bridges; none where no Redis is set. */
  readonly bridges?: EngineView['bridges']
}

/** The running pipeline for the API: rates from the engine in this process, lag from the log. */
export function createEngineView(ports: EngineViewPorts): EngineView {
  const layout = layoutOf(ports.topology)
  const pace = ports.pace ?? 1
  return {
    graph: () => layout,
    file: ports.file,
    async status() {
      const statuses = ports.application?.status() ?? []
      return Object.fromEntries(statuses.map((s) => [s.node, statusOf(s)]))
    },
    async lag() {
      const lags = await ports.lag.collect()
      return lags.map((lag) => lagRow(lag, ports.nodes, pace))
    },
    async rates() {
      const writers = ports.application?.status() ?? []
      const outOf = new Map(writers.map((s) => [s.node, s.outPerSecond]))
      const rates = layout.edges.map((edge) => [edge.topic, outOf.get(edge.source) ?? 0] as const)
      return Object.fromEntries(rates)
    },
    ...(ports.bridges === undefined ? {} : { bridges: ports.bridges }),
  }
}

const statusOf = (s: ReturnType<Application['status']>[number]): NodeStatus => ({
  records_in_per_second: s.inPerSecond,
  records_out_per_second: s.outPerSecond,
  busy: s.busyShare,
  p50_ms: s.recordsIn > 0 ? s.processMsP50 : null,
  p99_ms: s.recordsIn > 0 ? s.processMsP99 : null,
  dead_lettered: s.deadLettered,
  tasks: s.tasks.length,
  last_error: s.lastError ? `${s.lastError.errorClass}: ${s.lastError.message}` : null,
  ...(s.calls && { in_flight: s.calls.inFlight, breaker: s.calls.breaker }),
  ...(s.parked && { parked_keys: s.parked.keys, parked_records: s.parked.records }),
})
