import type { BreakerState } from '../calls/circuit-breaker.ts'
import type { Clock } from '../clock.ts'
import { StreamsError } from '../errors.ts'
import type { Graph } from '../graph.ts'
import type { LogDriver } from '../log/port.ts'
import type { InputRecord } from '../record.ts'
import type { KeyValueStore } from '../state/store.ts'
import type { EngineLogger } from './logger.ts'
import type { NodeCounts } from './node-metrics.ts'
import type { TaskState } from './states.ts'

export interface ApplicationOptions {
  readonly graph: Graph
  readonly driver: LogDriver
  /** Nodes to run here; all unless given. */
  readonly nodes?: readonly string[]
  readonly clock?: Clock
  readonly random?: () => number
  /** Folder of the local stores; needed where the driver does not keep state itself. */
  readonly stateDir?: string
  /** Stable over restarts of this process and different between processes: part of the transactional id. */
  readonly processId: string
  readonly logger?: EngineLogger
  readonly appVersion?: string
  /**
   * Nothing is handled before every unfinished source is past its time: recordings and backtests, where a later fact must
   * not be seen. Needs a driver with transactional state.
   */
  readonly boundedBySources?: boolean
  /** Called with every record forwarded, topics by their name in the topology. It must neither throw nor keep long. */
  readonly onForward?: (topicName: string, record: InputRecord) => void
}

export interface TaskStatus {
  readonly taskId: string
  readonly state: TaskState
  readonly streamTimeMs: number
}

/** Calls of a node in this process. */
export interface CallsStatus {
  /** Records begun and not done: in a call, or waiting for one. */
  readonly inFlight: number
  readonly running: number
  /** `open`: nobody answers, and no call is made until one has been tried. */
  readonly breaker: BreakerState
}

export interface NodeStatus extends NodeCounts {
  readonly node: string
  readonly kind: 'processor' | 'source' | 'sink'
  readonly state: 'running' | 'done' | 'failing' | 'closed'
  readonly tasks: readonly TaskStatus[]
  /** Where its code makes calls. */
  readonly calls?: CallsStatus
  /** Where it parks what it cannot handle: keys that wait, and their records, in this process. */
  readonly parked?: { readonly keys: number; readonly records: number }
}

export type ReadOnlyStore<V> = Pick<KeyValueStore<V>, 'name' | 'get' | 'range'>

/** What a runtime gives the application around it. */
export interface Runtime {
  /** Resolves when everything runs. `fail` may be called later, once. */
  start(fail: (error: unknown) => void): Promise<void>
  idle(): Promise<boolean>
  /** Finishes what is in hand, commits, closes. */
  drain(): Promise<void>
  /** Closes without finishing; what is not committed is dropped. */
  abort(): Promise<void>
  status(): readonly NodeStatus[]
  store<V>(node: string, store: string): readonly ReadOnlyStore<V>[]
}

/** Names of the nodes to run; TOPOLOGY_INVALID where one is unknown. */
export function nodesToRun(graph: Graph, nodes: readonly string[] | undefined): ReadonlySet<string> {
  const known = Object.keys(graph.nodes)
  for (const name of nodes ?? []) {
    if (graph.nodes[name] === undefined) {
      throw new StreamsError('TOPOLOGY_INVALID', `no node ${name}; the graph has ${known.join(', ')}`, { node: name })
    }
  }
  return new Set(nodes ?? known)
}
