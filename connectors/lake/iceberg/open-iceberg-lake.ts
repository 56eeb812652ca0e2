import type { AvroRecord } from '../../../schemas/index.ts'
import { type InputRecord, partitionKey, type TopicPartition } from '../../../streams/index.ts'
import type { LakeRecord } from '../lake-frames.ts'
import type { LakeTable } from '../lake-tables.ts'
import { planDataFiles } from './data-file-name.ts'
import { type FileShape, fileShapeOf, RecordRefusedError } from './encode-data-file.ts'
import {
  type Append,
  commitAppend,
  commitSchema,
  createTable,
  loadTable,
  type TableName,
  type TablePorts,
  type TableVersion,
} from './iceberg-table.ts'
import type { DataFile } from './manifest.ts'
import { publishDataFile } from './publish-data-file.ts'
import { currentSchema } from './table-metadata.ts'
import { eventTimesOf, type Offsets, offsetProperties, offsetsOf } from './table-offsets.ts'
import { EVENT_TIME, evolveSchema, SchemaConflictError } from './table-schema.ts'

export interface IcebergLakeOptions extends TablePorts {
  /** `s3a://bucket/prefix` */
  readonly warehouse: string
  readonly database: string
  /** By topic. */
  readonly tables: Readonly<Record<string, LakeTable>>
  readonly schemas: ReadonlyMap<string, AvroRecord>
  readonly onCommit?: (commit: LakeCommit) => void
}
export interface LakeCommit {
  readonly table: string
  readonly files: readonly DataFile[]
  readonly conflicts: number
  readonly tookMs: number
}

/** Where a partition is to be read from: the table's own offset, or the beginning where it has none of it. */
export type LakePosition = bigint | 'earliest'

/**
 * The table holds less than this reader began after: it was rolled back, or made anew. Reading has to begin again from
 * `positions`.
 */
export class PositionLostError extends Error {
  override readonly name = 'PositionLostError'
  readonly code = 'SINK_POSITION_LOST'
}

/** Metastore or store do not do what is asked; the same may succeed later. */
export class LakeUnavailableError extends Error {
  override readonly name = 'LakeUnavailableError'
  readonly retriable = true
}

/** Fact tables in Iceberg, each record once: offsets are swapped in together with the files. Any number of writers. */
export interface IcebergLake {
  /** Makes what tables are missing. */
  open(): Promise<void>
  /** Asked after every assignment, `topic` as in the topology. What is written of these partitions goes on from there. */
  positions(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, LakePosition>>
  /**
   * Resolves once the records are in their tables, or were there. Throws RecordRefusedError or SchemaConflictError naming the
   * column where a record does not fit, PositionLostError, and LakeUnavailableError for all that may pass.
   */
  write(records: readonly InputRecord[]): Promise<void>
  close(): Promise<void>
}

/** Tables that are committed to side by side; the encoding between keeps one thread busy anyway. */
const TABLES_AT_ONCE = 3
const SORT_BY = ['symbol', EVENT_TIME]

export function openIcebergLake(options: IcebergLakeOptions): IcebergLake {
  const { warehouse, database, tables, clock, metastore } = options
  const locationOf = (table: string): string => `${warehouse}/${database}.db/${table}`
  /** Everything of a partition from here on was read by us without a gap. */
  const readFrom = new Map<string, LakePosition>()
  const shapes = new Map<string, FileShape>()

  function tableOf(topic: string): { readonly name: TableName; readonly record: AvroRecord } {
    const table = tables[topic]
    const record = table && options.schemas.get(table.schema)
    if (!table || !record)
      throw new RecordRefusedError(`lake: no table for topic ${topic}; it has ${Object.keys(tables).join(', ')}`)
    return { name: { database, name: table.table }, record }
  }

  async function ensureTable(topic: string): Promise<void> {
    const { name, record } = tableOf(topic)
    if ((await metastore.table(database, name.name)) !== undefined) return
    const { schema, lastColumnId } = evolveSchema(record, undefined)
    await createTable(options, name, { location: locationOf(name.name), schema, lastColumnId, sortBy: SORT_BY })
  }

  async function loaded(topic: string): Promise<TableVersion> {
    const { name } = tableOf(topic)
    const version = await loadTable(options, name)
    if (version === undefined) throw new Error(`${database}.${name.name} is gone from the metastore`)
    return version
  }

  /** How files are written to this version; undefined where its schema had to grow first. */
  async function shapeFor(base: TableVersion, record: AvroRecord): Promise<FileShape | undefined> {
    const { metadata, name } = base
    const key = `${name.name} ${base.metadata['table-uuid']} ${metadata['current-schema-id']}`
    const known = shapes.get(key)
    if (known) return known
    const schema = currentSchema(metadata)
    const evolved = evolveSchema(record, { schema, lastColumnId: metadata['last-column-id'] })
    if (evolved.changed) {
      await commitSchema(options, base, evolved)
      return undefined
    }
    const sortBy = SORT_BY.filter((column) => schema.fields.some((field) => field.name === column))
    const shape = fileShapeOf(record, schema, { sortBy, sortOrderId: metadata['default-sort-order-id'] })
    shapes.set(key, shape)
    return shape
  }

  /** Of these records, which the table does not have. Throws PositionLostError. */
  function missing(topic: string, records: readonly LakeRecord[], has: Offsets): readonly LakeRecord[] {
    for (const partition of new Set(records.map((record) => record.partition))) {
      const from = readFrom.get(partitionKey({ topic, partition }))
      const next = has.get(partition)
      const isGapless = from !== undefined && (from === 'earliest' || (next !== undefined && from <= next))
      if (!isGapless) {
        const where = next === undefined ? 'has none of it' : `continues at ${next}`
        throw new PositionLostError(
          `${topic}-${partition} was read from ${from ?? 'nowhere'} on, and the table ${where}`,
        )
      }
    }
    return records.filter(({ partition, offset }) => offset >= (has.get(partition) ?? 0n))
  }

  async function writeTable(topic: string, records: readonly LakeRecord[]): Promise<void> {
    const { name, record } = tableOf(topic)
    const startedMs = clock.now()
    const published = new Map<string, DataFile>()
    let files: readonly DataFile[] = []
    const outcome = await commitAppend(options, name, async (base): Promise<Append | 'again' | undefined> => {
      const has = offsetsOf(base.metadata, topic)
      const left = missing(topic, records, has)
      if (left.length === 0) return undefined
      const shape = await shapeFor(base, record)
      if (shape === undefined) return 'again'
      files = await Promise.all(
        planDataFiles(topic, left).map(async (planned) => {
          const key = `${planned.key} ${shape.table['schema-id']}`
          const file = published.get(key) ?? (await publishDataFile(options, base.metadata.location, shape, planned))
          published.set(key, file)
          return file
        }),
      )
      const told = offsetProperties(topic, ...nextOf(left, has, eventTimesOf(base.metadata, topic)))
      return { files, summary: told, properties: told }
    })
    for (const { partition, offset } of records) readFrom.set(partitionKey({ topic, partition }), offset + 1n)
    if (outcome)
      options.onCommit?.({ table: name.name, files, conflicts: outcome.conflicts, tookMs: clock.now() - startedMs })
  }

  return {
    open: () =>
      available(async () => {
        await metastore.ensureDatabase(database, `${warehouse}/${database}.db`)
        for (const topic of Object.keys(tables)) await ensureTable(topic)
      }),

    positions: (partitions) =>
      available(async () => {
        const found = new Map<string, LakePosition>()
        for (const [topic, group] of Map.groupBy(partitions, (at) => at.topic)) {
          const has = offsetsOf((await loaded(topic)).metadata, topic)
          for (const at of group) found.set(partitionKey(at), has.get(at.partition) ?? 'earliest')
        }
        for (const [key, position] of found) readFrom.set(key, position)
        return found
      }),

    write: (records) =>
      available(async () => {
        const ingestedAtMs = clock.now()
        const rows = records.flatMap(({ topic, partition, offset, timestampMs, value }): readonly LakeRecord[] =>
          value === undefined
            ? []
            : [{ topic, partition, offset, timestampMs, ingestedAtMs, value: value as LakeRecord['value'] }],
        )
        const work = [...Map.groupBy(rows, (row) => row.topic)]
        const lane = async (): Promise<void> => {
          for (let next = work.shift(); next !== undefined; next = work.shift()) await writeTable(...next)
        }
        const lanes = await Promise.allSettled(Array.from({ length: TABLES_AT_ONCE }, lane))
        for (const one of lanes) if (one.status === 'rejected') throw one.reason
      }),

    close: () => metastore.close(),
  }
}

/** Offsets and times after these records. */
function nextOf(records: readonly LakeRecord[], offsets: Offsets, times: Offsets): [Offsets, Offsets] {
  const [nextOffsets, nextTimes] = [new Map(offsets), new Map(times)]
  for (const { partition, offset, timestampMs } of records) {
    if (offset >= (nextOffsets.get(partition) ?? 0n)) nextOffsets.set(partition, offset + 1n)
    const time = BigInt(timestampMs)
    if (time > (nextTimes.get(partition) ?? -1n)) nextTimes.set(partition, time)
  }
  return [nextOffsets, nextTimes]
}

/** Records are to blame for what is named here; all else may pass, and no record must be put aside for it. */
async function available<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const isFinal =
      error instanceof RecordRefusedError || error instanceof SchemaConflictError || error instanceof PositionLostError
    if (isFinal) throw error
    throw new LakeUnavailableError(`lake: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}
