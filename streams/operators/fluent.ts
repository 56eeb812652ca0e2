import type { Grouped, Stream, Table } from './dsl.ts'
import type { FlowNode } from './flow-node.ts'
import type { Change } from './flow-record.ts'
import type { FlowPlan } from './plan.ts'
import type { TableView } from './tables.ts'

/** What a stream is inside: its node. */
export interface NodeOfStream<V> {
  readonly node: FlowNode<V>
  readonly isRekeyed: boolean
}

/** What a table is inside: the node its changes come from, and how it is read. */
export interface NodeOfTable<V> {
  readonly node: FlowNode<Change<V>>
  readonly view: TableView<V>
}

/** Streams, tables and groups make each other; each knows the others through this only. */
export interface Fluent {
  readonly plan: FlowPlan
  stream<V>(node: FlowNode<V>, isRekeyed: boolean): Stream<V>
  table<V>(node: FlowNode<Change<V>>, view: TableView<V>): Table<V>
  grouped<V>(stream: NodeOfStream<V>): Grouped<V>
  /** Throws TOPOLOGY_INVALID where the stream is of another flow. */
  nodeOf<V>(stream: Stream<V>): NodeOfStream<V>
  tableOf<V>(table: Table<V>): NodeOfTable<V>
}
