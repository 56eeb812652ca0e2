import { expect, test } from 'vitest'
import { type AvroField, type AvroRecord, type AvroType, loadAvroSchemas } from '../../../schemas/index.ts'
import { evolveSchema, fieldIdsOf, SchemaConflictError } from './table-schema.ts'

const field = (name: string, type: AvroType): AvroField => ({ name, type, doc: '' })
const recordOf = (...fields: AvroField[]): AvroRecord => ({ type: 'record', name: 'R', doc: '', fields })

test('ids are given once each, to nested fields too, and stay when the same schema comes again', () => {
  for (const record of loadAvroSchemas().values()) {
    const first = evolveSchema(record, undefined)
    const ids = [...fieldIdsOf(first.schema).values()]
    expect(new Set(ids).size).toBe(ids.length)
    expect(Math.max(...ids)).toBe(first.lastColumnId)
    const again = evolveSchema(record, first)
    expect(again).toEqual({ ...first, changed: false })
  }
})

test('a column that is added is optional and gets the next id; one that is gone stays; at every depth', () => {
  const inner = (...fields: AvroField[]): AvroType => ({ type: 'array', items: { ...recordOf(...fields), name: 'I' } })
  const before = evolveSchema(recordOf(field('a', 'string'), field('xs', inner(field('p', 'int')))), undefined)
  const after = evolveSchema(
    recordOf(field('xs', inner(field('p', 'int'), field('q', 'long'))), field('b', 'double')),
    before,
  )
  const [had, has] = [fieldIdsOf(before.schema), fieldIdsOf(after.schema)]
  for (const [path, id] of had) expect(has.get(path), path).toBe(id)
  expect([has.get('b'), has.get('xs.element.q')]).toEqual([before.lastColumnId + 1, before.lastColumnId + 2])
  expect(after.schema.fields.find((one) => one.name === 'b')?.required).toBe(false)
  expect(after.changed).toBe(true)
})

test('a type may grow, and shrink in the records without the table following', () => {
  const ints = evolveSchema(recordOf(field('n', 'int')), undefined)
  const longs = evolveSchema(recordOf(field('n', 'long')), ints)
  expect([longs.changed, longs.schema.fields[0]?.type]).toEqual([true, 'long'])
  const back = evolveSchema(recordOf(field('n', 'int')), longs)
  expect([back.changed, back.schema.fields[0]?.type]).toEqual([false, 'long'])
})

test.each<[AvroType, AvroType]>([
  ['string', 'int'],
  ['long', 'string'],
  ['string', { type: 'array', items: 'string' }],
  [
    { type: 'map', values: 'long' },
    { type: 'array', items: 'long' },
  ],
])('a column of %j cannot become one of %j, and is named', (from, to) => {
  const table = evolveSchema(recordOf(field('n', from)), undefined)
  expect(() => evolveSchema(recordOf(field('n', to)), table)).toThrow(SchemaConflictError)
  expect(() => evolveSchema(recordOf(field('n', to)), table)).toThrow('column n is')
})
