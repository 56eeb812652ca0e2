/**
 * Values of Thrift as they lie on the wire, by field id and type. A struct that is read and written again keeps fields
 * that nobody here knows: a table of a newer metastore loses nothing.
 */
export type ThriftValue = boolean | number | bigint | Buffer | ThriftStruct | ThriftList | ThriftMap
export type ThriftStruct = ReadonlyMap<number, ThriftField>
export interface ThriftField {
  readonly type: ThriftType
  readonly value: ThriftValue
}
export interface ThriftList {
  readonly kind: 'list' | 'set'
  readonly itemType: ThriftType
  readonly items: readonly ThriftValue[]
}
export interface ThriftMap {
  readonly kind: 'map'
  readonly keyType: ThriftType
  readonly valueType: ThriftType
  readonly entries: readonly (readonly [ThriftValue, ThriftValue])[]
}

/** Codes of the binary protocol. */
export const THRIFT = {
  stop: 0,
  bool: 2,
  byte: 3,
  double: 4,
  i16: 6,
  i32: 8,
  i64: 10,
  string: 11,
  struct: 12,
  map: 13,
  set: 14,
  list: 15,
} as const
export type ThriftType = (typeof THRIFT)[keyof typeof THRIFT]

export const bool = (value: boolean): ThriftField => ({ type: THRIFT.bool, value })
export const i32 = (value: number): ThriftField => ({ type: THRIFT.i32, value })
export const i64 = (value: bigint): ThriftField => ({ type: THRIFT.i64, value })
export const text = (value: string): ThriftField => ({ type: THRIFT.string, value: Buffer.from(value) })
export const structOf = (fields: Readonly<Record<number, ThriftField>>): ThriftStruct =>
  new Map(Object.entries(fields).map(([id, field]) => [Number(id), field]))
export const struct = (fields: Readonly<Record<number, ThriftField>>): ThriftField => ({
  type: THRIFT.struct,
  value: structOf(fields),
})
export const listOf = (itemType: ThriftType, items: readonly ThriftValue[]): ThriftField => ({
  type: THRIFT.list,
  value: { kind: 'list', itemType, items },
})
export const mapOfText = (entries: Readonly<Record<string, string>>): ThriftField => ({
  type: THRIFT.map,
  value: {
    kind: 'map',
    keyType: THRIFT.string,
    valueType: THRIFT.string,
    entries: Object.entries(entries).map(([key, value]) => [Buffer.from(key), Buffer.from(value)]),
  },
})

/** The text of a field; undefined where it is absent. */
export function textAt(from: ThriftStruct, id: number): string | undefined {
  const value = from.get(id)?.value
  return Buffer.isBuffer(value) ? value.toString('utf8') : undefined
}

export function structAt(from: ThriftStruct, id: number): ThriftStruct | undefined {
  const value = from.get(id)?.value
  return value instanceof Map ? value : undefined
}

/** A map of text; empty where it is absent. */
export function textMapAt(from: ThriftStruct, id: number): Readonly<Record<string, string>> {
  const value = from.get(id)?.value
  if (typeof value !== 'object' || !('kind' in value) || value.kind !== 'map') return {}
  return Object.fromEntries(value.entries.map(([key, entry]) => [String(key), String(entry)]))
}

/** The text of a list's items; empty where it is absent. */
export function textListAt(from: ThriftStruct, id: number): readonly string[] {
  const value = from.get(id)?.value
  return typeof value === 'object' && 'kind' in value && value.kind === 'list' ? value.items.map(String) : []
}
