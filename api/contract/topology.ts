export type EdgeKind = 'stream' | 'broadcast' | 'table' | 'feedback'

export interface TaskLag {
  readonly task_id: string
  readonly topic: string
  readonly partition: number
  readonly committed_offset: string | null
  readonly end_offset: string
  /** Consumer group, `stonks.extract`. */
  readonly group: string
  /** Records left to be read: markers of transactions and aborted records are none. */
  readonly lag_records: number
  /** False where it is a distance between offsets, the most there can be. */
  readonly lag_exact: boolean
  /** Distance to the last written offset, as Kafka's own tools tell it. */
  readonly lag_offsets: number
  /** Age of the next record, 0 where there is none; null where it is unknown. */
  readonly behind_ms: number | null
  /** Trend over the last five minutes. */
  readonly trend: 'falling' | 'steady' | 'rising'
  /** Change of the lag; null before it was measured twice. */
  readonly lag_records_per_second: number | null
  /** Until nothing is left at the rates of now; null where it does not get closer. */
  readonly catch_up_ms: number | null
  readonly status: 'ok' | 'warn' | 'never' | 'rewind' | 'stall' | 'stop'
  readonly state: 'keeping_up' | 'behind' | 'stuck' | 'idle'
}

/** Null is "not measured": the engine runs elsewhere, or has not measured yet. */
export interface TopologyNode {
  readonly name: string
  readonly kind: string
  readonly column: number
  readonly row: number
  readonly stores: readonly string[]
  readonly line: number | null
  readonly records_in_per_second: number | null
  readonly records_out_per_second: number | null
  readonly busy: number | null
  readonly p50_ms: number | null
  readonly p99_ms: number | null
  readonly dead_lettered: number
  readonly tasks: number
  readonly lag_records: number | null
  readonly behind_ms: number | null
  readonly last_error: string | null
  /** Of nodes that make calls. */
  readonly in_flight?: number
  readonly breaker?: string
  /** Of nodes that park what they cannot handle. */
  readonly parked_keys?: number
  readonly parked_records?: number
}

export interface TopologyEdge {
  readonly source: string
  readonly target: string
  readonly topic: string
  readonly kind: EdgeKind
  readonly rate: number | null
}

/** How the file stands to what runs: what is changed names nodes and topics, what is broken its mistakes. */
export interface TopologyFile {
  readonly state: 'as_loaded' | 'changed' | 'broken'
  readonly changes: readonly string[]
}

export interface Topology {
  readonly name: string
  readonly as_of: string
  /** Left out where there is no file to look at. */
  readonly file?: TopologyFile
  readonly nodes: readonly TopologyNode[]
  readonly edges: readonly TopologyEdge[]
}

/** GET /api/v1/lag/history, oldest first: of a minute the largest lag and age of a group on a topic. */
export interface LagHistoryView {
  readonly items: readonly {
    readonly at: string
    readonly group: string
    readonly topic: string
    readonly lag_records: string
    readonly behind_ms: number | null
    readonly status: TaskLag['status']
  }[]
}

/** GET /api/v1/lag, worst first. */
export interface LagView {
  readonly as_of: string
  readonly items: readonly (TaskLag & { readonly node: string })[]
}

/** A Redis list of older services and how it stands. Ages are told from when it was first looked at. */
export interface BridgeList {
  readonly name: string
  readonly list: string
  readonly topic: string
  readonly direction: 'in' | 'out' | 'off'
  /** As the topology has it; another direction was switched to while running. */
  readonly declared: 'in' | 'out' | 'off'
  readonly waiting: number
  readonly taken: number
  readonly dead: number
  readonly oldest_ms: number
  readonly growth_per_second: number | null
}

/** GET /api/v1/bridges; empty where no Redis is set. */
export interface BridgesView {
  readonly as_of: string
  readonly items: readonly BridgeList[]
}
