import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readAvroFile, writeAvroFile } from './avro-file.ts'
import type { AvroSchema, AvroValue } from './avro-types.ts'

const SYNC = new Uint8Array(16).fill(7)
const SCHEMA: AvroSchema = {
  type: 'record',
  name: 'all',
  fields: [
    { name: 'flag', type: 'boolean', 'field-id': 1 },
    { name: 'int', type: 'int' },
    { name: 'long', type: 'long' },
    { name: 'double', type: 'double' },
    { name: 'text', type: ['null', 'string'] },
    { name: 'bytes', type: 'bytes' },
    { name: 'list', type: { type: 'array', items: ['null', 'long'] } },
    { name: 'map', type: { type: 'map', values: 'string' } },
    { name: 'inner', type: { type: 'record', name: 'inner', fields: [{ name: 'day', type: ['null', 'int'] }] } },
  ],
}
const row = fc.record({
  flag: fc.boolean(),
  int: fc.integer(),
  long: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  double: fc.double(),
  text: fc.option(fc.string({ unit: 'grapheme' }), { nil: null }),
  bytes: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  list: fc.array(fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { nil: null })),
  map: fc.uniqueArray(fc.tuple(fc.string(), fc.string()), { selector: ([key]) => key }).map((pairs) => new Map(pairs)),
  inner: fc.record({ day: fc.option(fc.integer(), { nil: null }) }),
})

test('rows come out of a file as they went in, numbers of 64 bits exact, and the schema with its field ids', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 5 }), (rows) => {
      const file = readAvroFile(writeAvroFile(SCHEMA, { content: 'data' }, rows as AvroValue[], SYNC))
      expect(file.records).toEqual(rows)
      expect(JSON.parse(file.metadata.get('avro.schema') ?? '')).toEqual(SCHEMA)
      expect(file.metadata.get('content')).toBe('data')
    }),
  )
})

test('a file that is cut off, wherever, is refused', () => {
  const value = {
    flag: true,
    int: 1,
    long: 2n,
    double: 3,
    text: 'x',
    bytes: Buffer.from('y'),
    list: [],
    inner: { day: 4 },
  }
  const bytes = writeAvroFile(SCHEMA, {}, [{ ...value, map: new Map() }], SYNC)
  const sync = bytes.indexOf(Buffer.from(SYNC)) + SYNC.length
  for (let end = 0; end < bytes.length; end++)
    if (end !== sync) expect(() => readAvroFile(bytes.subarray(0, end)), `${end} bytes`).toThrow()
})
