import { randomBytes, randomUUID } from 'node:crypto'
import { type AvroRecord, loadAvroSchemas } from '../../../schemas/index.ts'
import { type InputRecord, systemClock } from '../../../streams/index.ts'
import type { Lakehouse } from '../../../test/services/lakehouse.ts'
import { openTableObjects, type TableObjects } from '../../objects/table-objects.ts'
import { type IcebergLake, type IcebergLakeOptions, openIcebergLake } from '../iceberg/open-iceberg-lake.ts'
import type { LakeTable } from '../lake-tables.ts'
import { type Metastore, openMetastore } from '../metastore/open-metastore.ts'
import { openTrino, type Trino } from '../trino/open-trino.ts'

/** Schema and database of its own for a test, so that tests do not see each other's tables. */
export const freshDatabase = (): string => `t_${randomUUID().slice(0, 8)}`

export const random = { uuid: (): string => randomUUID(), bytes: (count: number): Uint8Array => randomBytes(count) }

export interface LakeForTest {
  readonly lake: IcebergLake
  readonly options: IcebergLakeOptions
  readonly objects: TableObjects
  readonly metastore: Metastore
  readonly trino: Trino
}

export interface LakeForTestOptions {
  readonly database: string
  readonly tables: Readonly<Record<string, LakeTable>>
  readonly schemas?: ReadonlyMap<string, AvroRecord>
  /** Puts trouble between the lake and its parts. */
  readonly around?: (parts: Pick<IcebergLakeOptions, 'objects' | 'metastore'>) => Partial<IcebergLakeOptions>
}

export async function openLakeForTest(plane: Lakehouse, wanted: LakeForTestOptions): Promise<LakeForTest> {
  const bucket = new URL(plane.warehouse).hostname
  const objects = await openTableObjects({ ...plane.minio, bucket, clock: systemClock })
  const metastore = openMetastore({ uri: plane.hiveUri, clock: systemClock, user: 'test' })
  const options: IcebergLakeOptions = {
    objects,
    metastore,
    clock: systemClock,
    random,
    warehouse: plane.warehouse,
    database: wanted.database,
    tables: wanted.tables,
    schemas: wanted.schemas ?? loadAvroSchemas(),
    ...wanted.around?.({ objects, metastore }),
  }
  const trino = openTrino({ url: plane.trinoUrl })
  return { lake: openIcebergLake(options), options, objects, metastore, trino }
}

const HOUR_MS = 3_600_000
/** 2015-07-01, 00:00 UTC. */
export const JULY_MS = Date.UTC(2015, 6, 1)

/** Rows an older service would send: small, and any number of them. */
export const lakeRow = (partition: number, offset: number): InputRecord => ({
  topic: 'lake.publish',
  partition,
  offset: BigInt(offset),
  timestampMs: JULY_MS + offset * HOUR_MS,
  key: 'k',
  value: { row_id: `${partition}-${offset}`, table: 'k', row: '{"a":1}', emitted_at: JULY_MS + offset },
  headers: {},
})

export const lakeRows = (partition: number, from: number, count: number): readonly InputRecord[] =>
  Array.from({ length: count }, (_, i) => lakeRow(partition, from + i))

export const ROWS_TABLE = { 'lake.publish': { table: 'lake_rows', schema: 'LakeRow' } } as const

/** What the audit counts, as both catalogs see it. */
export async function audit(trino: Trino, table: string): Promise<readonly unknown[]> {
  const answers = []
  for (const catalog of ['iceberg', 'lakehouse']) {
    const { rows } = await trino.query(
      `SELECT count(*), count(DISTINCT (_topic, _partition, _offset)) FROM ${catalog}.${table}`,
    )
    answers.push(rows[0])
  }
  return answers
}
