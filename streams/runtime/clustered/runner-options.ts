import type { SharedCalls } from '../../calls/calls.ts'
import type { Clock } from '../../clock.ts'
import type { AwaitedTasks } from '../../event-time/awaited.ts'
import type { Graph, ProcessorSpec } from '../../graph.ts'
import type { LogDriver } from '../../log/port.ts'
import type { InputRecord } from '../../record.ts'
import type { GlobalTable } from '../../state/global-table.ts'
import type { EngineLogger } from '../logger.ts'
import type { NodeMetrics } from '../node-metrics.ts'
import type { StateDisk } from './state-disk.ts'

/** What a processor needs to run against a shared log. */
export interface RunnerOptions {
  readonly graph: Graph
  readonly node: ProcessorSpec
  readonly driver: LogDriver
  readonly disk: StateDisk
  readonly tables: ReadonlyMap<string, GlobalTable<unknown>>
  readonly clock: Clock
  readonly random: () => number
  readonly logger: EngineLogger
  readonly appVersion: string
  readonly processId: string
  readonly awaited: AwaitedTasks
  /** Up to when the tables of the node are complete in event time. */
  readonly tablesCompleteMs: () => number
  readonly metrics: NodeMetrics
  /** What the calls of its tasks share, over all sessions. */
  readonly calls: SharedCalls
  readonly onForward: ((topicName: string, record: InputRecord) => void) | undefined
  /** Called after each commit. */
  readonly committed: () => void
}
