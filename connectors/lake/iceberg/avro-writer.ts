import type { AvroSchema, AvroValue } from './avro-types.ts'

interface Field {
  readonly name: string
  readonly type: AvroSchema
}

/**
 * Avro's binary encoding, https://avro.apache.org/docs/1.12.0/specification/#binary-encoding, of what table metadata is
 * made of: no enums, no named types used twice, unions of null and one type.
 */
export class AvroWriter {
  readonly #parts: Uint8Array[] = []

  bytes(): Buffer {
    return Buffer.concat(this.#parts)
  }

  /** Throws TypeError where the value is not of the schema. */
  value(schema: AvroSchema, value: AvroValue): void {
    if (Array.isArray(schema)) this.#union(schema as readonly AvroSchema[], value)
    else if (typeof schema === 'string') this.#primitive(schema, value)
    else this.#complex(schema as Exclude<AvroSchema, string | readonly AvroSchema[]>, value)
  }

  #complex(schema: Exclude<AvroSchema, string | readonly AvroSchema[]>, value: AvroValue): void {
    const { type, ...rest } = schema as { type: AvroSchema } & Record<string, unknown>
    if (type === 'record') {
      for (const field of rest['fields'] as readonly Field[])
        this.value(field.type, (value as Readonly<Record<string, AvroValue>>)[field.name] ?? null)
    } else if (type === 'array') {
      this.#blocks(value as readonly AvroValue[], (item) => this.value(rest['items'] as AvroSchema, item))
    } else if (type === 'map') {
      this.#blocks([...(value as ReadonlyMap<string, AvroValue>)], ([key, entry]) => {
        this.#bytes(Buffer.from(key))
        this.value(rest['values'] as AvroSchema, entry)
      })
    } else if (type === 'fixed') this.#parts.push(value as Uint8Array)
    else this.value(type, value)
  }

  long(value: bigint): void {
    let left = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
    const bytes: number[] = []
    for (; left > 0x7fn; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80)
    bytes.push(Number(left))
    this.#parts.push(Uint8Array.from(bytes))
  }

  #union(branches: readonly AvroSchema[], value: AvroValue): void {
    const index = branches.findIndex((branch) => (branch === 'null') === (value === null))
    const branch = branches[index]
    if (branch === undefined) throw new TypeError(`avro: ${String(value)} is in none of ${JSON.stringify(branches)}`)
    this.long(BigInt(index))
    this.value(branch, value)
  }

  #primitive(type: string, value: AvroValue): void {
    if (type === 'null' && value === null) return
    if (type === 'boolean' && typeof value === 'boolean') this.#parts.push(Uint8Array.of(value ? 1 : 0))
    else if ((type === 'int' || type === 'long') && (typeof value === 'number' || typeof value === 'bigint'))
      this.long(BigInt(value))
    else if (type === 'string' && typeof value === 'string') this.#bytes(Buffer.from(value))
    else if (type === 'bytes' && value instanceof Uint8Array) this.#bytes(value)
    else if ((type === 'float' || type === 'double') && typeof value === 'number') this.#float(type, value)
    else throw new TypeError(`avro: ${String(value)} is no ${type}`)
  }

  #float(type: 'float' | 'double', value: number): void {
    const bytes = Buffer.alloc(type === 'float' ? 4 : 8)
    if (type === 'float') bytes.writeFloatLE(value)
    else bytes.writeDoubleLE(value)
    this.#parts.push(bytes)
  }

  #bytes(bytes: Uint8Array): void {
    this.long(BigInt(bytes.length))
    this.#parts.push(bytes)
  }

  #blocks<T>(items: readonly T[], write: (item: T) => void): void {
    if (items.length > 0) {
      this.long(BigInt(items.length))
      items.forEach(write)
    }
    this.long(0n)
  }
}
