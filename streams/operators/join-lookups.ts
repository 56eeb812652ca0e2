import { StreamsError } from '../errors.ts'
import type { Operator } from './flow-node.ts'
import type { Join } from './join-streams.ts'
import type { RecordInfo } from './stateless.ts'
import type { TableView } from './tables.ts'

/**
 * Each record with what the table says of its key: as of the record's time where the table knows its history, else as it
 * is now. Records without a value are ignored; without a key too, unless the stream's side is kept.
 */
export function joinTable<V, W, O>(
  kind: 'inner' | 'left',
  view: TableView<W>,
  join: Join<V, W | undefined, O>,
): Operator<V, O> {
  return (context, emit) => {
    const now = view.openAsOf === undefined ? view.open(context) : undefined
    const asOf = view.openAsOf?.(context)
    return (record) => {
      const { key, value, timestampMs } = record
      if (value === undefined) return
      const found = key === undefined ? undefined : (now?.(key) ?? asOf?.(key, timestampMs))
      if (found === undefined && kind === 'inner') return
      emit({ ...record, value: join(value, found?.value, key) })
    }
  }
}

/** Each record with what a global table says of the key that `keyOf` gives. */
export function joinGlobal<V, W, O>(
  kind: 'inner' | 'left',
  tableName: string,
  keyOf: (value: V, record: RecordInfo) => string | undefined,
  join: Join<V, W | undefined, O>,
): Operator<V, O> {
  return (context, emit) => {
    const table = context.table<W>(tableName)
    return (record) => {
      if (record.value === undefined) return
      const key = keyOf(record.value, record)
      const found = key === undefined ? undefined : table.get(key)
      if (found === undefined && kind === 'inner') return
      emit({ ...record, value: join(record.value, found, key) })
    }
  }
}

/** Refuses a join on keys that records were not partitioned by. */
export function requirePartitioned(isRekeyed: boolean, what: string): void {
  if (!isRekeyed) return
  const message = `${what} needs records partitioned by their key, which an operator before it has changed; call repartition first`
  throw new StreamsError('TOPOLOGY_INVALID', message)
}
