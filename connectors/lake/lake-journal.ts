import { closeSync, existsSync, fdatasync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import type { LakeRecord } from './parquet-file.ts'

const synced = promisify(fdatasync)
const LENGTH_BYTES = 4

/**
 * Records that are safe on disk but not yet in a Parquet file: what lets a commit be quick and a file be large.
 * A cut-off tail is what no commit has claimed, and is dropped.
 */
export interface LakeJournal {
  /** What an earlier life left, in order. */
  read(): readonly LakeRecord[]
  /** Resolves once the records are on disk. */
  append(records: readonly LakeRecord[]): Promise<void>
  /** Everything in it is in Parquet files now. */
  clear(): void
  close(): void
}

export function openLakeJournal(file: string): LakeJournal {
  mkdirSync(dirname(file), { recursive: true })
  const left = existsSync(file) ? decode(readFileSync(file)) : { records: [], bytes: 0 }
  const descriptor = openSync(file, 'a')
  let length = left.bytes
  ftruncateSync(descriptor, length)
  return {
    read: () => left.records,
    async append(records) {
      try {
        const bytes = Buffer.concat(records.flatMap(frame))
        writeWhole(descriptor, bytes)
        await synced(descriptor)
        length += bytes.length
      } catch (error) {
        ftruncateSync(descriptor, length)
        throw error
      }
    },
    clear() {
      ftruncateSync(descriptor, 0)
      length = 0
    },
    close: () => closeSync(descriptor),
  }
}

function writeWhole(descriptor: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
}

function frame(record: LakeRecord): Buffer[] {
  const body = serialize(record)
  const length = Buffer.allocUnsafe(LENGTH_BYTES)
  length.writeUInt32BE(body.length)
  return [length, body]
}

function decode(bytes: Buffer): { readonly records: LakeRecord[]; readonly bytes: number } {
  const records: LakeRecord[] = []
  let at = 0
  while (at + LENGTH_BYTES <= bytes.length) {
    const end = at + LENGTH_BYTES + bytes.readUInt32BE(at)
    if (end > bytes.length) break
    records.push(deserialize(bytes.subarray(at + LENGTH_BYTES, end)) as LakeRecord)
    at = end
  }
  return { records, bytes: at }
}
