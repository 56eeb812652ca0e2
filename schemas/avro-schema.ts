import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The subset of Avro the project's schemas use, as JSON. */
export type AvroType = AvroPrimitive | string | AvroUnion | AvroRecord | AvroEnum | AvroArray | AvroMap | AvroLogical
export type AvroPrimitive = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string'
export type AvroUnion = readonly AvroType[]
export interface AvroField {
  readonly name: string
  readonly type: AvroType
  readonly doc: string
  readonly default?: unknown
}
export interface AvroRecord {
  readonly type: 'record'
  readonly name: string
  readonly namespace?: string
  readonly doc: string
  readonly fields: readonly AvroField[]
}
export interface AvroEnum {
  readonly type: 'enum'
  readonly name: string
  readonly symbols: readonly string[]
  readonly doc?: string
}
export interface AvroArray {
  readonly type: 'array'
  readonly items: AvroType
}
export interface AvroMap {
  readonly type: 'map'
  readonly values: AvroType
}
export interface AvroLogical {
  readonly type: 'long' | 'bytes'
  readonly logicalType: 'timestamp-millis' | 'decimal'
  readonly precision?: number
  readonly scale?: number
}

export const AVRO_DIRECTORY = fileURLToPath(new URL('./avro/', import.meta.url))

/** Every schema of a directory by record name, `ParsedDocument`, in name order. Throws naming the file that is not Avro. */
export function loadAvroSchemas(directory: string = AVRO_DIRECTORY): ReadonlyMap<string, AvroRecord> {
  const records = readdirSync(directory)
    .filter((file) => file.endsWith('.avsc'))
    .map((file) => parseAvroFile(`${directory}/${file}`))
  return new Map(records.map((record) => [record.name, record] as const).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function parseAvroFile(path: string): AvroRecord {
  try {
    const schema: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (isRecord(schema as AvroType)) return schema as AvroRecord
    throw new TypeError('expected a record')
  } catch (error) {
    throw new Error(`${path}: not an Avro record schema: ${(error as Error).message}`, { cause: error })
  }
}

const isObject = (type: AvroType): type is Exclude<AvroType, string | AvroUnion> =>
  typeof type === 'object' && !Array.isArray(type)
export const isRecord = (type: AvroType): type is AvroRecord => isObject(type) && type.type === 'record'
export const isEnum = (type: AvroType): type is AvroEnum => isObject(type) && type.type === 'enum'
export const isArray = (type: AvroType): type is AvroArray => isObject(type) && type.type === 'array'
export const isMap = (type: AvroType): type is AvroMap => isObject(type) && type.type === 'map'
export const isLogical = (type: AvroType): type is AvroLogical => isObject(type) && 'logicalType' in type
export const isUnion = (type: AvroType): type is AvroUnion => Array.isArray(type)

/** The type under a union with null; the type itself where it is none. */
export function nonNull(type: AvroType): { readonly type: AvroType; readonly nullable: boolean } {
  if (!isUnion(type)) return { type, nullable: false }
  const rest = type.filter((t) => t !== 'null')
  if (rest.length !== 1) throw new TypeError(`only unions of null and one type are used here: ${JSON.stringify(type)}`)
  return { type: rest[0] as AvroType, nullable: type.length === 2 }
}

/** Named types a record defines inside itself, by name. */
export function namedTypesOf(record: AvroRecord): ReadonlyMap<string, AvroRecord | AvroEnum> {
  const found = new Map<string, AvroRecord | AvroEnum>()
  const visit = (type: AvroType): void => {
    if (isUnion(type)) type.forEach(visit)
    else if (isArray(type)) visit(type.items)
    else if (isMap(type)) visit(type.values)
    else if (isEnum(type)) found.set(type.name, type)
    else if (isRecord(type)) {
      found.set(type.name, type)
      for (const field of type.fields) visit(field.type)
    }
  }
  visit(record)
  return found
}
