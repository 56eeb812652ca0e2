import { createHash } from 'node:crypto'
import type { SchemaElement } from 'hyparquet'
import {
  type AvroLogical,
  type AvroRecord,
  type AvroType,
  type Decimal,
  decimalToUnits,
  isArray,
  isEnum,
  isLogical,
  isMap,
  isRecord,
  isUnion,
  namedTypesOf,
  nonNull,
} from '../../schemas/index.ts'

/** A column of the table: its name and what turns a value of the record into what the writer takes. */
export interface LakeColumn {
  readonly name: string
  readonly convert: (value: unknown) => unknown
  /** A list, map or record: several columns of the file. */
  readonly isNested: boolean
}
export interface LakeSchema {
  readonly elements: SchemaElement[]
  readonly columns: readonly LakeColumn[]
}

/** The field id of a path, `claims.element.polarity`. */
type IdOf = (path: string) => number
/** Where a row is from, beside what `ORIGIN` lists: column and what it holds. */
export type OriginColumn = readonly [name: string, element: Partial<SchemaElement>]

type Repetition = 'REQUIRED' | 'OPTIONAL'
type Named = ReadonlyMap<string, AvroType>
type Convert = (value: unknown) => unknown
interface Mapped {
  readonly elements: SchemaElement[]
  readonly convert: Convert
}
const same: Convert = (value) => value
/** Instants as microseconds UTC. */
export const MICROS = {
  converted_type: 'TIMESTAMP_MICROS',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
} as const
const STRING = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const

/** Where a row came from: what proves that each record is there exactly once. */
const ORIGIN: readonly OriginColumn[] = [
  ['_topic', STRING],
  ['_partition', { type: 'INT32' }],
  ['_offset', { type: 'INT64' }],
  ['_ingested_at', { type: 'INT64', ...MICROS }],
]

/**
 * The Parquet schema of an Avro record and how its values convert: decimals as fixed bytes of the least length,
 * instants as microseconds UTC, three-level lists and maps, records as groups. Every field carries an id: that of the
 * table where `idOf` tells it, else one derived from its path.
 */
export function lakeSchemaOf(
  record: AvroRecord,
  { idOf = fieldId, more = [] }: { readonly idOf?: IdOf; readonly more?: readonly OriginColumn[] } = {},
): LakeSchema {
  const types = new TypeMap(namedTypesOf(record), idOf)
  const mapped = record.fields.map((field) => ({
    name: field.name,
    ...types.map(field.type, field.name, field.name),
  }))
  const origins = [...ORIGIN, ...more]
  const origin = origins.map(([name, element]) => types.leaf(name, name, 'REQUIRED', element))
  return {
    elements: [
      { name: record.name, num_children: mapped.length + origin.length },
      ...mapped.flatMap((m) => m.elements),
      ...origin,
    ],
    columns: [
      ...mapped.map(({ name, convert, elements }) => ({ name, convert, isNested: elements.length > 1 })),
      ...origins.map(([name]) => ({ name, convert: same, isNested: false })),
    ],
  }
}

class TypeMap {
  readonly #named: Named
  readonly #idOf: IdOf

  constructor(named: Named, idOf: IdOf) {
    this.#named = named
    this.#idOf = idOf
  }

  map(type: AvroType, name: string, path: string, repetition: Repetition = 'REQUIRED'): Mapped {
    if (isUnion(type)) {
      const inner = nonNull(type)
      const mapped = this.map(inner.type, name, path, inner.nullable ? 'OPTIONAL' : repetition)
      return { ...mapped, convert: orNull(mapped.convert) }
    }
    if (isLogical(type)) return this.#logical(type, name, path, repetition)
    if (isArray(type)) return this.#list(type.items, name, path, repetition)
    if (isMap(type)) return this.#map(type.values, name, path, repetition)
    if (isEnum(type)) return { elements: [this.leaf(name, path, repetition, STRING)], convert: same }
    if (isRecord(type)) return this.#record(type, name, path, repetition)
    const target = this.#named.get(type as string)
    if (target) return this.map(target, name, path, repetition)
    const primitive = PRIMITIVES[type as string]
    if (!primitive) throw new TypeError(`${path}: no Parquet type for Avro ${JSON.stringify(type)}`)
    return { elements: [this.leaf(name, path, repetition, primitive)], convert: type === 'long' ? toBigInt : same }
  }

  leaf(name: string, path: string, repetition: Repetition, element: Partial<SchemaElement>): SchemaElement {
    return { name, repetition_type: repetition, field_id: this.#idOf(path), ...element }
  }

  #logical(type: AvroLogical, name: string, path: string, repetition: Repetition): Mapped {
    if (type.logicalType === 'timestamp-millis') {
      const convert: Convert = (value) => BigInt(value as number) * 1000n
      return { elements: [this.leaf(name, path, repetition, { type: 'INT64', ...MICROS })], convert }
    }
    const { precision = 20, scale = 8 } = type
    const element = {
      type: 'FIXED_LEN_BYTE_ARRAY',
      type_length: decimalBytes(precision),
      converted_type: 'DECIMAL',
      logical_type: { type: 'DECIMAL', precision, scale },
      precision,
      scale,
    } as const
    return {
      elements: [this.leaf(name, path, repetition, element)],
      convert: (value) => decimalToUnits(value as Decimal),
    }
  }

  #list(items: AvroType, name: string, path: string, repetition: Repetition): Mapped {
    const item = this.map(items, 'element', `${path}.element`)
    const elements: SchemaElement[] = [
      {
        name,
        repetition_type: repetition,
        num_children: 1,
        converted_type: 'LIST',
        logical_type: { type: 'LIST' },
        field_id: this.#idOf(path),
      },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      ...item.elements,
    ]
    return { elements, convert: item.convert === same ? same : (value) => (value as unknown[]).map(item.convert) }
  }

  #map(values: AvroType, name: string, path: string, repetition: Repetition): Mapped {
    const item = this.map(values, 'value', `${path}.value`)
    const elements: SchemaElement[] = [
      {
        name,
        repetition_type: repetition,
        num_children: 1,
        converted_type: 'MAP',
        logical_type: { type: 'MAP' },
        field_id: this.#idOf(path),
      },
      { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
      this.leaf('key', `${path}.key`, 'REQUIRED', STRING),
      ...item.elements,
    ]
    const convert: Convert = (value) =>
      Object.entries(value as object).map(([key, entry]) => ({ key, value: item.convert(entry) }))
    return { elements, convert }
  }

  #record(type: AvroRecord, name: string, path: string, repetition: Repetition): Mapped {
    const fields = type.fields.map((f) => ({ name: f.name, ...this.map(f.type, f.name, `${path}.${f.name}`) }))
    const group = { name, repetition_type: repetition, num_children: fields.length, field_id: this.#idOf(path) }
    const convert: Convert = (value) =>
      Object.fromEntries(fields.map((f) => [f.name, f.convert((value as Record<string, unknown>)[f.name])]))
    return { elements: [group, ...fields.flatMap((f) => f.elements)], convert }
  }
}

const PRIMITIVES: Readonly<Record<string, Partial<SchemaElement>>> = {
  boolean: { type: 'BOOLEAN' },
  int: { type: 'INT32' },
  long: { type: 'INT64' },
  float: { type: 'FLOAT' },
  double: { type: 'DOUBLE' },
  string: STRING,
  bytes: { type: 'BYTE_ARRAY' },
}
const toBigInt: Convert = (value) => (value == null ? value : BigInt(value as number))
const orNull = (convert: Convert): Convert =>
  convert === same ? same : (value) => (value == null ? null : convert(value))

/** Least bytes whose two's complement holds every decimal of so many digits: 9 for 20. */
export function decimalBytes(precision: number): number {
  let bytes = 1
  while (2n ** BigInt(bytes * 8 - 1) <= 10n ** BigInt(precision) - 1n) bytes++
  return bytes
}

/** Derived from the path, so that a field keeps its id whatever is added around it. Below the ids Iceberg reserves. */
const fieldId = (path: string): number => (createHash('sha256').update(path).digest().readUInt32BE(0) & 0x3fffffff) + 1
