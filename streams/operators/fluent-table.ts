import { aggregateKeys, type Retraction, regroup, retract } from './aggregate-keys.ts'
import type { Defined, ForeignKeyOptions, GroupedTable, RepartitionOptions, Stored, Stream, Table } from './dsl.ts'
import { binaryNode, type FlowNode, unaryNode } from './flow-node.ts'
import type { Change } from './flow-record.ts'
import type { Fluent, NodeOfTable } from './fluent.ts'
import { type Answer, answer, resolve, type Subscription, subscribe } from './join-foreign-keys.ts'
import type { Join, JoinKind } from './join-streams.ts'
import { joinedView, joinTables } from './join-tables.ts'
import { forwardTo, type Keyed, passOn } from './stateless.ts'
import { suppressChanges, suppressedView } from './suppress.ts'
import { mappedView, mapTable, storedView, type TableView, tableToStream } from './tables.ts'
import type { Fold } from './window-emitter.ts'

export class FluentTable<V> implements Table<V>, NodeOfTable<V> {
  readonly node: FlowNode<Change<V>>
  readonly view: TableView<V>
  readonly #make: Fluent

  constructor(make: Fluent, node: FlowNode<Change<V>>, view: TableView<V>) {
    this.#make = make
    this.node = node
    this.view = view
  }

  filter(test: (value: V, key: string) => boolean): Table<V> {
    return this.#mapped((value, key) => (test(value, key) ? value : undefined))
  }

  map<W>(map: (value: V, key: string) => W): Table<Defined<W>> {
    return this.#mapped(map as (value: V, key: string) => Defined<W> | undefined)
  }

  toStream(): Stream<V | undefined> {
    return this.#make.stream(this.#make.plan.add(unaryNode(this.node, tableToStream<V>())), false)
  }

  groupBy<W>(name: string, group: (value: V, key: string) => Keyed<W>, options?: RepartitionOptions): GroupedTable<W> {
    const { plan } = this.#make
    const regrouped = plan.add(unaryNode(this.node, regroup(group)))
    return groupedTable(this.#make, this.#through<Change<W>>(regrouped, name, options))
  }

  join<W, O>(other: Table<W>, join: Join<V, W, O>): Table<O> {
    return this.#join('inner', other, join as Join<V | undefined, W | undefined, O>)
  }

  leftJoin<W, O>(other: Table<W>, join: Join<V, W | undefined, O>): Table<O> {
    return this.#join('left', other, join as Join<V | undefined, W | undefined, O>)
  }

  outerJoin<W, O>(other: Table<W>, join: Join<V | undefined, W | undefined, O>): Table<O> {
    return this.#join('outer', other, join)
  }

  joinForeign<W, O>(other: Table<W>, options: ForeignKeyOptions<V>, join: Join<V, W, O>): Table<O> {
    return this.#joinForeign('inner', other, options, join as Join<V | undefined, W | undefined, O>)
  }

  leftJoinForeign<W, O>(other: Table<W>, options: ForeignKeyOptions<V>, join: Join<V, W | undefined, O>): Table<O> {
    return this.#joinForeign('left', other, options, join as Join<V | undefined, W | undefined, O>)
  }

  suppress({ store, waitMs }: Stored & { readonly waitMs: number }): Table<V> {
    const node = this.#make.plan.add(unaryNode(this.node, suppressChanges<V>(store, waitMs), { stores: [store] }))
    return this.#make.table(node, suppressedView(node, store, this.view))
  }

  #mapped<W>(map: (value: V, key: string) => W | undefined): Table<W> {
    const node = this.#make.plan.add(unaryNode(this.node, mapTable(map)))
    return this.#make.table(node, mappedView(this.view, map))
  }

  #join<W, O>(kind: JoinKind, table: Table<W>, join: Join<V | undefined, W | undefined, O>): Table<O> {
    const other = this.#make.tableOf(table)
    const reads = [...this.view.owners, ...other.view.owners]
    const joined = joinTables(kind, this.view, other.view, join)
    const node = this.#make.plan.add(binaryNode(this.node, other.node, joined, { reads }))
    return this.#make.table(node, joinedView(kind, this.view, other.view, join))
  }

  #joinForeign<W, O>(
    kind: 'inner' | 'left',
    table: Table<W>,
    { name, keyOf, store, subscribers }: ForeignKeyOptions<V>,
    join: Join<V | undefined, W | undefined, O>,
  ): Table<O> {
    const { plan } = this.#make
    const other = this.#make.tableOf(table)
    const [asked, told] = [plan.internalTopic(`${name}_subscriptions`), plan.internalTopic(`${name}_answers`)]
    const topics = { subscriptions: asked.name, answers: told.name }
    plan.add(unaryNode(this.node, subscribe<V, W>(keyOf, topics), { to: [asked.name, told.name] }))
    const subscriptions = plan.add(unaryNode(undefined, passOn<Subscription>(), { from: asked.name }))
    const right = { stores: [subscribers], reads: other.view.owners }
    const answers = plan.add(binaryNode(subscriptions, other.node, answer<W>(subscribers, other.view), right))
    plan.add(unaryNode(answers, forwardTo(told), { to: [told.name] }))
    const heard = plan.add(unaryNode(undefined, passOn<Answer<W>>(), { from: told.name }))
    const left = { stores: [store], reads: this.view.owners }
    const node = plan.add(unaryNode(heard, resolve<V, W, O>(kind, store, this.view, join), left))
    return this.#make.table(node, storedView(node, store))
  }

  #through<M>(node: FlowNode<M>, name: string, options: RepartitionOptions | undefined): FlowNode<M> {
    const { plan } = this.#make
    const internal = plan.internalTopic(name, options)
    plan.add(unaryNode(node, forwardTo(internal), { to: [internal.name] }))
    return plan.add(unaryNode(undefined, passOn<M>(), { from: internal.name }))
  }
}

function groupedTable<V>(make: Fluent, node: FlowNode<Change<V>>): GroupedTable<V> {
  const aggregate = <A>(store: string, retraction: Retraction<V, A>): Table<A> => {
    const operator = aggregateKeys<Change<V>, A>(store, retract(retraction))
    const added = make.plan.add(unaryNode(node, operator, { stores: [store] }))
    return make.table(added, storedView(added, store))
  }
  return {
    count: ({ store }) => aggregate<number>(store, { add: (n = 0) => n + 1, subtract: (n) => n - 1 }),
    reduce: ({ store, add, subtract }) =>
      aggregate<V>(store, { add: (all, value, key) => (all === undefined ? value : add(all, value, key)), subtract }),
    aggregate: <A>(options: Stored & Fold<V, A> & { readonly subtract: (all: A, value: V, key: string) => A }) =>
      aggregate<A>(options.store, {
        add: (all = options.initial(), value, key) => options.add(all, value, key),
        subtract: options.subtract,
      }),
  }
}
