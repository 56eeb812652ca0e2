import type { IcebergType } from './table-schema.ts'
import { decimalOf } from './table-schema.ts'

export interface ColumnStats {
  readonly nulls: bigint
  /** Undefined for a type that has none. */
  readonly nans: bigint | undefined
  /** Undefined where there is no value, or none worth telling. */
  readonly lower: Uint8Array | undefined
  readonly upper: Uint8Array | undefined
}

/** Longer texts are told by their beginning. */
const TEXT_MAX_CHARS = 16

/**
 * Counts and bounds of a column's values, null or undefined where there is none, in the single-value encoding of
 * https://iceberg.apache.org/spec/#binary-single-value-serialization. NaN bounds nothing. Undefined for a nested type.
 */
export function statsOf(type: IcebergType, values: readonly unknown[]): ColumnStats | undefined {
  if (typeof type !== 'string') return undefined
  const isFloat = type === 'float' || type === 'double'
  let nulls = 0n
  let nans = 0n
  let least: unknown
  let most: unknown
  const isLess = type === 'string' ? textIsLess : (a: unknown, b: unknown) => (a as number) < (b as number)
  for (const value of values) {
    if (value === null || value === undefined) nulls += 1n
    else if (Number.isNaN(value)) nans += 1n
    else {
      if (least === undefined || isLess(value, least)) least = value
      if (most === undefined || isLess(most, value)) most = value
    }
  }
  const encode = ENCODE[type] ?? (decimalOf(type) && decimalBytesOf)
  return {
    nulls,
    nans: isFloat ? nans : undefined,
    lower: least === undefined ? undefined : encode?.(least, 'lower'),
    upper: most === undefined ? undefined : encode?.(most, 'upper'),
  }
}

/** In the order of UTF-8 bytes, as Iceberg compares; JavaScript's differs where a character takes four of them. */
function textIsLess(a: unknown, b: unknown): boolean {
  const [x, y] = [a as string, b as string]
  const length = Math.min(x.length, y.length)
  for (let i = 0; i < length; i++) {
    const [left, right] = [x.charCodeAt(i), y.charCodeAt(i)]
    if (left !== right) return rank(left) < rank(right)
  }
  return x.length < y.length
}

/** Surrogates, of which the four-byte characters are made, come after every other unit. */
const rank = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800)

type Encode = (value: unknown, end: 'lower' | 'upper') => Uint8Array | undefined

const ENCODE: Readonly<Record<string, Encode>> = {
  boolean: (value) => Uint8Array.of(value ? 1 : 0),
  int: (value) => bytesOf(4, (b) => b.writeInt32LE(Number(value))),
  date: (value) => bytesOf(4, (b) => b.writeInt32LE(Number(value))),
  long: (value) => bytesOf(8, (b) => b.writeBigInt64LE(BigInt(value as bigint))),
  timestamptz: (value) => bytesOf(8, (b) => b.writeBigInt64LE(BigInt(value as bigint))),
  // The two zeros are equal to us and not to everybody who reads.
  float: (value, end) => bytesOf(4, (b) => b.writeFloatLE(signedZero(Number(value), end))),
  double: (value, end) => bytesOf(8, (b) => b.writeDoubleLE(signedZero(Number(value), end))),
  string: (value, end) => textBound(value as string, end),
}

function bytesOf(length: number, write: (bytes: Buffer) => void): Uint8Array {
  const bytes = Buffer.alloc(length)
  write(bytes)
  return bytes
}

const signedZero = (value: number, end: 'lower' | 'upper'): number => (value !== 0 ? value : end === 'lower' ? -0 : 0)

/** The beginning, and for an upper bound one that is above everything that begins so; none where there is no such. */
function textBound(text: string, end: 'lower' | 'upper'): Uint8Array | undefined {
  const points = [...text]
  if (points.length <= TEXT_MAX_CHARS) return Buffer.from(text)
  const kept = points.slice(0, TEXT_MAX_CHARS)
  if (end === 'lower') return Buffer.from(kept.join(''))
  for (let i = kept.length - 1; i >= 0; i--) {
    const next = nextPoint(kept[i]?.codePointAt(0) ?? 0)
    if (next !== undefined) return Buffer.from(kept.slice(0, i).join('') + String.fromCodePoint(next))
  }
  return undefined
}

const LAST_POINT = 0x10ffff
function nextPoint(point: number): number | undefined {
  if (point === LAST_POINT) return undefined
  // Surrogates are no characters.
  return point === 0xd7ff ? 0xe000 : point + 1
}

/** Two's complement, big-endian, as few bytes as hold it. */
function decimalBytesOf(value: unknown): Uint8Array {
  const units = value as bigint
  let length = 1
  while (BigInt.asIntN(length * 8, units) !== units) length++
  const hex = BigInt.asUintN(length * 8, units)
    .toString(16)
    .padStart(length * 2, '0')
  return Buffer.from(hex, 'hex')
}
