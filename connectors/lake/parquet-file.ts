import { constants, zstdCompressSync } from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { LakeSchema } from './parquet-schema.ts'

/** A record on its way to the lake. */
export interface LakeRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly timestampMs: number
  readonly ingestedAtMs: number
  readonly value: Readonly<Record<string, unknown>>
}

const ROW_GROUP_ROWS = 100_000
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 3 } }
const COMPRESSORS = { ['ZSTD']: (input: Uint8Array) => zstdCompressSync(input, LEVEL) }

/** Parquet bytes of records of one table, in the order given. Throws naming topic and offset of a record that does not fit. */
export function encodeParquet(schema: LakeSchema, records: readonly LakeRecord[]): Uint8Array {
  const rows = records.map(withOrigin)
  const columnData = schema.columns.map(({ name, convert }) => ({
    name,
    data: rows.map((row) => convertAt(row, name, convert)),
  }))
  const buffer = parquetWriteBuffer({
    columnData,
    schema: schema.elements,
    codec: 'ZSTD',
    compressors: COMPRESSORS,
    rowGroupSize: ROW_GROUP_ROWS,
    createdBy: 'stonks-oracle',
  })
  return new Uint8Array(buffer)
}

const withOrigin = (record: LakeRecord): Readonly<Record<string, unknown>> => ({
  ...record.value,
  _topic: record.topic,
  _partition: record.partition,
  _offset: record.offset,
  _ingested_at: BigInt(record.ingestedAtMs) * 1000n,
})

function convertAt(
  row: Readonly<Record<string, unknown>>,
  name: string,
  convert: (value: unknown) => unknown,
): unknown {
  try {
    return convert(row[name])
  } catch (error) {
    const where = `${String(row['_topic'])}-${String(row['_partition'])} offset ${String(row['_offset'])}`
    throw new TypeError(`lake: ${where}: ${name} does not fit: ${(error as Error).message}`, { cause: error })
  }
}
