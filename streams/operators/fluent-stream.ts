import type { Defined, GlobalTableRef, Grouped, RepartitionOptions, Stored, Stream, Table } from './dsl.ts'
import { binaryNode, type FlowNode, mergeNode, type Operator, unaryNode } from './flow-node.ts'
import type { Fluent, NodeOfStream } from './fluent.ts'
import { joinGlobal, joinTable, requirePartitioned } from './join-lookups.ts'
import { type Join, type JoinKind, joinStreams, type StreamJoinOptions } from './join-streams.ts'
import {
  filterRecords,
  flatMapRecords,
  flatMapValues,
  forwardTo,
  type Keyed,
  mapValues,
  passOn,
  peekRecords,
  type RecordInfo,
} from './stateless.ts'
import { keepTable, storedView } from './tables.ts'
import type { WritableTopic } from './topic.ts'

/** Each method adds one node to the flow; what the node does is in its operator. */
export class FluentStream<V> implements Stream<V>, NodeOfStream<V> {
  readonly node: FlowNode<V>
  /** Its keys are not what its records were partitioned by. */
  readonly isRekeyed: boolean
  readonly #make: Fluent

  constructor(make: Fluent, node: FlowNode<V>, isRekeyed: boolean) {
    this.#make = make
    this.node = node
    this.isRekeyed = isRekeyed
  }

  filter<W extends V>(test: (value: V, record: RecordInfo) => boolean): Stream<W> {
    return this.#then(filterRecords(test)) as unknown as Stream<W>
  }

  map<W>(map: (value: V, record: RecordInfo) => W): Stream<W> {
    return this.#then(mapValues(map))
  }

  flatMap<W>(map: (value: V, record: RecordInfo) => Iterable<W>): Stream<W> {
    return this.#then(flatMapValues(map))
  }

  mapRecord<W>(map: (value: V, record: RecordInfo) => Keyed<W>): Stream<W> {
    return this.flatMapRecord((value, record) => [map(value, record)])
  }

  flatMapRecord<W>(map: (value: V, record: RecordInfo) => Iterable<Keyed<W>>): Stream<W> {
    return this.#make.stream(this.#add(flatMapRecords(map)), true)
  }

  rekey(keyOf: (value: V, record: RecordInfo) => string | undefined): Stream<V> {
    return this.mapRecord((value, record) => ({ key: keyOf(value, record), value }))
  }

  peek(look: (value: V, record: RecordInfo) => void): Stream<V> {
    return this.#then(peekRecords(look))
  }

  branch<T extends Readonly<Record<string, (value: V, record: RecordInfo) => boolean>>>(
    tests: T,
  ): { readonly [K in keyof T | 'rest']: Stream<V> } {
    const names = Object.keys(tests)
    const chosen = (value: V, record: RecordInfo): string =>
      names.find((name) => tests[name]?.(value, record)) ?? 'rest'
    const branches = [...names, 'rest'].map((name) => [name, this.filter((value, r) => chosen(value, r) === name)])
    return Object.fromEntries(branches) as { readonly [K in keyof T | 'rest']: Stream<V> }
  }

  merge(...others: readonly Stream<V>[]): Stream<V> {
    const all = [this, ...others.map((other) => this.#make.nodeOf(other))]
    const node = this.#make.plan.add(mergeNode(all.map((one) => one.node)))
    return this.#make.stream(
      node,
      all.some((one) => one.isRekeyed),
    )
  }

  repartition(name: string, options?: RepartitionOptions): Stream<V> {
    const internal = this.#make.plan.internalTopic(name, options)
    this.#add(forwardTo<V>(internal), { to: [internal.name] })
    return this.#make.stream(this.#make.plan.add(unaryNode(undefined, passOn<V>(), { from: internal.name })), false)
  }

  to(topic: WritableTopic<Defined<V>>): void {
    this.#add(forwardTo(topic as WritableTopic<unknown>), { to: [topic.name] })
  }

  toTable({ store }: Stored): Table<Defined<V>> {
    requirePartitioned(this.isRekeyed, `table ${store}`)
    const kept = keepTable<Defined<V>>(store) as Operator<unknown, never>
    const node = this.#add(kept as Operator<V, never>, { stores: [store] })
    return this.#make.table<Defined<V>>(node, storedView(node, store))
  }

  groupByKey(): Grouped<Defined<V>> {
    return this.#make.grouped(this as unknown as FluentStream<Defined<V>>)
  }

  groupBy(
    name: string,
    keyOf: (value: V, record: RecordInfo) => string | undefined,
    options?: RepartitionOptions,
  ): Grouped<Defined<V>> {
    return this.rekey(keyOf)
      .filter((value, { key }) => key !== undefined && value !== undefined)
      .repartition(name, options)
      .groupByKey()
  }

  join<W, O>(other: Stream<W>, join: Join<Defined<V>, Defined<W>, O>, options: StreamJoinOptions<V, W>): Stream<O> {
    return this.#join('inner', other, join as Join<V | undefined, W | undefined, O>, options)
  }

  leftJoin<W, O>(
    other: Stream<W>,
    join: Join<Defined<V>, Defined<W> | undefined, O>,
    options: StreamJoinOptions<V, W>,
  ): Stream<O> {
    return this.#join('left', other, join as Join<V | undefined, W | undefined, O>, options)
  }

  outerJoin<W, O>(
    other: Stream<W>,
    join: Join<Defined<V> | undefined, Defined<W> | undefined, O>,
    options: StreamJoinOptions<V, W>,
  ): Stream<O> {
    return this.#join('outer', other, join as Join<V | undefined, W | undefined, O>, options)
  }

  joinTable<W, O>(table: Table<W>, join: Join<Defined<V>, W, O>): Stream<O> {
    return this.#joinTable('inner', table, join as Join<V, W | undefined, O>)
  }

  leftJoinTable<W, O>(table: Table<W>, join: Join<Defined<V>, W | undefined, O>): Stream<O> {
    return this.#joinTable('left', table, join as Join<V, W | undefined, O>)
  }

  joinGlobal<W, O>(
    table: GlobalTableRef<W>,
    keyOf: (value: Defined<V>, record: RecordInfo) => string | undefined,
    join: Join<Defined<V>, W, O>,
  ): Stream<O> {
    const joined = joinGlobal('inner', table.global.name, keyOf, join as Join<Defined<V>, W | undefined, O>)
    return this.#then(joined as Operator<V, O>, { globals: [table.global.name] })
  }

  leftJoinGlobal<W, O>(
    table: GlobalTableRef<W>,
    keyOf: (value: Defined<V>, record: RecordInfo) => string | undefined,
    join: Join<Defined<V>, W | undefined, O>,
  ): Stream<O> {
    const joined = joinGlobal('left', table.global.name, keyOf, join)
    return this.#then(joined as Operator<V, O>, { globals: [table.global.name] })
  }

  #join<W, O>(
    kind: JoinKind,
    other: Stream<W>,
    join: Join<V | undefined, W | undefined, O>,
    options: StreamJoinOptions<V, W>,
  ): Stream<O> {
    const right = this.#make.nodeOf(other)
    requirePartitioned(this.isRekeyed || right.isRekeyed, `join ${options.store}`)
    const { left: lateLeft, right: lateRight } = options.late ?? {}
    const to = [lateLeft, lateRight].flatMap((topic) => topic?.name ?? [])
    const node = binaryNode(this.node, right.node, joinStreams(kind, join, options), { stores: [options.store], to })
    return this.#make.stream(this.#make.plan.add(node), false)
  }

  #joinTable<W, O>(kind: 'inner' | 'left', table: Table<W>, join: Join<V, W | undefined, O>): Stream<O> {
    requirePartitioned(this.isRekeyed, 'a join with a table')
    const { view } = this.#make.tableOf(table)
    return this.#then(joinTable(kind, view, join), { reads: view.owners })
  }

  #add<O>(operator: Operator<V, O>, extras: Parameters<typeof unaryNode>[2] = {}): FlowNode<O> {
    return this.#make.plan.add(unaryNode(this.node, operator, extras))
  }

  #then<O>(operator: Operator<V, O>, extras: Parameters<typeof unaryNode>[2] = {}): Stream<O> {
    return this.#make.stream(this.#add(operator, extras), this.isRekeyed)
  }
}
