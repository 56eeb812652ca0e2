import type { Serde } from '../streams/index.ts'
import { StreamsError } from '../streams/index.ts'
import { avroCodec } from './avro-codec.ts'
import type { AvroRecord } from './avro-schema.ts'
import type { SchemaRegistry } from './registry.ts'

const MAGIC = 0
const HEADER_BYTES = 5

/**
 * Values of one schema in the Confluent wire format: a zero byte, the schema id as four bytes big-endian, Avro binary.
 * Registers the schema first; bytes of any registered version decode to this one by Avro's resolution rules.
 */
export async function openAvroSerde(subject: string, schema: AvroRecord, registry: SchemaRegistry): Promise<Serde> {
  const codec = avroCodec(schema)
  const ownId = await registry.register(subject, schema)
  const decoders = new Map<number, (bytes: Uint8Array) => unknown>([[ownId, codec.decode]])
  const learn = (id: number, writer: object): ((bytes: Uint8Array) => unknown) => {
    const decoder = codec.decoderFor(writer)
    decoders.set(id, decoder)
    return decoder
  }
  return {
    serialize(value) {
      const bytes = codec.encode(value, HEADER_BYTES)
      bytes[0] = MAGIC
      bytes.writeUInt32BE(ownId, 1)
      return bytes
    },
    deserialize(bytes) {
      const id = schemaIdOf(bytes)
      const body = bytes.subarray(HEADER_BYTES)
      const decoder = decoders.get(id)
      if (decoder) return decode(decoder, body, id)
      const writer = registry.writerSchema(id)
      if (writer instanceof Promise) return writer.then((schema) => decode(learn(id, schema), body, id))
      return decode(learn(id, writer), body, id)
    },
  }
}

/** The schema id in the wire format. Throws DESERIALIZATION where the bytes are not framed. */
export function schemaIdOf(bytes: Uint8Array): number {
  if (bytes.length < HEADER_BYTES || bytes[0] !== MAGIC) {
    throw new StreamsError(
      'DESERIALIZATION',
      `not in the schema registry's wire format: ${bytes.length} bytes, first is ${bytes[0] ?? 'missing'}, expected 0`,
    )
  }
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(1)
}

function decode(decoder: (bytes: Uint8Array) => unknown, body: Uint8Array, id: number): unknown {
  try {
    return decoder(body)
  } catch (error) {
    throw new StreamsError(
      'DESERIALIZATION',
      `not Avro of schema id ${id}: ${(error as Error).message}`,
      { schema_id: id },
      error,
    )
  }
}
