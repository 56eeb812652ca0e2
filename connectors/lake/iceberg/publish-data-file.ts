import { zstdDecompressSync } from 'node:zlib'
import { parquetReadObjects } from 'hyparquet'
import type { TableObjects } from '../../objects/table-objects.ts'
import type { LakeRecord } from '../lake-frames.ts'
import { type PlannedDataFile, withOwnName } from './data-file-name.ts'
import { type EncodedFile, encodeDataFile, type FileShape } from './encode-data-file.ts'
import type { DataFile } from './manifest.ts'

export interface PublishPorts {
  readonly objects: TableObjects
  readonly random: { uuid(): string }
}

/**
 * Brings a planned file into the store, whole and read again, and tells what the manifest needs. A file of that name that a
 * writer left behind is taken where it is the same but for the time of its writing; else ours gets a name of its own, and
 * the other stays for the cleaning. Throws RecordRefusedError.
 */
export async function publishDataFile(
  { objects, random }: PublishPorts,
  location: string,
  shape: FileShape,
  planned: PlannedDataFile,
): Promise<DataFile> {
  const ours = await encodeDataFile(shape, planned.records)
  const uri = `${location}/${planned.key}`
  if ((await objects.create(uri, ours.bytes)) === 'created') {
    await mustBeStored(objects, uri, ours.bytes)
    return { ...ours.file, path: uri }
  }
  const left = await adopted(shape, planned.records, await objects.get(uri))
  if (left !== undefined) return { ...left.file, path: uri }
  const own = `${location}/${withOwnName(planned.key, random.uuid().slice(0, 8))}`
  await objects.create(own, ours.bytes)
  await mustBeStored(objects, own, ours.bytes)
  return { ...ours.file, path: own }
}

async function mustBeStored(objects: TableObjects, uri: string, bytes: Uint8Array): Promise<void> {
  const stored = await objects.get(uri)
  if (Buffer.compare(stored, bytes) !== 0)
    throw new Error(`lake: ${uri} was stored as ${stored.length} other bytes than the ${bytes.length} that were sent`)
}

/** Encoding is deterministic: with the time that the file says it was written at, ours are the very same bytes, or it is another. */
async function adopted(
  shape: FileShape,
  records: readonly LakeRecord[],
  found: Uint8Array,
): Promise<EncodedFile | undefined> {
  const ingestedAtMs = await ingestionTimeOf(found)
  if (ingestedAtMs === undefined) return undefined
  const again = await encodeDataFile(
    shape,
    records.map((record) => ({ ...record, ingestedAtMs })),
  )
  return Buffer.compare(again.bytes, found) === 0 ? again : undefined
}

/** Undefined where it cannot be read. */
async function ingestionTimeOf(bytes: Uint8Array): Promise<number | undefined> {
  try {
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
    const compressors = { ['ZSTD']: (input: Uint8Array) => zstdDecompressSync(input) }
    const [row] = await parquetReadObjects({ file, columns: ['_ingested_at'], rowEnd: 1, compressors })
    const at = row?.['_ingested_at']
    return at instanceof Date ? at.getTime() : undefined
  } catch {
    return undefined
  }
}
