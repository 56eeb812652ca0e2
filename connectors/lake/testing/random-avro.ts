import fc from 'fast-check'
import { type AvroField, type AvroRecord, type AvroType, decimalFromUnits } from '../../../schemas/index.ts'

/** A column's type and what its values are: what Avro gives, and what a query must show for it. */
interface Column {
  readonly type: AvroType
  readonly values: fc.Arbitrary<unknown>
}

const MIN_64 = -(2n ** 63n)
const MAX_64 = 2n ** 63n - 1n
/** Years 1600 to 9999. */
const EARLIEST_MS = Date.UTC(1600, 0, 1)
const LATEST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999)
const UNITS_MAX = 10n ** 20n - 1n

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.constantFrom('', '𝄞 four bytes 🐟', '\u0000', "it's", 'ü'.repeat(40)),
)
const edge = <T>(of: fc.Arbitrary<T>, ...edges: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof(of, fc.constantFrom(...(edges as [T, ...T[]])))

const SCALARS: Readonly<Record<string, Column>> = {
  flag: { type: 'boolean', values: fc.boolean() },
  int: { type: 'int', values: edge(fc.integer(), -(2 ** 31), 2 ** 31 - 1) },
  long: { type: 'long', values: edge(fc.bigInt({ min: MIN_64, max: MAX_64 }), MIN_64, MAX_64, 2n ** 53n + 1n) },
  double: { type: 'double', values: edge(fc.double(), Number.NaN, -0, Infinity, -Infinity, Number.MIN_VALUE) },
  text: { type: 'string', values: text },
  kind: { type: { type: 'enum', name: 'Kind', symbols: ['a', 'b'] }, values: fc.constantFrom('a', 'b') },
  at: {
    type: { type: 'long', logicalType: 'timestamp-millis' },
    values: edge(fc.integer({ min: EARLIEST_MS, max: LATEST_MS }), EARLIEST_MS, LATEST_MS, -1, 0),
  },
  price: {
    type: { type: 'bytes', logicalType: 'decimal', precision: 20, scale: 8 },
    values: edge(fc.bigInt({ min: -UNITS_MAX, max: UNITS_MAX }), -UNITS_MAX, UNITS_MAX, 0n).map(decimalFromUnits),
  },
}

const nullable = ({ type, values }: Column): Column => ({
  type: ['null', type],
  values: fc.option(values, { nil: null, freq: 3 }),
})
const listOf = ({ type, values }: Column): Column => ({
  type: { type: 'array', items: type },
  values: fc.array(values, { maxLength: 3 }),
})
const mapOf = ({ type, values }: Column): Column => ({
  type: { type: 'map', values: type },
  values: fc.dictionary(fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 5 }), values, { maxKeys: 3 }),
})

/** All shapes of a table at once: each scalar alone, nullable, in lists, in maps, in records within lists. */
function columns(): Readonly<Record<string, Column>> {
  const all: Record<string, Column> = {}
  for (const [name, scalar] of Object.entries(SCALARS)) {
    all[name] = scalar
    if (name === 'kind') continue
    all[`maybe_${name}`] = nullable(scalar)
    all[`list_${name}`] = nullable(listOf(nullable(scalar)))
    all[`map_${name}`] = mapOf(nullable(scalar))
  }
  const inner: AvroRecord = {
    ...{ type: 'record', name: 'Inner', doc: '' },
    fields: [
      { name: 'price', type: nullable(SCALARS['price'] as Column).type, doc: '' },
      { name: 'tags', type: { type: 'array', items: 'string' }, doc: '' },
    ],
  }
  const values = fc.record({
    price: nullable(SCALARS['price'] as Column).values,
    tags: fc.array(text, { maxLength: 2 }),
  })
  all['inners'] = { type: { type: 'array', items: inner }, values: fc.array(values, { maxLength: 2 }) }
  return all
}

const COLUMNS = columns()

/** A record of every type that tables have. */
export const EVERYTHING: AvroRecord = {
  ...{ type: 'record', name: 'Everything', doc: '' },
  fields: Object.entries(COLUMNS).map(([name, { type }]): AvroField => ({ name, type, doc: '' })),
}

export const everything: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc.record(
  Object.fromEntries(Object.entries(COLUMNS).map(([name, { values }]) => [name, values])),
)
