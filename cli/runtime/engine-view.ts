import type { EngineView, NodeStatus } from '../../api/app.ts'
import type { TaskLag as TaskLagJson } from '../../api/contract.ts'
import { type Application, type Graph, type LogDriver, lagOf, type TaskLag } from '../../streams/index.ts'
import { type CheckedTopology, layoutOf } from '../../topology/index.ts'

/** A task this little behind keeps up, whatever its trend. */
const KEEPING_UP_MS = 5_000
const STUCK_MS = 30_000
const REMEMBERED_MS = 60_000
const FRESH_MS = 900

export interface EngineViewPorts {
  readonly topology: CheckedTopology
  readonly graph: Graph
  readonly driver: LogDriver
  /** The engine of this process; without one rates are not measured. */
  readonly application?: Application
  /** The moment that lag is measured against: now, or how far a recording has come. */
  readonly nowMs: () => number
  /** Seconds of a recording that pass in one of ours: delays are told as who waits feels them. 1 unless given. */
  readonly pace?: number
  /** Milliseconds that only go forward. */
  readonly elapsedMs: () => number
}

interface Sample {
  readonly atMs: number
  readonly lag: number
  readonly committed: bigint | undefined
}

/** The running pipeline for the API: rates from the engine in this process, lag from the log. Asked often, it measures once a second. */
export function createEngineView(ports: EngineViewPorts): EngineView {
  const layout = layoutOf(ports.topology)
  const pace = ports.pace ?? 1
  const history = new Map<string, Sample[]>()
  let last:
    | { readonly atMs: number; readonly rows: Promise<readonly (TaskLagJson & { readonly node: string })[]> }
    | undefined

  async function measure(): Promise<readonly (TaskLagJson & { readonly node: string })[]> {
    const lags = await lagOf(ports.driver, ports.graph, { nowMs: ports.nowMs() })
    return lags.map((lag) => {
      const behindMs = lag.behindMs === undefined ? undefined : Math.round(lag.behindMs / pace)
      return rowOf({ ...lag, behindMs }, remember(history, lag, ports.elapsedMs()))
    })
  }
  return {
    graph: () => layout,
    async status() {
      const statuses = ports.application?.status() ?? []
      return Object.fromEntries(statuses.map((s) => [s.node, statusOf(s)]))
    },
    lag() {
      const atMs = ports.elapsedMs()
      if (!last || atMs - last.atMs > FRESH_MS) last = { atMs, rows: measure() }
      return last.rows
    },
    async rates() {
      const writers = ports.application?.status() ?? []
      const outOf = new Map(writers.map((s) => [s.node, s.outPerSecond]))
      const rates = layout.edges.map((edge) => [edge.topic, outOf.get(edge.source) ?? 0] as const)
      return Object.fromEntries(rates)
    },
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

function remember(history: Map<string, Sample[]>, lag: TaskLag, atMs: number): readonly Sample[] {
  const key = `${lag.taskId} ${lag.topic}-${lag.partition}`
  const samples = [
    ...(history.get(key) ?? []).filter((s) => atMs - s.atMs <= REMEMBERED_MS),
    { atMs, lag: Number(lag.lagRecords), committed: lag.committed },
  ]
  history.set(key, samples)
  return samples
}

function rowOf(lag: TaskLag, samples: readonly Sample[]): TaskLagJson & { readonly node: string } {
  const lagRecords = Number(lag.lagRecords)
  const first = samples[0]?.lag ?? lagRecords
  const trend = lagRecords > first ? 'rising' : lagRecords < first ? 'falling' : 'steady'
  return {
    node: lag.node,
    task_id: lag.taskId,
    topic: lag.topic,
    partition: lag.partition,
    committed_offset: lag.committed === undefined ? null : String(lag.committed),
    end_offset: String(lag.end),
    lag_records: lagRecords,
    behind_ms: lag.behindMs ?? null,
    trend,
    state: stateOf(lag, lagRecords, trend, samples),
  }
}

/** Idle: nothing to read. Stuck: no progress for 30 s with records waiting. Keeping up: under 5 s behind, or getting closer. */
function stateOf(
  lag: TaskLag,
  lagRecords: number,
  trend: TaskLagJson['trend'],
  samples: readonly Sample[],
): TaskLagJson['state'] {
  if (lagRecords === 0) return 'idle'
  const spanMs = (samples.at(-1)?.atMs ?? 0) - (samples[0]?.atMs ?? 0)
  if (spanMs >= STUCK_MS && samples.every((s) => s.committed === lag.committed && s.lag > 0)) return 'stuck'
  return trend === 'falling' || (lag.behindMs ?? 0) < KEEPING_UP_MS ? 'keeping_up' : 'behind'
}
