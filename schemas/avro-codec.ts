import avsc from 'avsc'
import type { AvroRecord } from './avro-schema.ts'
import { type Decimal, decimalFromUnits, decimalToUnits, ZERO } from './decimal.ts'

/** Avro `decimal` over bytes: the unscaled value as big-endian two's complement (Avro 1.11, Logical Types). Scale is 8 throughout. */
class DecimalType extends avsc.types.LogicalType {
  protected override _fromValue(bytes: Buffer): Decimal {
    // Six bytes and fewer are exact in a double, and nearly every price is: four times as fast as bigint.
    if (bytes.length <= 6) return bytes.length === 0 ? ZERO : decimalFromSafeUnits(bytes.readIntBE(0, bytes.length))
    let units = 0n
    for (const byte of bytes) units = (units << 8n) | BigInt(byte)
    return decimalFromUnits(BigInt.asIntN(bytes.length * 8, units))
  }

  protected override _toValue(value: unknown): Buffer | undefined {
    // Undefined is avsc's word for a misfit. It asks for every null of a nullable decimal, so throwing would cost ten times the encoding.
    if (typeof value !== 'string') return undefined
    return wholeLength(value) <= SAFE_WHOLE_LENGTH
      ? safeUnitsToBytes(value)
      : unitsToBytes(decimalToUnits(value as Decimal))
  }

  protected override _resolve(writer: avsc.Type): ((bytes: Buffer) => Decimal) | undefined {
    if (writer instanceof DecimalType) return (value) => value as unknown as Decimal
    return avsc.Type.isType(writer, 'bytes') ? (bytes) => this._fromValue(bytes) : undefined
  }
}

/** With this many characters before the point a value is below 2^47 units, six bytes, whatever its digits. */
const SAFE_WHOLE_LENGTH = 6
const wholeLength = (text: string): number => {
  const point = text.indexOf('.')
  return point < 0 ? text.length : point
}
const POWERS = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8] as const

function safeUnitsToBytes(text: string): Buffer {
  const point = text.indexOf('.')
  const places = point < 0 ? 0 : text.length - point - 1
  const digits = point < 0 ? Number(text) : Number(text.slice(0, point) + text.slice(point + 1))
  const units = digits * (POWERS[8 - places] as number)
  if (!Number.isSafeInteger(units)) throw new TypeError(`not a decimal: ${JSON.stringify(text)}`)
  let length = 1
  while (units < -(2 ** (length * 8 - 1)) || units >= 2 ** (length * 8 - 1)) length++
  const bytes = Buffer.allocUnsafe(length)
  bytes.writeIntBE(units, 0, length)
  return bytes
}

function decimalFromSafeUnits(units: number): Decimal {
  const size = Math.abs(units)
  const whole = Math.floor(size / 1e8)
  const fraction = size % 1e8
  const sign = units < 0 ? '-' : ''
  if (fraction === 0) return `${sign}${whole}` as Decimal
  return `${sign}${whole}.${String(fraction).padStart(8, '0').replace(/0+$/, '')}` as Decimal
}

/** Shortest two's complement, by way of hex: several times as fast as shifting a bigint. */
function unitsToBytes(units: bigint): Buffer {
  const magnitude = (units < 0n ? -units - 1n : units).toString(16)
  const isSignBitTaken = magnitude.length % 2 === 0 && magnitude >= '8'
  const length = Math.ceil(magnitude.length / 2) + (isSignBitTaken ? 1 : 0)
  const bits = units < 0n ? (1n << BigInt(length * 8)) + units : units
  return Buffer.from(bits.toString(16).padStart(length * 2, '0'), 'hex')
}

/** Encodes and decodes values of one schema; no framing. */
export interface AvroCodec {
  /** `head` bytes are left free before the value, for a frame. */
  encode(value: unknown, head?: number): Buffer
  decode(bytes: Uint8Array): unknown
  /** A decoder for bytes that another version of the schema wrote, by Avro's resolution rules. */
  decoderFor(writer: object): (bytes: Uint8Array) => unknown
}

const parse = (schema: object): avsc.Type =>
  avsc.Type.forSchema(schema as avsc.Schema, { logicalTypes: { decimal: DecimalType }, wrapUnions: false })

/** Throws TypeError where a value does not fit, naming the path of the field. */
export function avroCodec(schema: AvroRecord): AvroCodec {
  const reader = parse(schema)
  return {
    encode(value, head = 0) {
      try {
        return encodeAfter(reader, value, head)
      } catch (error) {
        throw new TypeError(`${schema.name}: ${misfitsOf(reader, value) || (error as Error).message}`, { cause: error })
      }
    },
    decode: (bytes) => reader.fromBuffer(asBuffer(bytes)),
    decoderFor(writerSchema) {
      const writer = parse(writerSchema)
      const resolver = reader.createResolver(writer)
      return (bytes) => reader.fromBuffer(asBuffer(bytes), resolver)
    },
  }
}

/** Grows to the largest value so far. avsc's own has 1 KiB, and what does not fit into that is encoded twice. */
let scratch = Buffer.allocUnsafe(64 * 1024)

function encodeAfter(type: avsc.Type, value: unknown, head: number): Buffer {
  let end = type.encode(value, scratch, head)
  if (end < 0) {
    scratch = Buffer.allocUnsafe(2 * (scratch.length - end))
    end = type.encode(value, scratch, head)
  }
  const bytes = Buffer.allocUnsafe(end)
  scratch.copy(bytes, head, head, end)
  return bytes
}

function misfitsOf(type: avsc.Type, value: unknown): string {
  const misfits: string[] = []
  type.isValid(value, {
    errorHook: (path, found, expected) => {
      misfits.push(`${path.join('.') || 'value'} is ${JSON.stringify(found) ?? 'missing'}, expected ${expected}`)
    },
  })
  return misfits.join('; ')
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
