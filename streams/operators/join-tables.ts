import type { ProcessorContext } from '../processor.ts'
import type { Change, Receive, Stamped } from './flow-record.ts'
import type { Join, JoinKind } from './join-streams.ts'
import type { Lookup, TableView } from './tables.ts'

/** Whether there is a row for these two sides. */
const isRow = (kind: JoinKind, left: unknown, right: unknown): boolean =>
  kind === 'inner'
    ? left !== undefined && right !== undefined
    : left !== undefined || (kind === 'outer' && right !== undefined)

/** The joined row of two sides, or none. */
export const combine =
  <L, R, O>(kind: JoinKind, join: Join<L | undefined, R | undefined, O>) =>
  (left: L | undefined, right: R | undefined, key: string): O | undefined =>
    isRow(kind, left, right) ? join(left, right, key) : undefined

/** Joins two tables on their key: a change of either side changes the row, as the other side is now. No store of its own. */
export function joinTables<L, R, O>(
  kind: JoinKind,
  left: TableView<L>,
  right: TableView<R>,
  join: Join<L | undefined, R | undefined, O>,
): (context: ProcessorContext, emit: Receive<Change<O>>) => readonly [Receive<Change<L>>, Receive<Change<R>>] {
  const row = combine(kind, join)
  return (context, emit) => {
    const [leftOf, rightOf] = [left.open(context), right.open(context)]
    return [
      side(rightOf, emit, (mine, other, key) => row(mine, other, key)),
      side(leftOf, emit, (mine, other, key) => row(other, mine, key)),
    ]
  }
}

const side =
  <V, W, O>(
    otherOf: Lookup<W>,
    emit: Receive<Change<O>>,
    row: (mine: V | undefined, other: W | undefined, key: string) => O | undefined,
  ): Receive<Change<V>> =>
  (record) => {
    const { key, value: change } = record
    if (key === undefined) return
    const other = otherOf(key)
    const [before, after] = [row(change.before, other?.value, key), row(change.after, other?.value, key)]
    if (before === undefined && after === undefined) return
    const timestampMs = Math.max(record.timestampMs, other?.timestampMs ?? record.timestampMs)
    emit({ ...record, timestampMs, value: { before, after } })
  }

export function joinedView<L, R, O>(
  kind: JoinKind,
  left: TableView<L>,
  right: TableView<R>,
  join: Join<L | undefined, R | undefined, O>,
): TableView<O> {
  const row = combine(kind, join)
  return {
    owners: [...left.owners, ...right.owners],
    open(context) {
      const [leftOf, rightOf] = [left.open(context), right.open(context)]
      return (key): Stamped<O> | undefined => {
        const [one, other] = [leftOf(key), rightOf(key)]
        const value = row(one?.value, other?.value, key)
        if (value === undefined) return undefined
        return { value, timestampMs: Math.max(one?.timestampMs ?? 0, other?.timestampMs ?? 0) }
      }
    },
  }
}
