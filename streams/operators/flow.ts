import { StreamsError } from '../errors.ts'
import type { GlobalTableRef, Grouped, Stored, Stream, Table } from './dsl.ts'
import { type FlowNode, unaryNode } from './flow-node.ts'
import type { Change } from './flow-record.ts'
import type { Fluent, NodeOfStream, NodeOfTable } from './fluent.ts'
import { FluentGrouped } from './fluent-grouped.ts'
import { FluentStream } from './fluent-stream.ts'
import { FluentTable } from './fluent-table.ts'
import { FlowPlan } from './plan.ts'
import { passOn, withoutTombstones } from './stateless.ts'
import { historyView, keepHistory, keepTable, storedView, type TableView } from './tables.ts'
import type { Topic } from './topic.ts'

export interface TableOptions extends Stored {
  /** Keeps what each key was worth before for this long, so that joins with it are as of the record's time. */
  readonly historyMs?: number
}

/**
 * A processor built of operators. It compiles to processors of the graph, one for each part that repartition topics
 * separate, and runs as any other: same tasks, stores and commits. Building throws TOPOLOGY_INVALID.
 */
export class Flow {
  readonly plan: FlowPlan
  readonly #make: Fluent

  /** `processor` is its name in the topology; topics between its parts carry it. */
  constructor(processor: string) {
    this.plan = new FlowPlan(processor)
    this.#make = fluentOf(this.plan)
  }

  /** A topic as records that happen. Tombstones are left out unless they are asked for. */
  stream<V>(topic: Topic<V>): Stream<V>
  stream<V>(topic: Topic<V>, options: { readonly tombstones: 'keep' }): Stream<V | undefined>
  stream<V>(topic: Topic<V>, options?: { readonly tombstones: 'keep' }): Stream<V | undefined> {
    const operator = options === undefined ? withoutTombstones<V | undefined>() : passOn<V | undefined>()
    return this.#make.stream(this.plan.add(unaryNode(undefined, operator, { from: topic.name })), false)
  }

  /** A topic as the latest value of each key, in a store. */
  table<V>(topic: Topic<V>, { store, historyMs }: TableOptions): Table<V> {
    const operator = historyMs === undefined ? keepTable<V>(store) : keepHistory<V>(store, historyMs)
    const node = this.plan.add(unaryNode(undefined, operator, { from: topic.name, stores: [store] }))
    return this.#make.table(
      node,
      historyMs === undefined ? storedView<V>(node, store) : historyView<V>(node, store, historyMs),
    )
  }

  /** A compacted topic that every task sees whole. */
  globalTable<V>(topic: Topic<V>): GlobalTableRef<V> {
    return { global: topic }
  }
}

function fluentOf(plan: FlowPlan): Fluent {
  const own = (node: FlowNode): void => {
    if (!plan.nodes.includes(node))
      throw new StreamsError('TOPOLOGY_INVALID', `${plan.processor} is given a stream or table of another flow`)
  }
  const make: Fluent = {
    plan,
    stream: <V>(node: FlowNode<V>, isRekeyed: boolean): Stream<V> => new FluentStream<V>(make, node, isRekeyed),
    table: <V>(node: FlowNode<Change<V>>, view: TableView<V>): Table<V> => new FluentTable<V>(make, node, view),
    grouped: <V>(stream: NodeOfStream<V>): Grouped<V> => new FluentGrouped<V>(make, stream),
    nodeOf<V>(stream: Stream<V>): NodeOfStream<V> {
      own((stream as FluentStream<V>).node)
      return stream as FluentStream<V>
    },
    tableOf<V>(table: Table<V>): NodeOfTable<V> {
      own((table as FluentTable<V>).node)
      return table as FluentTable<V>
    },
  }
  return make
}
