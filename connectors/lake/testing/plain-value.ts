import {
  type AvroRecord,
  type AvroType,
  type Decimal,
  decimalToUnits,
  isArray,
  isLogical,
  isMap,
  isRecord,
  isUnion,
  namedTypesOf,
  nonNull,
} from '../../../schemas/index.ts'

/**
 * A value as any reader has to show it, in text that can be compared: numbers by their shortest text, instants by their
 * microseconds, decimals by their units, maps by sorted keys. `null` stays.
 */
export type Plain = null | string | readonly Plain[] | { readonly [name: string]: Plain }

/** What was written. */
export function plainOf(record: AvroRecord, row: Readonly<Record<string, unknown>>): Plain {
  return visit(record, row, AVRO, new Map())
}

/** How a reader gives scalars; nested values come as arrays and as `[name, value]` pairs or objects. */
export interface Reads {
  readonly instant: (value: unknown) => string
  readonly decimal: (value: unknown) => string
  readonly number: (value: unknown) => string
  readonly items: (value: unknown) => readonly unknown[]
  readonly entries: (value: unknown) => readonly (readonly [string, unknown])[]
  readonly fields: (value: unknown, names: readonly string[]) => readonly unknown[]
}

export const plainRead = (record: AvroRecord, row: Readonly<Record<string, unknown>>, reads: Reads): Plain =>
  visit(record, row, reads, new Map(), true)

const AVRO: Reads = {
  instant: (value) => String(BigInt(value as number) * 1000n),
  decimal: (value) => String(decimalToUnits(value as Decimal)),
  number: (value) => (Object.is(value, -0) ? '0' : String(value)),
  items: (value) => value as readonly unknown[],
  entries: (value) => Object.entries(value as object),
  fields: (value, names) => names.map((name) => (value as Readonly<Record<string, unknown>>)[name]),
}

function visit(
  type: AvroType,
  value: unknown,
  reads: Reads,
  named: ReadonlyMap<string, AvroType>,
  isRow = false,
): Plain {
  if (isUnion(type)) return visit(nonNull(type).type, value, reads, named)
  if (value === null || value === undefined) return null
  if (isLogical(type)) return type.logicalType === 'decimal' ? reads.decimal(value) : reads.instant(value)
  if (isArray(type)) return reads.items(value).map((item) => visit(type.items, item, reads, named))
  if (isMap(type)) {
    const entries = [...reads.entries(value)].sort(([a], [b]) => (a < b ? -1 : 1))
    return Object.fromEntries(entries.map(([key, item]) => [key, visit(type.values, item, reads, named)]))
  }
  if (isRecord(type)) {
    const types = new Map([...named, ...namedTypesOf(type)])
    const names = type.fields.map((field) => field.name)
    const values = isRow ? AVRO.fields(value, names) : reads.fields(value, names)
    return Object.fromEntries(type.fields.map((field, i) => [field.name, visit(field.type, values[i], reads, types)]))
  }
  if (type === 'string' || typeof value === 'string') return type === 'double' ? reads.number(value) : String(value)
  return reads.number(value)
}
