import { THRIFT, type ThriftField, type ThriftStruct, type ThriftType, type ThriftValue } from './thrift-values.ts'

/** The bytes end within a value: more of them have to come. */
export class IncompleteError extends Error {
  override readonly name = 'IncompleteError'
}

/** Message types of the binary protocol. */
export const MESSAGE = { call: 1, reply: 2, exception: 3 } as const
const VERSION_1 = 0x80010000
const DEPTH_MAX = 32

export interface ThriftMessage {
  readonly type: number
  readonly method: string
  readonly sequence: number
  readonly body: ThriftStruct
}

/** A message of the strict binary protocol, https://github.com/apache/thrift/blob/master/doc/specs/thrift-binary-protocol.md. */
export function encodeMessage({ type, method, sequence, body }: ThriftMessage): Buffer {
  const parts: Buffer[] = [int32(VERSION_1 + type), ...bytesWithLength(Buffer.from(method)), int32(sequence)]
  writeStruct(parts, body)
  return Buffer.concat(parts)
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(value >>> 0)
  return bytes
}

const bytesWithLength = (bytes: Buffer): readonly Buffer[] => [int32(bytes.length), bytes]

function writeStruct(parts: Buffer[], fields: ThriftStruct): void {
  for (const [id, { type, value }] of fields) {
    const head = Buffer.allocUnsafe(3)
    head.writeUInt8(type)
    head.writeInt16BE(id, 1)
    parts.push(head)
    writeValue(parts, type, value)
  }
  parts.push(Buffer.of(THRIFT.stop))
}

function writeValue(parts: Buffer[], type: ThriftType, value: ThriftValue): void {
  if (typeof value === 'object' && !Buffer.isBuffer(value)) {
    if (value instanceof Map) writeStruct(parts, value)
    else if ('kind' in value && value.kind === 'map') {
      parts.push(Buffer.of(value.keyType, value.valueType), int32(value.entries.length))
      for (const [key, entry] of value.entries) {
        writeValue(parts, value.keyType, key)
        writeValue(parts, value.valueType, entry)
      }
    } else if ('kind' in value) {
      parts.push(Buffer.of(value.itemType), int32(value.items.length))
      for (const item of value.items) writeValue(parts, value.itemType, item)
    }
  } else if (Buffer.isBuffer(value)) parts.push(...bytesWithLength(value))
  else parts.push(writeScalar(type, value))
}

function writeScalar(type: ThriftType, value: boolean | number | bigint): Buffer {
  const bytes = Buffer.alloc(SCALAR_BYTES[type] ?? 0)
  if (type === THRIFT.bool) bytes.writeUInt8(value ? 1 : 0)
  else if (type === THRIFT.byte) bytes.writeInt8(Number(value))
  else if (type === THRIFT.i16) bytes.writeInt16BE(Number(value))
  else if (type === THRIFT.i32) bytes.writeInt32BE(Number(value))
  else if (type === THRIFT.i64) bytes.writeBigInt64BE(BigInt(value))
  else if (type === THRIFT.double) bytes.writeDoubleBE(Number(value))
  else throw new TypeError(`thrift: ${String(value)} is no value of type ${type}`)
  return bytes
}

const SCALAR_BYTES: Readonly<Partial<Record<ThriftType, number>>> = {
  [THRIFT.bool]: 1,
  [THRIFT.byte]: 1,
  [THRIFT.i16]: 2,
  [THRIFT.i32]: 4,
  [THRIFT.i64]: 8,
  [THRIFT.double]: 8,
}

/** The message that bytes begin with. Throws IncompleteError where its end has not come yet, else TypeError. */
export function decodeMessage(bytes: Buffer): ThriftMessage {
  const reader = new Reader(bytes)
  const head = reader.int32() >>> 0
  if ((head & 0xffff0000) >>> 0 !== VERSION_1)
    throw new TypeError('thrift: the answer is not of the strict binary protocol')
  const method = reader.bytes().toString('utf8')
  const sequence = reader.int32()
  return { type: head & 0xff, method, sequence, body: reader.struct(0) }
}

class Reader {
  readonly #from: Buffer
  #at = 0

  constructor(from: Buffer) {
    this.#from = from
  }

  int32(): number {
    return this.#take(4).readInt32BE()
  }

  bytes(): Buffer {
    return this.#take(this.#length())
  }

  struct(depth: number): ThriftStruct {
    if (depth > DEPTH_MAX) throw new TypeError(`thrift: values are nested more than ${DEPTH_MAX} deep`)
    const fields = new Map<number, ThriftField>()
    for (;;) {
      const type = this.#take(1).readUInt8() as ThriftType
      if (type === THRIFT.stop) return fields
      const id = this.#take(2).readInt16BE()
      fields.set(id, { type, value: this.#value(type, depth + 1) })
    }
  }

  #value(type: ThriftType, depth: number): ThriftValue {
    if (type === THRIFT.bool) return this.#take(1).readUInt8() !== 0
    if (type === THRIFT.byte) return this.#take(1).readInt8()
    if (type === THRIFT.i16) return this.#take(2).readInt16BE()
    if (type === THRIFT.i32) return this.int32()
    if (type === THRIFT.i64) return this.#take(8).readBigInt64BE()
    if (type === THRIFT.double) return this.#take(8).readDoubleBE()
    if (type === THRIFT.string) return Buffer.from(this.bytes())
    if (type === THRIFT.struct) return this.struct(depth)
    if (type === THRIFT.map) return this.#map(depth)
    if (type === THRIFT.list || type === THRIFT.set) return this.#list(type === THRIFT.list ? 'list' : 'set', depth)
    throw new TypeError(`thrift: unknown type ${String(type)}`)
  }

  #map(depth: number): ThriftValue {
    const [keyType, valueType] = this.#take(2) as unknown as [ThriftType, ThriftType]
    const entries = Array.from({ length: this.#length() }, (): [ThriftValue, ThriftValue] => [
      this.#value(keyType, depth),
      this.#value(valueType, depth),
    ])
    return { kind: 'map', keyType, valueType, entries }
  }

  #list(kind: 'list' | 'set', depth: number): ThriftValue {
    const itemType = this.#take(1).readUInt8() as ThriftType
    return { kind, itemType, items: Array.from({ length: this.#length() }, () => this.#value(itemType, depth)) }
  }

  /** Every item takes a byte at least: a length beyond what is here is incomplete, never an allocation. */
  #length(): number {
    const length = this.int32()
    if (length < 0) throw new TypeError(`thrift: a length of ${length}`)
    if (length > this.#from.length - this.#at) throw new IncompleteError()
    return length
  }

  #take(count: number): Buffer {
    if (this.#at + count > this.#from.length) throw new IncompleteError()
    this.#at += count
    return this.#from.subarray(this.#at - count, this.#at)
  }
}
