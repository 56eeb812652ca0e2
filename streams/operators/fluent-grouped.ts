import { aggregateKeys } from './aggregate-keys.ts'
import { aggregateSessions, type SessionFold } from './aggregate-sessions.ts'
import { aggregateSlidingWindows } from './aggregate-sliding-windows.ts'
import { aggregateTimeWindows } from './aggregate-time-windows.ts'
import type { Grouped, SessionGroups, Stored, Table, WindowedGroups, WindowedTable } from './dsl.ts'
import { type Operator, unaryNode } from './flow-node.ts'
import type { WindowChange, Windowed } from './flow-record.ts'
import type { Fluent, NodeOfStream } from './fluent.ts'
import { requirePartitioned } from './join-lookups.ts'
import { storedView } from './tables.ts'
import type { Fold, WindowedOptions } from './window-emitter.ts'
import type { SessionWindows, SlidingWindows, TimeWindows, Windows } from './windows.ts'

type Reduce<V> = (aggregate: V, value: V, key: string) => V
type Next<V, A> = (aggregate: A | undefined, value: V, key: string) => A

export class FluentGrouped<V> implements Grouped<V> {
  readonly #make: Fluent
  readonly #input: NodeOfStream<V>

  constructor(make: Fluent, input: NodeOfStream<V>) {
    this.#make = make
    this.#input = input
  }

  count({ store }: Stored): Table<number> {
    return this.#aggregate<number>(store, (count = 0) => count + 1)
  }

  reduce(reduce: Reduce<V>, { store }: Stored): Table<V> {
    return this.#aggregate<V>(store, (all, value, key) => (all === undefined ? value : reduce(all, value, key)))
  }

  aggregate<A>({ store, initial, add }: Stored & Fold<V, A>): Table<A> {
    return this.#aggregate<A>(store, (all = initial(), value, key) => add(all, value, key))
  }

  windowedBy(windows: TimeWindows | SlidingWindows): WindowedGroups<V>
  windowedBy(windows: SessionWindows): SessionGroups<V>
  windowedBy(windows: Windows): WindowedGroups<V> & SessionGroups<V> {
    const aggregate = <A>(options: WindowedOptions<V>, fold: Fold<V, A> & Partial<SessionFold<V, A>>) =>
      this.#windowed<A>(options, windowedOperator(windows, fold, options))
    return {
      count: (options) => aggregate(options, { initial: () => 0, add: (count) => count + 1, merge: (a, b) => a + b }),
      reduce: (reduce, options) => aggregate(options, reducing(reduce)),
      aggregate: <A>(options: WindowedOptions<V> & Fold<V, A>) => aggregate<A>(options, options),
    }
  }

  #aggregate<A>(store: string, next: Next<V, A>): Table<A> {
    const { node, isRekeyed } = this.#input
    requirePartitioned(isRekeyed, `aggregate ${store}`)
    const operator = aggregateKeys<V, A>(store, next as Parameters<typeof aggregateKeys<V, A>>[1])
    const added = this.#make.plan.add(unaryNode(node, operator, { stores: [store] }))
    return this.#make.table(added, storedView(added, store))
  }

  #windowed<A>(options: WindowedOptions<V>, operator: Operator<V, WindowChange<A>>): WindowedTable<A> {
    const { node, isRekeyed } = this.#input
    requirePartitioned(isRekeyed, `aggregate ${options.store}`)
    const to = options.late === undefined ? [] : [options.late.name]
    const added = this.#make.plan.add(unaryNode(node, operator, { stores: [options.store], to }))
    return {
      toStream: () => this.#make.stream(this.#make.plan.add(unaryNode(added, resultsOf<A>())), false),
    }
  }
}

/** What `reduce` folds into: a list of nothing or one, as the first value is the aggregate itself. */
function reducing<V>(reduce: Reduce<V>): SessionFold<V, V> {
  const nothing = undefined as unknown as V
  const fold: Reduce<V> = (all, value, key) => (all === nothing ? value : reduce(all, value, key))
  return { initial: () => nothing, add: fold, merge: fold }
}

function windowedOperator<V, A>(
  windows: Windows,
  fold: Fold<V, A> & Partial<SessionFold<V, A>>,
  options: WindowedOptions<V>,
): Operator<V, WindowChange<A>> {
  if (windows.kind === 'time') return aggregateTimeWindows(windows, fold, options)
  if (windows.kind === 'sliding') return aggregateSlidingWindows(windows, fold, options)
  return aggregateSessions(windows, fold as SessionFold<V, A>, options)
}

const resultsOf =
  <A>(): Operator<WindowChange<A>, Windowed<A>> =>
  (_, emit) =>
  (record) => {
    const { window, after } = record.value
    emit({ ...record, value: { window, value: after } })
  }
