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
} from './avro-schema.ts'
import { decimal } from './decimal.ts'

/** Values of one schema as JSON: the same field names, decimals as strings, instants as ISO 8601, bytes as base64. */
export interface JsonCodec {
  toJson(value: unknown): unknown
  /** Fills defaults; throws TypeError listing every field that does not fit, by its path. */
  fromJson(json: unknown): unknown
}

type Convert = (value: unknown, path: string, misfits: string[]) => unknown

export function jsonCodec(schema: AvroRecord): JsonCodec {
  const named = namedTypesOf(schema)
  const write = writerOf(schema, named)
  const read = readerOf(schema, named)
  return {
    toJson: (value) => write(value),
    fromJson(json) {
      const misfits: string[] = []
      const value = read(json, '', misfits)
      if (misfits.length > 0) throw new TypeError(`not a ${schema.name}: ${misfits.join('; ')}`)
      return value
    },
  }
}

type Named = ReadonlyMap<string, AvroType>
type Write = (value: unknown) => unknown
const same: Write = (value) => value

function writerOf(type: AvroType, named: Named): Write {
  if (isUnion(type)) {
    const inner = writerOf(nonNull(type).type, named)
    return inner === same ? same : (value) => (value == null ? null : inner(value))
  }
  if (isLogical(type)) return type.logicalType === 'decimal' ? same : (value) => new Date(value as number).toISOString()
  if (isArray(type)) {
    const item = writerOf(type.items, named)
    return item === same ? same : (value) => (value as unknown[]).map(item)
  }
  if (isMap(type)) return same
  if (typeof type === 'string') {
    if (type === 'bytes') return (value) => Buffer.from(value as Uint8Array).toString('base64')
    const target = named.get(type)
    return target ? writerOf(target, named) : same
  }
  if (!isRecord(type)) return same
  const fields = type.fields.map((f) => [f.name, writerOf(f.type, named)] as const)
  return (value) =>
    Object.fromEntries(fields.map(([name, convert]) => [name, convert((value as Record<string, unknown>)[name])]))
}

function readerOf(type: AvroType, named: Named): Convert {
  if (isUnion(type)) {
    const inner = readerOf(nonNull(type).type, named)
    return (value, path, misfits) => (value == null ? null : inner(value, path, misfits))
  }
  if (isLogical(type)) return type.logicalType === 'decimal' ? readDecimal : readInstant
  if (isArray(type)) {
    const item = readerOf(type.items, named)
    return (value, path, misfits) =>
      Array.isArray(value)
        ? value.map((v, i) => item(v, `${path}[${i}]`, misfits))
        : misfit(value, path, 'an array', misfits)
  }
  if (isMap(type)) return (value, path, misfits) => (isPlain(value) ? value : misfit(value, path, 'an object', misfits))
  if (isEnum(type)) {
    return (value, path, misfits) =>
      type.symbols.includes(value as string) ? value : misfit(value, path, `one of ${type.symbols.join(', ')}`, misfits)
  }
  if (typeof type === 'string') {
    const target = named.get(type)
    return target ? readerOf(target, named) : (PRIMITIVES[type] ?? same)
  }
  return isRecord(type) ? recordReader(type, named) : same
}

function recordReader(type: AvroRecord, named: Named): Convert {
  const fields = type.fields.map((f) => ({ ...f, read: readerOf(f.type, named), optional: 'default' in f }))
  const known = new Set(fields.map((f) => f.name))
  return (value, path, misfits) => {
    if (!isPlain(value)) return misfit(value, path, `an object (${type.name})`, misfits)
    for (const name of Object.keys(value))
      if (!known.has(name)) misfits.push(`${join(path, name)} is not a field of ${type.name}`)
    return Object.fromEntries(
      fields.map((f) => {
        if (value[f.name] !== undefined) return [f.name, f.read(value[f.name], join(path, f.name), misfits)]
        if (f.optional) return [f.name, structuredClone(f.default)]
        return [f.name, misfit(undefined, join(path, f.name), 'a value', misfits)]
      }),
    )
  }
}

const isInt = (value: unknown): boolean => Number.isInteger(value) && Math.abs(value as number) <= 0x7fffffff
const primitive =
  (expected: string, fits: (value: unknown) => boolean): Convert =>
  (value, path, misfits) =>
    fits(value) ? value : misfit(value, path, expected, misfits)
const PRIMITIVES: Readonly<Record<string, Convert>> = {
  string: primitive('a string', (v) => typeof v === 'string'),
  boolean: primitive('true or false', (v) => typeof v === 'boolean'),
  int: primitive('an integer', isInt),
  long: primitive('an integer', (v) => Number.isSafeInteger(v)),
  float: primitive('a number', (v) => typeof v === 'number'),
  double: primitive('a number', (v) => typeof v === 'number'),
  bytes: (value, path, misfits) =>
    typeof value === 'string' ? Buffer.from(value, 'base64') : misfit(value, path, 'base64 text', misfits),
}

const readDecimal: Convert = (value, path, misfits) => {
  try {
    return decimal(String(value))
  } catch {
    return misfit(value, path, 'decimal digits in a string', misfits)
  }
}

const readInstant: Convert = (value, path, misfits) => {
  const ms =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)
        ? Date.parse(value)
        : Number.NaN
  return Number.isSafeInteger(ms) ? ms : misfit(value, path, 'an ISO 8601 instant', misfits)
}

function misfit(found: unknown, path: string, expected: string, misfits: string[]): undefined {
  misfits.push(`${path || 'the value'} is ${JSON.stringify(found)?.slice(0, 60) ?? 'missing'}, expected ${expected}`)
  return undefined
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const join = (path: string, name: string): string => (path ? `${path}.${name}` : name)
