import { expect, test } from 'vitest'
import { describeWithLakehouse } from '../../../test/services/require-lakehouse.ts'
import { audit, freshDatabase, lakeRows, openLakeForTest, ROWS_TABLE } from '../testing/lake-for-test.ts'

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
})
