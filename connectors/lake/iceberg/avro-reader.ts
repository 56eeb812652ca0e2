import type { AvroSchema, AvroValue } from './avro-types.ts'

interface Field {
  readonly name: string
  readonly type: AvroSchema
}

/** Reads what `AvroWriter` writes, and enums and named types of other writers. `long` comes as bigint, `int` as number. */
export class AvroReader {
  readonly #from: Buffer
  readonly #named = new Map<string, AvroSchema>()
  #at: number

  constructor(from: Buffer, at: number) {
    this.#from = from
    this.#at = at
  }

  get atEnd(): boolean {
    return this.#at >= this.#from.length
  }

  take(count: number): Buffer {
    if (count < 0 || this.#at + count > this.#from.length) throw new TypeError('Avro data ends within a value')
    this.#at += count
    return this.#from.subarray(this.#at - count, this.#at)
  }

  long(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const [byte = 0] = this.take(1)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n))
    }
    throw new TypeError('Avro data: a number longer than 64 bits')
  }

  value(schema: AvroSchema): AvroValue {
    if (Array.isArray(schema)) return this.value((schema as readonly AvroSchema[])[Number(this.long())] as AvroSchema)
    if (typeof schema === 'string') return this.#primitive(schema)
    const { type, name, ...rest } = schema as { type: AvroSchema; name?: string } & Record<string, unknown>
    if (name !== undefined) this.#named.set(name, schema)
    if (type === 'record')
      return Object.fromEntries((rest['fields'] as readonly Field[]).map((f) => [f.name, this.value(f.type)]))
    if (type === 'array') return this.#blocks(() => this.value(rest['items'] as AvroSchema))
    if (type === 'map') {
      const values = rest['values'] as AvroSchema
      return new Map(this.#blocks(() => [this.#bytes().toString('utf8'), this.value(values)] as const))
    }
    if (type === 'fixed') return this.take(rest['size'] as number)
    if (type === 'enum') return (rest['symbols'] as readonly string[])[Number(this.long())] as string
    return this.value(type)
  }

  #primitive(type: string): AvroValue {
    if (type === 'null') return null
    if (type === 'boolean') return this.take(1)[0] === 1
    if (type === 'int') return Number(this.long())
    if (type === 'long') return this.long()
    if (type === 'float') return this.take(4).readFloatLE()
    if (type === 'double') return this.take(8).readDoubleLE()
    if (type === 'string') return this.#bytes().toString('utf8')
    if (type === 'bytes') return this.#bytes()
    const named = this.#named.get(type)
    if (named === undefined) throw new TypeError(`Avro schema: unknown type ${type}`)
    return this.value(named)
  }

  #bytes(): Buffer {
    return this.take(Number(this.long()))
  }

  #blocks<T>(read: () => T): T[] {
    const items: T[] = []
    for (let count = this.long(); count !== 0n; count = this.long()) {
      // A negative count is followed by the block's size in bytes.
      if (count < 0n) this.long()
      for (let i = count < 0n ? -count : count; i > 0n; i--) items.push(read())
    }
    return items
  }
}
