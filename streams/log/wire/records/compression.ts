import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { CorruptError } from '../protocol/byte-reader.ts'
import { lz4, unlz4 } from './lz4.ts'
import { unsnappy } from './snappy.ts'

/** How record batches are written. All five of the protocol are read, snappy too. */
export type Compression = 'none' | 'gzip' | 'lz4' | 'zstd'

/** A batch of more than this, unpacked, is taken for an attack or a mistake: brokers take 1 MB packed by default. */
export const UNPACKED_BYTES_MAX = 64 * 1024 * 1024

const NAMES = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
/** Level 1: on JSON records half again as fast as level 3, at the same size. */
const FAST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }
const LIMITED = { maxOutputLength: UNPACKED_BYTES_MAX }

export const codecOf = (compression: Compression): number => NAMES.indexOf(compression)

export function pack(codec: number, bytes: Buffer): Buffer {
  if (codec === 1) return gzipSync(bytes)
  if (codec === 3) return lz4(bytes)
  if (codec === 4) return zstdCompressSync(bytes, FAST)
  return bytes
}

/** @throws CorruptError, also where there would be more than UNPACKED_BYTES_MAX */
export function unpack(codec: number, bytes: Buffer): Buffer {
  if (codec === 0) return bytes
  const name = NAMES[codec]
  if (name === undefined) throw new CorruptError(`compression ${codec} does not exist`)
  try {
    if (codec === 1) return gunzipSync(bytes, LIMITED)
    if (codec === 2) return unsnappy(bytes, UNPACKED_BYTES_MAX)
    if (codec === 3) return unlz4(bytes, UNPACKED_BYTES_MAX)
    return zstdDecompressSync(bytes, LIMITED)
  } catch (error) {
    if (error instanceof CorruptError) throw error
    throw new CorruptError(`${name}: ${(error as Error).message}`, { cause: error })
  }
}
