import { expect, test } from 'vitest'
import { newTableMetadata, type TableMetadata, withSnapshot } from './table-metadata.ts'
import { offsetProperties, offsetsOf } from './table-offsets.ts'
import { evolveSchema } from './table-schema.ts'

const { schema, lastColumnId } = evolveSchema({ type: 'record', name: 'R', doc: '', fields: [] }, undefined)
const EMPTY = newTableMetadata({
  ...{ uuid: 'u', location: 's3a://b/t', schema, lastColumnId, partitionBy: '_event_at', sortBy: [], nowMs: 1 },
})

/** A commit of ours where offsets are given, of somebody else where not. */
function grown(base: TableMetadata, id: number, offsets?: ReadonlyMap<number, bigint>): TableMetadata {
  const told = offsets ? offsetProperties('topic', offsets, new Map()) : {}
  const parent = base['current-snapshot-id']
  const summary = { operation: offsets ? 'append' : 'replace', ...told }
  return withSnapshot(
    { ...base, properties: { ...base.properties, ...told } },
    {
      ...{ 'snapshot-id': id, 'sequence-number': id, 'timestamp-ms': id, 'manifest-list': `l${id}`, summary },
      ...(parent === undefined || parent === null ? {} : { 'parent-snapshot-id': parent }),
    },
  )
}

const at = (offset: bigint) => new Map([[0, offset]])
const rolledBack = (metadata: TableMetadata, id: number): TableMetadata => ({ ...metadata, 'current-snapshot-id': id })
const expired = (metadata: TableMetadata, ...ids: readonly number[]): TableMetadata => ({
  ...metadata,
  snapshots: (metadata.snapshots ?? []).filter((one) => !ids.includes(Number(one['snapshot-id']))),
})

test('a new table has none of a topic', () => {
  expect(offsetsOf(EMPTY, 'topic')).toEqual(new Map())
})

test('the newest commit of ours tells, past those of others', () => {
  const table = grown(grown(grown(EMPTY, 1, at(5n)), 2, at(9n)), 3)
  expect(offsetsOf(table, 'topic')).toEqual(at(9n))
  expect(offsetsOf(table, 'another')).toEqual(new Map())
})

test('where all commits of ours are expired, the properties tell', () => {
  const table = expired(grown(grown(grown(EMPTY, 1, at(5n)), 2, at(9n)), 3), 1, 2)
  expect(offsetsOf(table, 'topic')).toEqual(at(9n))
})

test('a table that was rolled back holds what it held then, whatever the properties say', () => {
  const table = rolledBack(grown(grown(EMPTY, 1, at(5n)), 2, at(9n)), 1)
  expect(offsetsOf(table, 'topic')).toEqual(at(5n))
})

test('a table whose history begins anew without us has none', () => {
  const replaced = grown({ ...grown(EMPTY, 1, at(5n)), 'current-snapshot-id': null }, 2)
  expect(offsetsOf(replaced, 'topic')).toEqual(new Map())
})
