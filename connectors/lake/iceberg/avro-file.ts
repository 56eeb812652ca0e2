import { deflateRawSync, inflateRawSync, zstdDecompressSync } from 'node:zlib'
import { AvroReader } from './avro-reader.ts'
import type { AvroSchema, AvroValue } from './avro-types.ts'
import { AvroWriter } from './avro-writer.ts'

const MAGIC = Buffer.from('Obj\x01')
const SYNC_BYTES = 16
const META: AvroSchema = { type: 'map', values: 'bytes' }

/**
 * An object container file, https://avro.apache.org/docs/1.12.0/specification/#object-container-files, deflated, in one
 * block. The schema's text is kept as it is: Iceberg finds columns by its field ids. `sync` is 16 bytes by chance.
 */
export function writeAvroFile(
  schema: AvroSchema,
  metadata: Readonly<Record<string, string>>,
  records: readonly AvroValue[],
  sync: Uint8Array,
): Buffer {
  const head = new AvroWriter()
  const texts = { 'avro.schema': JSON.stringify(schema), 'avro.codec': 'deflate', ...metadata }
  head.value(META, new Map(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)])))
  const body = new AvroWriter()
  for (const record of records) body.value(schema, record)
  const block = deflateRawSync(body.bytes())
  const counts = new AvroWriter()
  counts.long(BigInt(records.length))
  counts.long(BigInt(block.length))
  return Buffer.concat([MAGIC, head.bytes(), sync, counts.bytes(), block, sync])
}

export interface AvroFile {
  readonly metadata: ReadonlyMap<string, string>
  readonly records: readonly AvroValue[]
}

/** Reads a file by the schema it was written with. Throws TypeError where it is none, or cut off. */
export function readAvroFile(bytes: Uint8Array): AvroFile {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!file.subarray(0, MAGIC.length).equals(MAGIC)) throw new TypeError('not an Avro file')
  const head = new AvroReader(file, MAGIC.length)
  const pairs = head.value(META) as ReadonlyMap<string, Buffer>
  const metadata = new Map([...pairs].map(([name, text]) => [name, text.toString('utf8')] as const))
  const schema = JSON.parse(metadata.get('avro.schema') ?? 'null') as AvroSchema
  const decompress = DECOMPRESS[metadata.get('avro.codec') ?? 'null']
  if (decompress === undefined)
    throw new TypeError(`Avro file of codec ${metadata.get('avro.codec')}, which is not read here`)
  const sync = head.take(SYNC_BYTES)
  const records: AvroValue[] = []
  while (!head.atEnd) {
    const count = head.long()
    const block = new AvroReader(decompress(head.take(Number(head.long()))), 0)
    for (let i = 0n; i < count; i++) records.push(block.value(schema))
    if (!head.take(SYNC_BYTES).equals(sync)) throw new TypeError('Avro file: a block does not end in the sync marker')
  }
  return { metadata, records }
}

const DECOMPRESS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  null: (bytes) => bytes,
  deflate: (bytes) => inflateRawSync(bytes),
  zstandard: (bytes) => zstdDecompressSync(bytes),
}
