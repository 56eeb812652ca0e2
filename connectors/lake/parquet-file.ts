import { constants, zstdCompressSync } from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { FramedRows, LakeRecord } from './lake-frames.ts'
import type { LakeSchema } from './parquet-schema.ts'
import { ZSTD_STORED_MAX_BYTES, zstdStored } from './zstd-stored.ts'

/** Of a row group at most. */
export const ROW_GROUP_ROWS = 100_000
/** Making a compressor takes longer than writing so few bytes as they are. */
const STORED_BELOW_BYTES = Math.min(1024, ZSTD_STORED_MAX_BYTES)
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 3 } }
/** zstd, or the bytes as they are where they are few. */
export const compress = (input: Uint8Array): Uint8Array =>
  input.length < STORED_BELOW_BYTES ? zstdStored(input) : zstdCompressSync(input, LEVEL)

/** Parquet bytes of records of one topic, in the order given. Throws naming topic and offset of a record that does not fit. */
export function encodeParquet(schema: LakeSchema, topic: string, frames: readonly FramedRows[]): Uint8Array {
  const values = frames.flatMap((frame) => frame.values)
  const offsets = frames.flatMap((frame) => [...frame.offsets])
  const origin: Readonly<Record<string, readonly unknown[]>> = {
    _topic: values.map(() => topic),
    _partition: frames.flatMap((frame) => frame.values.map(() => frame.partition)),
    _offset: offsets,
    _ingested_at: frames.flatMap((frame) => Array.from(frame.ingestedAtMs, (ms) => BigInt(ms) * 1000n)),
  }
  const at = (index: number): string =>
    `${topic}-${String(origin['_partition']?.[index])} offset ${String(offsets[index])}`
  const columnData = schema.columns.map(({ name, convert, isNested }) => ({
    name,
    // Nobody looks for files by what lies within lists; there are more of these columns than of all others.
    statistics: !isNested,
    data: (origin[name] as unknown[]) ?? convertAll(values, name, convert, at),
  }))
  const buffer = parquetWriteBuffer({
    columnData,
    schema: schema.elements,
    codec: 'ZSTD',
    compressors: { ['ZSTD']: compress },
    rowGroupSize: ROW_GROUP_ROWS,
    createdBy: 'stonks-oracle',
  })
  return new Uint8Array(buffer)
}

/** The values of a column. Throws TypeError naming what `at` tells of the index, and the column. */
export function convertAll(
  values: readonly LakeRecord['value'][],
  name: string,
  convert: (value: unknown) => unknown,
  at: (index: number) => string,
): unknown[] {
  let index = 0
  try {
    const converted: unknown[] = new Array(values.length)
    for (; index < values.length; index++) converted[index] = convert(values[index]?.[name])
    return converted
  } catch (error) {
    throw new TypeError(`lake: ${at(index)}: ${name} does not fit: ${(error as Error).message}`, { cause: error })
  }
}
