import {
  type AvroRecord,
  type AvroType,
  isArray,
  isEnum,
  isLogical,
  isMap,
  isRecord,
  isUnion,
  loadAvroSchemas,
  namedTypesOf,
  nonNull,
  type SchemaName,
} from '../../schemas/index.ts'
import type { JsonSchema } from './route.ts'

const avro = loadAvroSchemas()
type Named = ReadonlyMap<string, AvroType>

/** The JSON form of a topic's values as JSON Schema, so that the document cannot drift from the records. */
export function schemaOf(name: SchemaName, without: readonly string[] = []): JsonSchema {
  const record = avro.get(name)
  if (!record) throw new Error(`schemas/avro has no ${name}`)
  return ofRecord(record, namedTypesOf(record), without)
}

function ofRecord(record: AvroRecord, named: Named, without: readonly string[] = []): JsonSchema {
  const fields = record.fields.filter((f) => !without.includes(f.name))
  return {
    type: 'object',
    description: record.doc,
    required: fields.map((f) => f.name),
    properties: Object.fromEntries(
      fields.map((f) => [f.name, { ...(ofType(f.type, named) as object), description: f.doc }]),
    ),
  }
}

function ofType(type: AvroType, named: Named): JsonSchema {
  if (isUnion(type)) return { anyOf: [ofType(nonNull(type).type, named), { type: 'null' }] }
  if (isLogical(type))
    return type.logicalType === 'decimal'
      ? { type: 'string', pattern: '^-?\\d+(\\.\\d+)?$', examples: ['12.5'] }
      : { type: 'string', format: 'date-time' }
  if (isArray(type)) return { type: 'array', items: ofType(type.items, named) }
  if (isMap(type)) return { type: 'object', additionalProperties: ofType(type.values, named) }
  if (isEnum(type)) return { type: 'string', enum: type.symbols }
  if (isRecord(type)) return ofRecord(type, named)
  const target = named.get(type as string)
  return target ? ofType(target, named) : (PRIMITIVES[type as string] ?? {})
}

const PRIMITIVES: Readonly<Record<string, JsonSchema>> = {
  boolean: { type: 'boolean' },
  int: { type: 'integer' },
  long: { type: 'integer' },
  float: { type: 'number' },
  double: { type: 'number' },
  bytes: { type: 'string', contentEncoding: 'base64' },
  string: { type: 'string' },
}

export const pageOf = (item: JsonSchema): JsonSchema =>
  objectOf({ items: { type: 'array', items: item }, next: { type: ['string', 'null'] } })
export const listOf = (item: JsonSchema, beside: Record<string, JsonSchema> = {}): JsonSchema =>
  objectOf({ ...beside, items: { type: 'array', items: item } })
export const objectOf = (properties: Record<string, JsonSchema>, description?: string): JsonSchema => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
  ...(description ? { description } : {}),
})
/** `base` with more properties. */
export const extend = (base: JsonSchema, properties: Record<string, JsonSchema>): JsonSchema => ({
  ...base,
  required: [...((base['required'] as string[]) ?? []), ...Object.keys(properties)],
  properties: { ...(base['properties'] as object), ...properties },
})
export const text: JsonSchema = { type: 'string' }
export const number: JsonSchema = { type: 'number' }
export const flag: JsonSchema = { type: 'boolean' }
export const instant: JsonSchema = { type: 'string', format: 'date-time' }
export const arrayOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items })
export const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] })
