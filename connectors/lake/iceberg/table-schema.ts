import {
  type AvroRecord,
  type AvroType,
  isArray,
  isEnum,
  isLogical,
  isMap,
  isRecord,
  isUnion,
  namedTypesOf,
  nonNull,
} from '../../../schemas/index.ts'

/** Types of Iceberg, https://iceberg.apache.org/spec/#schemas-and-data-types, as they stand in table metadata. */
export type IcebergType = string | IcebergStruct | IcebergList | IcebergMap
export interface IcebergStruct {
  readonly type: 'struct'
  readonly fields: readonly IcebergField[]
}
export interface IcebergList {
  readonly type: 'list'
  readonly 'element-id': number
  readonly element: IcebergType
  readonly 'element-required': boolean
}
export interface IcebergMap {
  readonly type: 'map'
  readonly 'key-id': number
  readonly key: IcebergType
  readonly 'value-id': number
  readonly value: IcebergType
  readonly 'value-required': boolean
}
export interface IcebergField {
  readonly id: number
  readonly name: string
  readonly required: boolean
  readonly type: IcebergType
  readonly doc?: string
}
export interface IcebergSchema extends IcebergStruct {
  readonly 'schema-id': number
}

/** The column that partitions are by: the record's own time. */
export const EVENT_TIME = '_event_at'

const ORIGIN: readonly (readonly [string, IcebergType, string])[] = [
  ['_topic', 'string', 'Topic that the record is from.'],
  ['_partition', 'int', 'Its partition.'],
  ['_offset', 'long', 'Its offset: with topic and partition it is in the table once.'],
  ['_ingested_at', 'timestamptz', 'When the sink took it.'],
  [EVENT_TIME, 'timestamptz', "The record's own time; its UTC day is the partition."],
]

/** A change of a record's schema that a table cannot follow; names the column. */
export class SchemaConflictError extends Error {
  override readonly name = 'SchemaConflictError'
}

export interface EvolvedSchema {
  readonly schema: IcebergStruct
  readonly lastColumnId: number
  /** False where the table's schema can stay as it is. */
  readonly changed: boolean
}

/**
 * The schema that a table needs for records of this kind: columns that it has keep their ids for ever, those that it lacks
 * are added with ids of their own, all optional but for where a record is from. Columns that records no longer have stay.
 * Throws SchemaConflictError where a column would become another type.
 */
export function evolveSchema(
  record: AvroRecord,
  existing: { readonly schema: IcebergStruct; readonly lastColumnId: number } | undefined,
): EvolvedSchema {
  const plan = new Plan(existing?.lastColumnId ?? 0, namedTypesOf(record))
  const had = existing?.schema.fields ?? []
  const wanted = [
    ...record.fields.map((field): Wanted => [field.name, field.type, false, field.doc]),
    ...ORIGIN.map(([name, type, doc]): Wanted => [name, { iceberg: type as string }, true, doc]),
  ]
  const fields = plan.fields(had, wanted, '')
  return { schema: { type: 'struct', fields }, lastColumnId: plan.lastId, changed: plan.changed }
}

type Wanted = readonly [name: string, type: AvroType | { readonly iceberg: string }, required: boolean, doc: string]

class Plan {
  lastId: number
  changed = false
  readonly #named: ReadonlyMap<string, AvroType>

  constructor(lastId: number, named: ReadonlyMap<string, AvroType>) {
    this.lastId = lastId
    this.#named = named
  }

  fields(had: readonly IcebergField[], wanted: readonly Wanted[], path: string): readonly IcebergField[] {
    const known = new Map(had.map((field) => [field.name, field]))
    // All columns of a level get their ids before those within them, as Iceberg itself numbers them.
    const ids = new Map(wanted.map(([name]) => [name, known.get(name)?.id ?? this.#newId()]))
    const now = new Map(
      wanted.map(([name, type, required, doc]) => {
        const before = known.get(name)
        const grown = this.#type(before?.type, type, `${path}${name}`)
        const field = { id: ids.get(name) as number, name, required: before?.required ?? required, type: grown, doc }
        return [name, before === undefined ? field : { ...before, type: grown }] as const
      }),
    )
    return [
      ...had.map((field) => now.get(field.name) ?? field),
      ...[...now.values()].filter((field) => !known.has(field.name)),
    ]
  }

  #newId(): number {
    this.changed = true
    this.lastId += 1
    return this.lastId
  }

  #type(had: IcebergType | undefined, wanted: Wanted[1], path: string): IcebergType {
    if (typeof wanted === 'object' && 'iceberg' in wanted) return this.#primitive(had, wanted.iceberg, path)
    const type = isUnion(wanted) ? nonNull(wanted).type : wanted
    const known = typeof type === 'string' ? this.#named.get(type) : undefined
    if (known !== undefined) return this.#type(had, known, path)
    if (isArray(type)) return this.#list(had, type.items, path)
    if (isMap(type)) return this.#map(had, type.values, path)
    if (isRecord(type)) return this.#struct(had, type, path)
    return this.#primitive(had, primitiveOf(type, path), path)
  }

  #struct(had: IcebergType | undefined, record: AvroRecord, path: string): IcebergStruct {
    const before = asKind('struct', had, path)
    const wanted = record.fields.map((field): Wanted => [field.name, field.type, false, field.doc])
    return { type: 'struct', fields: this.fields(before?.fields ?? [], wanted, `${path}.`) }
  }

  #list(had: IcebergType | undefined, items: AvroType, path: string): IcebergList {
    const before = asKind('list', had, path)
    const id = before?.['element-id'] ?? this.#newId()
    return {
      type: 'list',
      'element-id': id,
      element: this.#type(before?.element, items, `${path}.element`),
      'element-required': before?.['element-required'] ?? false,
    }
  }

  #map(had: IcebergType | undefined, values: AvroType, path: string): IcebergMap {
    const before = asKind('map', had, path)
    const keyId = before?.['key-id'] ?? this.#newId()
    const valueId = before?.['value-id'] ?? this.#newId()
    return {
      type: 'map',
      'key-id': keyId,
      key: 'string',
      'value-id': valueId,
      value: this.#type(before?.value, values, `${path}.value`),
      'value-required': before?.['value-required'] ?? false,
    }
  }

  /** What a table may become without being written anew: https://iceberg.apache.org/spec/#schema-evolution. */
  #primitive(had: IcebergType | undefined, wanted: string, path: string): string {
    if (had === undefined || had === wanted) return wanted
    if (typeof had === 'string' && isWider(had, wanted)) {
      this.changed = true
      return wanted
    }
    // The table is wider already: what is written is promoted by whoever reads.
    if (typeof had === 'string' && isWider(wanted, had)) return had
    throw new SchemaConflictError(`column ${path} is ${nameOf(had)} in the table and cannot become ${wanted}`)
  }
}

function asKind<K extends 'struct' | 'list' | 'map'>(
  kind: K,
  had: IcebergType | undefined,
  path: string,
): Extract<IcebergType, { readonly type: K }> | undefined {
  if (had === undefined) return undefined
  if (typeof had === 'object' && had.type === kind) return had as Extract<IcebergType, { readonly type: K }>
  throw new SchemaConflictError(`column ${path} is ${nameOf(had)} in the table and cannot become a ${kind}`)
}

const nameOf = (type: IcebergType): string => (typeof type === 'string' ? type : type.type)

function isWider(from: string, to: string): boolean {
  if ((from === 'int' && to === 'long') || (from === 'float' && to === 'double')) return true
  const [narrow, wide] = [decimalOf(from), decimalOf(to)]
  return narrow !== undefined && wide !== undefined && narrow.scale === wide.scale && narrow.precision < wide.precision
}

/** Precision and scale of `decimal(20,8)`; undefined for any other type. */
export function decimalOf(type: string): { readonly precision: number; readonly scale: number } | undefined {
  const [, precision, scale] = /^decimal\((\d+),\s*(\d+)\)$/.exec(type) ?? []
  return precision === undefined ? undefined : { precision: Number(precision), scale: Number(scale) }
}

const PRIMITIVES: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  int: 'int',
  long: 'long',
  float: 'float',
  double: 'double',
  string: 'string',
  bytes: 'binary',
}

function primitiveOf(type: AvroType, path: string): string {
  if (isEnum(type)) return 'string'
  if (isLogical(type)) {
    if (type.logicalType === 'timestamp-millis') return 'timestamptz'
    return `decimal(${type.precision ?? 20}, ${type.scale ?? 8})`
  }
  const primitive = PRIMITIVES[type as string]
  if (primitive === undefined) throw new SchemaConflictError(`column ${path}: no type for Avro ${JSON.stringify(type)}`)
  return primitive
}

/** Field ids by path, `claims.element.polarity`, as the Parquet files carry them. */
export function fieldIdsOf(schema: IcebergStruct): ReadonlyMap<string, number> {
  const ids = new Map<string, number>()
  const visit = (type: IcebergType, path: string): void => {
    if (typeof type === 'string') return
    if (type.type === 'struct')
      for (const field of type.fields) add(field.type, `${path}${path && '.'}${field.name}`, field.id)
    if (type.type === 'list') add(type.element, `${path}.element`, type['element-id'])
    if (type.type === 'map') {
      add(type.key, `${path}.key`, type['key-id'])
      add(type.value, `${path}.value`, type['value-id'])
    }
  }
  const add = (type: IcebergType, path: string, id: number): void => {
    ids.set(path, id)
    visit(type, path)
  }
  visit(schema, '')
  return ids
}

/** Hive's name of a type, as the metastore shows it. */
export function hiveTypeOf(type: IcebergType): string {
  if (typeof type === 'string') return HIVE[type] ?? type.replace(' ', '')
  if (type.type === 'list') return `array<${hiveTypeOf(type.element)}>`
  if (type.type === 'map') return `map<${hiveTypeOf(type.key)},${hiveTypeOf(type.value)}>`
  return `struct<${type.fields.map((f) => `${f.name}:${hiveTypeOf(f.type)}`).join(',')}>`
}
const HIVE: Readonly<Record<string, string>> = { long: 'bigint', timestamptz: 'timestamp with local time zone' }
