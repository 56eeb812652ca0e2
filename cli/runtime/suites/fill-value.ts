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
} from '../../../schemas/index.ts'

/**
 * JSON of a schema with every field: those that are left out get their default, else the emptiest value of their type, and
 * a time the given one. So a case says only what it is about.
 */
export function fillValue(schema: AvroRecord, json: unknown, atMs: number): unknown {
  return filled(schema, json, { named: namedTypesOf(schema), atMs })
}

interface Filling {
  readonly named: ReadonlyMap<string, AvroType>
  readonly atMs: number
}

function filled(type: AvroType, json: unknown, filling: Filling): unknown {
  if (json === undefined) return emptiest(type, filling)
  if (isUnion(type)) return json === null ? null : filled(type.find((one) => one !== 'null') ?? 'null', json, filling)
  if (isArray(type)) return Array.isArray(json) ? json.map((one) => filled(type.items, one, filling)) : json
  const target = typeof type === 'string' ? filling.named.get(type) : type
  if (target === undefined || !isRecord(target)) return json
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json
  const given = json as Readonly<Record<string, unknown>>
  const fields = target.fields.map((field) => {
    const value = given[field.name]
    return [field.name, value === undefined && 'default' in field ? field.default : filled(field.type, value, filling)]
  })
  // What the schema does not know stays, to be told as a misfit.
  return { ...given, ...Object.fromEntries(fields) }
}

function emptiest(type: AvroType, filling: Filling): unknown {
  if (isUnion(type)) return type.includes('null') ? null : emptiest(type[0] ?? 'null', filling)
  if (isArray(type)) return []
  if (isMap(type)) return {}
  if (isLogical(type)) return type.logicalType === 'decimal' ? '0' : new Date(filling.atMs).toISOString()
  if (isEnum(type)) return type.symbols[0]
  if (isRecord(type)) return filled(type, {}, filling)
  const named = filling.named.get(type)
  if (named !== undefined) return emptiest(named, filling)
  if (type === 'string' || type === 'bytes') return ''
  return type === 'boolean' ? false : type === 'null' ? null : 0
}
