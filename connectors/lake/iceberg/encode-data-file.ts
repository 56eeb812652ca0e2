import { zstdDecompressSync } from 'node:zlib'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { AvroRecord } from '../../../schemas/index.ts'
import type { LakeRecord } from '../lake-frames.ts'
import { compress, convertAll, ROW_GROUP_ROWS } from '../parquet-file.ts'
import { type LakeSchema, lakeSchemaOf, MICROS } from '../parquet-schema.ts'
import { type ColumnStats, statsOf } from './column-bounds.ts'
import type { DataFile } from './manifest.ts'
import { EVENT_TIME, fieldIdsOf, type IcebergSchema } from './table-schema.ts'

const DAY_MS = 86_400_000

/** How records of one kind become files of a table: the columns of the record with the ids of the table. */
export interface FileShape {
  readonly parquet: LakeSchema
  readonly table: IcebergSchema
  readonly sortBy: readonly string[]
  readonly sortOrderId: number
}

export function fileShapeOf(
  record: AvroRecord,
  table: IcebergSchema,
  sorted: Pick<FileShape, 'sortBy' | 'sortOrderId'>,
): FileShape {
  const ids = fieldIdsOf(table)
  const idOf = (path: string): number => {
    const id = ids.get(path)
    if (id === undefined) throw new TypeError(`the table lacks the column ${path}`)
    return id
  }
  const parquet = lakeSchemaOf(record, { idOf, more: [[EVENT_TIME, { type: 'INT64', ...MICROS }]] })
  return { parquet, table, ...sorted }
}

/** A record does not fit its table, now or ever; names topic, offset and column. */
export class RecordRefusedError extends Error {
  override readonly name = 'RecordRefusedError'
}

export interface EncodedFile {
  readonly bytes: Uint8Array
  /** All but its path. */
  readonly file: Omit<DataFile, 'path'>
}

/**
 * Parquet bytes of records of one topic and day, sorted as the table is, and what the manifest tells of them. They are
 * read again before they are given out. Throws RecordRefusedError.
 */
export async function encodeDataFile(shape: FileShape, records: readonly LakeRecord[]): Promise<EncodedFile> {
  const rows = sorted(shape, records)
  const { columns, buffer } = encoded(shape, rows)
  await mustReadBack(buffer, rows)
  const bytes = new Uint8Array(buffer)
  return { bytes, file: describe(shape, columns, buffer, rows) }
}

function encoded(shape: FileShape, rows: readonly LakeRecord[]): { columns: readonly Column[]; buffer: ArrayBuffer } {
  try {
    const columns = columnsOf(shape, rows)
    const buffer = parquetWriteBuffer({
      columnData: columns.map(({ name, data, isNested }) => ({ name, data, statistics: !isNested })),
      schema: shape.parquet.elements,
      codec: 'ZSTD',
      compressors: { ['ZSTD']: compress },
      rowGroupSize: ROW_GROUP_ROWS,
      createdBy: 'stonks-oracle',
    })
    return { columns, buffer }
  } catch (error) {
    throw new RecordRefusedError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

interface Column {
  readonly name: string
  readonly data: unknown[]
  readonly isNested: boolean
}

function columnsOf({ parquet }: FileShape, rows: readonly LakeRecord[]): readonly Column[] {
  const values = rows.map((row) => row.value)
  const origin: Readonly<Record<string, unknown[]>> = {
    _topic: rows.map((row) => row.topic),
    _partition: rows.map((row) => row.partition),
    _offset: rows.map((row) => row.offset),
    _ingested_at: rows.map((row) => BigInt(row.ingestedAtMs) * 1000n),
    [EVENT_TIME]: rows.map((row) => BigInt(row.timestampMs) * 1000n),
  }
  const at = (index: number): string => {
    const row = rows[index]
    return row === undefined ? 'nothing' : `${row.topic}-${row.partition} offset ${row.offset}`
  }
  return parquet.columns.map(({ name, convert, isNested }) => ({
    name,
    isNested,
    data: origin[name] ?? convertAll(values, name, convert, at),
  }))
}

/** By the table's sort columns, else as they came. Nulls first. */
function sorted({ sortBy }: FileShape, records: readonly LakeRecord[]): readonly LakeRecord[] {
  const keyOf = (record: LakeRecord, name: string): string | number =>
    name === EVENT_TIME ? record.timestampMs : ((record.value[name] as string | null) ?? '')
  return [...records].sort((a, b) => {
    for (const name of sortBy) {
      const [x, y] = [keyOf(a, name), keyOf(b, name)]
      if (x !== y) return x < y ? -1 : 1
    }
    return a.partition - b.partition || (a.offset < b.offset ? -1 : 1)
  })
}

/** What is published must be what was meant: as many rows, each from where it is said to be. */
async function mustReadBack(buffer: ArrayBuffer, rows: readonly LakeRecord[]): Promise<void> {
  const compressors = { ['ZSTD']: (input: Uint8Array) => zstdDecompressSync(input) }
  const read = await parquetReadObjects({ file: buffer, columns: ['_partition', '_offset'], compressors })
  const wrong = rows.findIndex(
    (row, i) => read[i]?.['_partition'] !== row.partition || read[i]?.['_offset'] !== row.offset,
  )
  if (read.length !== rows.length || wrong >= 0)
    throw new Error(`lake: of ${rows.length} rows ${read.length} are read again, the first other one at ${wrong}`)
}

function describe(
  shape: FileShape,
  columns: readonly Column[],
  buffer: ArrayBuffer,
  rows: readonly LakeRecord[],
): EncodedFile['file'] {
  const fields = new Map(shape.table.fields.map((field) => [field.name, field]))
  const stats = columns.flatMap(({ name, data }): [number, ColumnStats][] => {
    const field = fields.get(name)
    const told = field && statsOf(field.type, data)
    return field && told ? [[field.id, told]] : []
  })
  const pick = <T>(of: (told: ColumnStats) => T | undefined): ReadonlyMap<number, T> =>
    new Map(
      stats.flatMap(([id, told]) => {
        const value = of(told)
        return value === undefined ? [] : [[id, value] as const]
      }),
    )
  return {
    records: BigInt(rows.length),
    bytes: BigInt(buffer.byteLength),
    day: Math.floor((rows[0]?.timestampMs ?? 0) / DAY_MS),
    columnSizes: columnSizes(buffer),
    valueCounts: pick(() => BigInt(rows.length)),
    nullCounts: pick((told) => told.nulls),
    nanCounts: pick((told) => told.nans),
    lowerBounds: pick((told) => told.lower),
    upperBounds: pick((told) => told.upper),
    sortOrderId: shape.sortOrderId,
  }
}

/** Compressed bytes by field id, from the footer. */
function columnSizes(buffer: ArrayBuffer): ReadonlyMap<number, bigint> {
  const { schema, row_groups: groups } = parquetMetadata(buffer)
  const leaves = schema.filter((element) => !element.num_children)
  const sizes = new Map<number, bigint>()
  for (const { columns } of groups) {
    columns.forEach(({ meta_data: told }, index) => {
      const id = leaves[index]?.field_id
      if (id !== undefined && told) sizes.set(id, (sizes.get(id) ?? 0n) + told.total_compressed_size)
    })
  }
  return sizes
}
