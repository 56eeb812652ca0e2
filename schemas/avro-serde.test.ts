import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AvroRecord, loadAvroSchemas, namedTypesOf } from './avro-schema.ts'
import { openAvroSerde } from './avro-serde.ts'
import { decimal, decimalFromUnits } from './decimal.ts'
import { jsonCodec } from './json.ts'
import { openLocalRegistry } from './registry.ts'

const schemas = loadAvroSchemas()
const schema = (name: string) => schemas.get(name) as AvroRecord
const bar = {
  symbol: 'ACME',
  timespan: '1d',
  start_at: 1_700_000_000_000,
  end_at: 1_700_000_060_000,
  open: decimal('-1.25'),
  high: decimal('128'),
  low: decimal('0'),
  close: decimal('123456789012.12345678'),
  adjusted_close: null,
  volume: decimal('5'),
  vwap: null,
  source_id: 'test',
  simulated: false,
}

describe('the wire format', () => {
  test('is a zero byte, the id as four bytes, and Avro', async () => {
    const registry = openLocalRegistry(undefined)
    const serde = await openAvroSerde('stonks.market.bars-value', schema('Bar'), registry)
    const bytes = serde.serialize(bar)
    expect([...bytes.subarray(0, 5)]).toEqual([0, 0, 0, 0, 1])
    expect(await serde.deserialize(bytes)).toEqual(bar)
  })

  test('keeps every decimal to the last digit', async () => {
    const serde = await openAvroSerde('s', schema('Bar'), openLocalRegistry(undefined))
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 20n) + 1n, 10n ** 20n - 1n), (units) => {
        const close = decimalFromUnits(units)
        return (serde.deserialize(serde.serialize({ ...bar, close })) as typeof bar).close === close
      }),
    )
  })

  test('names schema id, field and what was expected when bytes or values do not fit', async () => {
    const serde = await openAvroSerde('s', schema('Bar'), openLocalRegistry(undefined))
    expect(() => serde.serialize({ ...bar, symbol: 3 })).toThrow('Bar: symbol is 3, expected "string"')
    expect(() => serde.deserialize(new Uint8Array([1, 2, 3]))).toThrow("not in the schema registry's wire format")
    expect(() => serde.deserialize(new Uint8Array([0, 0, 0, 0, 9, 1]))).toThrow('unknown schema id 9')
    expect(() => serde.deserialize(new Uint8Array([0, 0, 0, 0, 1, 4]))).toThrow('not Avro of schema id 1')
  })

  test('a record written by an older version reads with the default of the new field', async () => {
    const registry = openLocalRegistry(undefined)
    const old = { ...schema('Bar'), fields: schema('Bar').fields.filter((f) => f.name !== 'vwap') }
    const written = (await openAvroSerde('s', old, registry)).serialize(bar)
    const reader = await openAvroSerde('s', schema('Bar'), registry)
    expect(await reader.deserialize(written)).toEqual(bar)
  })

  test('ids in a file stay over a restart, and a changed schema gets the next', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'registry-')), 'schemas.json')
    expect(await openLocalRegistry(file).register('a', schema('Bar'))).toBe(1)
    expect(await openLocalRegistry(file).register('b', schema('Company'))).toBe(2)
    expect(await openLocalRegistry(file).register('a', schema('Bar'))).toBe(1)
  })
})

describe('the schemas', () => {
  test.each([...schemas.values()].map((s) => [s.name, s] as const))(
    '%s documents every field, in snake_case',
    (_, s) => {
      const fields = [...namedTypesOf(s).values()].flatMap((t) => (t.type === 'record' ? t.fields : []))
      expect(fields.filter((f) => !f.doc || !/^[a-z][a-z0-9_]*$/.test(f.name)).map((f) => f.name)).toEqual([])
    },
  )
})

describe('JSON of a value', () => {
  const json = jsonCodec(schema('Bar'))

  test('has decimals as strings and instants as ISO 8601, and comes back', () => {
    expect(json.toJson(bar)).toMatchObject({ open: '-1.25', start_at: '2023-11-14T22:13:20.000Z' })
    expect(json.fromJson(JSON.parse(JSON.stringify(json.toJson(bar))))).toEqual(bar)
  })

  test('lists every field that does not fit by its path, and fills defaults', () => {
    expect(() => json.fromJson({ symbol: 1, zap: 2 })).toThrow(
      /zap is not a field of Bar; symbol is 1, expected a string; timespan is missing/,
    )
    const { vwap: _, simulated: __, ...rest } = json.toJson(bar) as Record<string, unknown>
    expect(json.fromJson(rest)).toEqual(bar)
  })
})
