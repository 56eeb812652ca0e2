import type { Layout } from '../topology/index.ts'
import type { BridgeList, TaskLag, TopologyFile } from './contract.ts'

/** What a node did lately, measured where it runs. Null is "not measured". */
export interface NodeStatus {
  readonly records_in_per_second: number | null
  readonly records_out_per_second: number | null
  /** Share of time not spent waiting, 0 to 1. */
  readonly busy: number | null
  readonly p50_ms: number | null
  readonly p99_ms: number | null
  readonly dead_lettered: number
  readonly tasks: number
  readonly last_error: string | null
  /** Where it makes calls: records in a call or waiting for one, and whether anybody answers: `closed`, `open`, `probing`. */
  readonly in_flight?: number
  readonly breaker?: string
  /** Where it parks what it cannot handle: keys that wait, and their records. */
  readonly parked_keys?: number
  readonly parked_records?: number
}

/** The running pipeline as the API shows it: filled by the engine in this process, else from the log's offsets. */
export interface EngineView {
  graph(): Layout
  /** How the topology file stands to what was loaded of it. */
  file?(): TopologyFile
  /** By node name; a node without an entry is not measured. */
  status(): Promise<Readonly<Record<string, NodeStatus>>>
  /** One a task and input partition, with the node's name. */
  lag(): Promise<readonly (TaskLag & { readonly node: string })[]>
  /** Records a second through a topic, by its name in the topology. */
  rates(): Promise<Readonly<Record<string, number>>>
  /** Lists of the bridges; left out where there is no Redis. Rejects while it is away. */
  bridges?(): Promise<readonly BridgeList[]>
}
