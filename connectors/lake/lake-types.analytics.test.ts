import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance, type DuckDBTimestampTZValue } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { describeWithLakehouse } from '../../test/services/require-lakehouse.ts'
import { freshDatabase, JULY_MS, openLakeForTest } from './testing/lake-for-test.ts'
import { plainOf, plainRead, type Reads } from './testing/plain-value.ts'
import { EVERYTHING, everything } from './testing/random-avro.ts'

const SEED = Number(process.env['STONKS_SEED'] ?? 1)
const ROWS = 400
const TABLES = { everything: { table: 'everything', schema: 'Everything' } } as never

/** Trino's JSON: whole numbers exact, all else as text. */
const TRINO: Reads = {
  instant: (value) => String(microsOf(String(value))),
  decimal: (value) => String(BigInt(String(value).replace('.', ''))),
  number: (value) => numberText(value),
  items: (value) => value as readonly unknown[],
  entries: (value) => Object.entries(value as object),
  fields: (value) => value as readonly unknown[],
}

const numberText = (value: unknown): string =>
  typeof value === 'boolean' || typeof value === 'bigint'
    ? String(value)
    : Object.is(Number(value), -0)
      ? '0'
      : String(Number(value))

/** `1600-01-01 00:00:00.000000 UTC` */
function microsOf(text: string): bigint {
  const [, seconds, micros] = /^(.*)\.(\d{6}) UTC$/.exec(text) ?? []
  return BigInt(Date.parse(`${seconds?.replace(' ', 'T')}Z`)) * 1000n + BigInt(micros ?? 0)
}

interface Struct {
  readonly entries: Readonly<Record<string, unknown>>
}
const DUCK: Reads = {
  items: (value) => (value as { items: readonly unknown[] }).items,
  instant: (value) => String((value as DuckDBTimestampTZValue).micros),
  decimal: (value) => String((value as { value: bigint }).value),
  number: (value) => (typeof value === 'number' && Object.is(value, -0) ? '0' : String(value)),
  entries: (value) =>
    (value as { entries: { key: string; value: unknown }[] }).entries.map((e) => [e.key, e.value] as const),
  fields: (value, names) => names.map((name) => (value as Struct).entries[name]),
}

describeWithLakehouse('values of every type', (plane) => {
  const folder = mkdtempSync(join(tmpdir(), 'lake-types-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('come out of Trino and DuckDB as they went into the lake', async () => {
    const database = freshDatabase()
    const schemas = new Map([['Everything', EVERYTHING]])
    const { lake, objects, trino } = await openLakeForTest(plane, { database, tables: TABLES, schemas })
    await lake.open()
    await lake.positions([{ topic: 'everything', partition: 0 }])
    const values = fc.sample(everything, { numRuns: ROWS, seed: SEED })
    const wanted = values.map((value) => plainOf(EVERYTHING, value))
    await lake.write(
      values.map((value, i) => ({
        ...{ topic: 'everything', partition: 0, offset: BigInt(i), timestampMs: JULY_MS, key: undefined, headers: {} },
        value,
      })),
    )
    await lake.close()

    const names = EVERYTHING.fields.map((field) => field.name)
    for (const catalog of ['iceberg', 'lakehouse']) {
      const { rows } = await trino.query(
        `SELECT ${names.map((name) => `"${name}"`).join(', ')} FROM ${catalog}.${database}.everything ORDER BY _offset`,
      )
      const read = rows.map((row) =>
        plainRead(EVERYTHING, Object.fromEntries(names.map((name, i) => [name, row[i]])), TRINO),
      )
      expect(read).toEqual(wanted)
    }

    const { rows: files } = await trino.query(`SELECT file_path FROM iceberg.${database}."everything$files"`)
    const file = join(folder, 'file.parquet')
    writeFileSync(file, await objects.get(String(files[0]?.[0])))
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    const reader = await connection.runAndReadAll(`SELECT * FROM read_parquet('${file}') ORDER BY _offset`)
    expect(reader.getRowObjects().map((row) => plainRead(EVERYTHING, row, { ...DUCK }))).toEqual(wanted)
    connection.closeSync()
  })
})
