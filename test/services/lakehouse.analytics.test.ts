import { expect, test } from 'vitest'
import { openTrino } from '../../connectors/lake/trino/open-trino.ts'
import { describeWithLakehouse } from './require-lakehouse.ts'

describeWithLakehouse('the analytics plane', ({ trinoUrl, warehouse }) => {
  const trino = openTrino({ url: trinoUrl })

  test('a table of the one catalog is the same table in the other', async () => {
    await trino.query(`CREATE SCHEMA IF NOT EXISTS iceberg.parts WITH (location = '${warehouse}/parts.db')`)
    await trino.query(
      `CREATE TABLE iceberg.parts.facts (n BIGINT, at TIMESTAMP(6) WITH TIME ZONE) WITH (partitioning = ARRAY['day(at)'])`,
    )
    await trino.query(
      `INSERT INTO iceberg.parts.facts VALUES (9223372036854775807, TIMESTAMP '2015-07-01 01:02:03.123456 UTC')`,
    )
    for (const catalog of ['iceberg', 'lakehouse']) {
      const { rows, columns } = await trino.query(`SELECT * FROM ${catalog}.parts.facts`)
      expect(rows).toEqual([[9223372036854775807n, '2015-07-01 01:02:03.123456 UTC']])
      expect(columns.map((column) => column.type)).toEqual(['bigint', 'timestamp(6) with time zone'])
    }
    await trino.query('DROP TABLE iceberg.parts.facts')
  })

  test('a query that is refused says why, one that nobody wants is cancelled', async () => {
    await expect(trino.query('SELECT nothing')).rejects.toMatchObject({ code: 'COLUMN_NOT_FOUND' })
    const endless =
      'SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(x), UNNEST(sequence(1, 10000)) b(y), UNNEST(sequence(1, 10000)) c(z)'
    await expect(trino.query(endless, AbortSignal.timeout(1500))).rejects.toThrow('timeout')
    const { rows } = await trino.query(`SELECT state FROM system.runtime.queries WHERE query = '${endless}'`)
    expect(rows).toEqual([['FAILED']])
  })
})
