import { expect, test } from 'vitest'
import { type AvroRecord, loadAvroSchemas } from '../../../schemas/index.ts'
import { describeWithLakehouse } from '../../../test/services/require-lakehouse.ts'
import { UnknownOutcomeError } from '../metastore/open-metastore.ts'
import {
  audit,
  freshDatabase,
  type LakeForTest,
  lakeRows,
  openLakeForTest,
  ROWS_TABLE,
} from '../testing/lake-for-test.ts'
import { loadTable } from './iceberg-table.ts'
import { checkStore, removeLeftovers } from './lake-care.ts'

const PARTITIONS = [0, 1, 2, 3].map((partition) => ({ topic: 'lake.publish', partition }))

describeWithLakehouse('facts in Iceberg', (plane) => {
  test('both catalogs see every record once, on its day', async () => {
    const database = freshDatabase()
    const { lake, trino } = await openLakeForTest(plane, { database, tables: ROWS_TABLE })
    await lake.open()
    expect([...(await lake.positions(PARTITIONS))]).toEqual(
      PARTITIONS.map(({ partition }) => [`lake.publish-${partition}`, 'earliest']),
    )
    await lake.write([...lakeRows(0, 0, 30), ...lakeRows(1, 0, 30)])
    await lake.write(lakeRows(0, 30, 20))
    expect(await audit(trino, `${database}.lake_rows`)).toEqual([
      [80, 80],
      [80, 80],
    ])
    const { rows } = await trino.query(
      `SELECT cast(partition."_event_at_day" AS varchar), record_count, file_count FROM iceberg.${database}."lake_rows$partitions" ORDER BY 1`,
    )
    expect(rows).toEqual([
      ['2015-07-01', 48, 1],
      ['2015-07-02', 30, 2],
      ['2015-07-03', 2, 1],
    ])
    const again = await openLakeForTest(plane, { database, tables: ROWS_TABLE })
    await again.lake.open()
    expect([...(await again.lake.positions(PARTITIONS)).values()]).toEqual([50n, 30n, 'earliest', 'earliest'])
    await lake.close()
    await again.lake.close()
  })
  test('an answer that is lost is settled by what the table says, whether the swap happened or not', async () => {
    const database = freshDatabase()
    let happens = true
    let lost = 0
    const { lake, trino } = await openLakeForTest(plane, {
      database,
      tables: ROWS_TABLE,
      around: ({ metastore }) => ({
        metastore: {
          ...metastore,
          async swap(table, expected, next) {
            if (lost >= 2) return metastore.swap(table, expected, next)
            lost += 1
            if (happens) await metastore.swap(table, expected, next)
            happens = !happens
            throw new UnknownOutcomeError('the answer was lost')
          },
        },
      }),
    })
    await lake.open()
    await lake.positions(PARTITIONS)
    await lake.write(lakeRows(0, 0, 30))
    await lake.write(lakeRows(0, 30, 30))
    expect(lost).toBe(2)
    expect(await audit(trino, `${database}.lake_rows`)).toEqual(Array(2).fill([60, 60]))
    await lake.close()
  })

  test('writers side by side all come through, and who is late finds its records there', async () => {
    const database = freshDatabase()
    const lakes = await Promise.all([0, 1, 2, 3].map(() => openLakeForTest(plane, { database, tables: ROWS_TABLE })))
    for (const { lake } of lakes) {
      await lake.open()
      await lake.positions(PARTITIONS)
    }
    // Each its own partition and, all of them, partition 0.
    await Promise.all(
      lakes.map(async ({ lake }, i) => {
        for (let from = 0; from < 60; from += 20) {
          await lake.write([...lakeRows(0, from, 20), ...(i === 0 ? [] : lakeRows(i, from, 20))])
        }
      }),
    )
    const { trino } = lakes[0] as LakeForTest
    expect(await audit(trino, `${database}.lake_rows`)).toEqual(Array(2).fill([240, 240]))
    for (const { lake } of lakes) await lake.close()
  })

  test('what a dead writer left is taken where it is the same, goes once it is of no use, and is kept until then', async () => {
    const database = freshDatabase()
    const name = { database, name: 'lake_rows' }
    let dead = true
    const dying = await openLakeForTest(plane, {
      database,
      tables: ROWS_TABLE,
      around: ({ metastore }) => ({
        metastore: {
          ...metastore,
          withLock: (...args) => (dead ? Promise.reject(new Error('dead')) : metastore.withLock(...args)),
        },
      }),
    })
    await dying.lake.open()
    await dying.lake.positions(PARTITIONS)
    await expect(dying.lake.write(lakeRows(0, 0, 20))).rejects.toMatchObject({ retriable: true })
    await expect(dying.lake.write(lakeRows(1, 0, 15))).rejects.toMatchObject({ retriable: true })
    const check = async () => {
      const version = await loadTable(dying.options, name)
      if (version === undefined) throw new Error('no table')
      return checkStore(dying.options, version, 'lake.publish')
    }
    expect(await check()).toMatchObject({ missing: [], removable: [] })
    expect((await check()).staged).toHaveLength(2)
    // The next writer reads the same of partition 0, and more of partition 1.
    dead = false
    await dying.lake.write(lakeRows(0, 0, 20))
    expect((await check()).staged).toHaveLength(1)
    await dying.lake.write(lakeRows(1, 0, 20))
    expect(await check()).toMatchObject({ missing: [], staged: [] })
    expect((await check()).removable.map((uri) => uri.split('/').at(-1))).toEqual(['lake.publish~1-0-14.parquet'])
    expect(await removeLeftovers(dying.options, name, 'lake.publish')).toBe(1)
    expect(await check()).toEqual({ missing: [], removable: [], staged: [] })
    expect(await audit(dying.trino, `${database}.lake_rows`)).toEqual(Array(2).fill([40, 40]))
    await dying.lake.close()
  })

  test('a reader whose table was rolled back is told to begin again', async () => {
    const database = freshDatabase()
    const { lake, trino } = await openLakeForTest(plane, { database, tables: ROWS_TABLE })
    await lake.open()
    await lake.positions(PARTITIONS)
    await lake.write(lakeRows(0, 0, 20))
    await lake.write(lakeRows(0, 20, 20))
    const { rows } = await trino.query(
      `SELECT snapshot_id FROM iceberg.${database}."lake_rows$snapshots" ORDER BY committed_at`,
    )
    await trino.query(`ALTER TABLE iceberg.${database}.lake_rows EXECUTE rollback_to_snapshot(${rows[0]?.[0]})`)
    await expect(lake.write(lakeRows(0, 40, 20))).rejects.toMatchObject({ code: 'SINK_POSITION_LOST' })
    expect((await lake.positions(PARTITIONS)).get('lake.publish-0')).toBe(20n)
    await lake.write(lakeRows(0, 20, 40))
    expect(await audit(trino, `${database}.lake_rows`)).toEqual(Array(2).fill([60, 60]))
    await lake.close()
  })

  test('a schema that grows is followed: old rows read null, and each writer goes on', async () => {
    const database = freshDatabase()
    const grown: AvroRecord = {
      ...(loadAvroSchemas().get('LakeRow') as AvroRecord),
      fields: [
        ...(loadAvroSchemas().get('LakeRow') as AvroRecord).fields,
        { name: 'note', type: ['null', 'string'], doc: 'New.', default: null },
      ],
    }
    const old = await openLakeForTest(plane, { database, tables: ROWS_TABLE })
    const now = await openLakeForTest(plane, { database, tables: ROWS_TABLE, schemas: new Map([['LakeRow', grown]]) })
    for (const { lake } of [old, now]) {
      await lake.open()
      await lake.positions(PARTITIONS)
    }
    await old.lake.write(lakeRows(0, 0, 2))
    const noted = lakeRows(1, 0, 2).map((row) => ({ ...row, value: { ...(row.value as object), note: 'noted' } }))
    await now.lake.write(noted)
    await old.lake.write(lakeRows(2, 0, 2))
    for (const catalog of ['iceberg', 'lakehouse']) {
      const sql = `SELECT _partition, count(*), count(note) FROM ${catalog}.${database}.lake_rows GROUP BY 1 ORDER BY 1`
      expect((await now.trino.query(sql)).rows).toEqual([
        [0, 2, 0],
        [1, 2, 2],
        [2, 2, 0],
      ])
    }
    for (const { lake } of [old, now]) await lake.close()
  })
})
