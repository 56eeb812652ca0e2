import avsc from 'avsc'
import type { AvroRecord } from './avro-schema.ts'
import { type Decimal, decimalFromUnits, decimalToUnits } from './decimal.ts'

/** Avro `decimal` over bytes: the unscaled value as big-endian two's complement (Avro 1.11, Logical Types). Scale is 8 throughout. */
class DecimalType extends avsc.types.LogicalType {
  protected override _fromValue(bytes: Buffer): Decimal {
    let units = 0n
    for (const byte of bytes) units = (units << 8n) | BigInt(byte)
    return decimalFromUnits(BigInt.asIntN(bytes.length * 8, units))
  }

  protected override _toValue(value: unknown): Buffer {
    if (typeof value !== 'string') throw new TypeError(`not a decimal: ${JSON.stringify(value)}`)
    return unitsToBytes(decimalToUnits(value as Decimal))
  }

  protected override _resolve(writer: avsc.Type): ((bytes: Buffer) => Decimal) | undefined {
    if (writer instanceof DecimalType) return (value) => value as unknown as Decimal
    return avsc.Type.isType(writer, 'bytes') ? (bytes) => this._fromValue(bytes) : undefined
  }
}

function unitsToBytes(units: bigint): Buffer {
  let length = 1
  while (BigInt.asIntN(length * 8, units) !== units) length++
  const bytes = Buffer.alloc(length)
  for (let i = length - 1, rest = units; i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 0xffn)
  return bytes
}

/** Encodes and decodes values of one schema; no framing. */
export interface AvroCodec {
  encode(value: unknown): Buffer
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
    encode(value) {
      try {
        return reader.toBuffer(value)
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
