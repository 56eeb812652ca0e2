import { appendFileSync, copyFileSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import {
  type Bar,
  type Decimal,
  decimalFromUnits,
  type Extraction,
  jsonCodec,
  loadAvroSchemas,
} from '../../schemas/index.ts'
import type { InputRecord } from '../../streams/index.ts'
import { openFolderObjectStore } from '../objects/folder-object-store.ts'
import { lakeFileKey, parseLakeFileKey } from './lake-files.ts'
import { openLakeWriter } from './lake-writer.ts'
import { decimalBytes } from './parquet-schema.ts'
import { parquetSink } from './parquet-sink.ts'
import { auditLake, querySql } from './query-lake.ts'
import { zstdStored } from './zstd-stored.ts'

const base = mkdtempSync(join(tmpdir(), 'lake-'))
afterAll(() => rmSync(base, { recursive: true }))
const fresh = (): string => mkdtempSync(join(base, 'w-'))
const DAY_MS = 86_400_000
const START = Date.parse('2015-07-01T20:00:00Z')
const clock = { now: () => START, sleep: () => new Promise<void>(() => {}) }

const bar = (i: number): Bar => ({
  symbol: 'AAPL',
  timespan: '1d',
  start_at: START + i * DAY_MS,
  end_at: START + i * DAY_MS + 1,
  open: decimalFromUnits(BigInt(i) * 12345678901n - 5n),
  high: '2' as Decimal,
  low: '-1.00000001' as Decimal,
  close: '999999999999.99999999' as Decimal,
  adjusted_close: i % 2 ? null : ('1.5' as Decimal),
  volume: '100' as Decimal,
  vwap: null,
  source_id: 's',
  simulated: false,
})
const bars = (from: number, to: number, partition = 0): InputRecord[] =>
  Array.from({ length: to - from }, (_, k) => ({
    topic: 'market.bars',
    partition,
    offset: BigInt(from + k),
    timestampMs: START + Math.floor((from + k) / 4) * DAY_MS,
    key: 'AAPL',
    value: bar(from + k),
    headers: {},
  }))
const lakeAt = (folder: string, journal = false) =>
  openLakeWriter({
    store: openFolderObjectStore(folder),
    clock,
    ...(journal ? { journalFile: join(folder, '_journal/records') } : {}),
  })

test('another reader finds what was written: counts, sums, decimals, instants, days', async () => {
  const folder = fresh()
  const lake = lakeAt(folder)
  const sink = parquetSink.create({}, { theLake: async () => lake })
  await sink.init?.()
  await sink.write([...bars(0, 10), ...bars(0, 3, 1)])
  await sink.flush?.()
  const { rows, columns } = await querySql(
    folder,
    `SELECT count(*) AS n, sum(open) AS opens, min(low) AS low, max(close) AS close, count(adjusted_close) AS adjusted,
     max(end_at) AS last, min(_offset) AS first_offset, max(day) AS day FROM bars WHERE _partition = 0`,
  )
  const opens = decimalFromUnits(
    Array.from({ length: 10 }, (_, i) => BigInt(i) * 12345678901n - 5n).reduce((a, b) => a + b),
  )
  expect(rows).toEqual([
    {
      n: '10',
      opens,
      low: '-1.00000001',
      close: '999999999999.99999999',
      adjusted: '5',
      last: '2015-07-10 20:00:00.001+00',
      first_offset: '0',
      day: '2015-07-03',
    },
  ])
  expect(columns.map((c) => c.type).slice(1, 3)).toEqual(['DECIMAL(38,8)', 'DECIMAL(20,8)'])
  expect(await auditLake(folder)).toEqual([{ table: 'bars', rows: 13n, distinctOffsets: 13n, exact: true }])
})

test('nested claims with their evidence come back as they were', async () => {
  const folder = fresh()
  const extraction = jsonCodec(loadAvroSchemas().get('Extraction')!).fromJson({
    extraction_id: 'e1',
    document_id: 'd1',
    symbol: 'AAPL',
    source_id: 's',
    source_type: 'press',
    known_at: '2015-07-01T20:00:00Z',
    extractor: 'rules',
    extractor_version: '1',
    degraded: false,
    mention_count: 2,
    relevance: 0.5,
    sketch: [1, -2],
    raw_sha256: 'a',
    text_sha256: 'b',
    claims: [
      {
        claim_id: 'c1',
        event_type: 'earnings',
        polarity: 1,
        sentiment: 0.5,
        magnitude: 'minor',
        horizon: 'days',
        modality: 'fact',
        tense: 'past',
        slots: { metric: 'eps', value: '1.20' },
        evidence: [{ quote: 'beat “estimates” 🚀', start: 1, end: 9 }],
        confidence: 0.9,
      },
    ],
  }) as Extraction
  const lake = lakeAt(folder)
  await lake.open()
  const at = { topic: 'extractions', partition: 0, timestampMs: START, key: 'AAPL', headers: {} }
  lake.write([
    { ...at, offset: 0n, value: extraction },
    { ...at, offset: 1n, value: { ...extraction, claims: [], sketch: [], symbol: null } },
  ])
  await lake.flush()
  const { rows } = await querySql(
    folder,
    `SELECT symbol, len(claims) AS n, claims[1].evidence[1].quote AS quote, claims[1].slots['metric'] AS metric, claims[1].sentiment AS sentiment, sketch
     FROM extractions ORDER BY _offset`,
  )
  expect(rows).toEqual([
    { symbol: 'AAPL', n: '1', quote: 'beat “estimates” 🚀', metric: 'eps', sentiment: 0.5, sketch: [1, -2] },
    { symbol: null, n: '0', quote: null, metric: null, sentiment: null, sketch: [] },
  ])
})

describe('each record is there once', () => {
  test('when offsets were not committed and records come again, cut differently', async () => {
    const folder = fresh()
    const first = lakeAt(folder)
    await first.open()
    first.write(bars(0, 7))
    await first.flush()
    const second = lakeAt(folder)
    await second.open()
    second.write(bars(3, 6))
    second.write(bars(6, 12))
    await second.flush()
    expect(await auditLake(folder)).toEqual([{ table: 'bars', rows: 12n, distinctOffsets: 12n, exact: true }])
  })

  test('when the process died with records in the journal, its tail torn', async () => {
    const folder = fresh()
    const first = lakeAt(folder, true)
    await first.open()
    first.write(bars(0, 5))
    await first.flush()
    first.write(bars(5, 6))
    expect(globSync('bars/**/*.parquet', { cwd: folder })).toEqual([])
    appendFileSync(join(folder, '_journal/records'), Buffer.from([0, 0, 1, 0, 9]))
    const second = lakeAt(folder, true)
    await second.open()
    second.write(bars(2, 9))
    await second.close()
    expect(await auditLake(folder)).toEqual([{ table: 'bars', rows: 9n, distinctOffsets: 9n, exact: true }])
  })

  test('when it died after writing files and before clearing the journal', async () => {
    const folder = fresh()
    const first = lakeAt(folder, true)
    await first.open()
    first.write(bars(0, 5))
    await first.flush()
    copyFileSync(join(folder, '_journal/records'), join(folder, 'kept'))
    await first.close()
    copyFileSync(join(folder, 'kept'), join(folder, '_journal/records'))
    const second = lakeAt(folder, true)
    await second.open()
    second.write(bars(4, 6))
    await second.close()
    expect(await auditLake(folder)).toEqual([{ table: 'bars', rows: 6n, distinctOffsets: 6n, exact: true }])
  })

  test('when nothing has come since', async () => {
    const folder = fresh()
    const lake = lakeAt(folder)
    await lake.open()
    await lake.flush()
    await lake.close()
    expect(await auditLake(folder)).toEqual([])
  })
})

test('many records are encoded beside, and what does not fit is named', async () => {
  const folder = fresh()
  const lake = lakeAt(folder, true)
  await lake.open()
  for (const partition of [0, 1, 2]) lake.write(bars(0, 800, partition))
  await lake.flush()
  await lake.roll()
  // One file a day holds all partitions.
  expect(globSync('bars/**/*.parquet', { cwd: folder })).toHaveLength(200)
  expect(await auditLake(folder)).toEqual([{ table: 'bars', rows: 2400n, distinctOffsets: 2400n, exact: true }])
  const [poor] = bars(9000, 9001) as [InputRecord]
  lake.write([...bars(800, 2800), { ...poor, value: { ...bar(1), open: 'much' } }])
  await lake.flush()
  await expect(lake.roll()).rejects.toThrow(/market\.bars-0 offset 9000: open does not fit/)
})

test('partitions that one name cannot tell go to several files', async () => {
  const folder = fresh()
  const lake = lakeAt(folder)
  await lake.open()
  for (let partition = 0; partition < 60; partition++) lake.write(bars(0, 2, partition))
  await lake.flush()
  const names = globSync('bars/**/*.parquet', { cwd: folder })
  expect(names.length).toBeGreaterThan(1)
  expect(await auditLake(folder)).toEqual([{ table: 'bars', rows: 120n, distinctOffsets: 120n, exact: true }])
  const second = lakeAt(folder)
  await second.open()
  for (let partition = 0; partition < 60; partition++) second.write(bars(0, 2, partition))
  await second.flush()
  expect(globSync('bars/**/*.parquet', { cwd: folder })).toEqual(names)
})

test('a stored frame is one that any zstd reads', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
      expect(zstdDecompressSync(zstdStored(bytes)).equals(bytes)).toBe(true)
    }),
  )
})

describe('a query', () => {
  test('reads and nothing else', async () => {
    const folder = fresh()
    const lake = lakeAt(folder)
    await lake.open()
    lake.write(bars(0, 5))
    await lake.flush()
    await expect(querySql(folder, 'DROP VIEW bars')).rejects.toThrow(/read-only: expected a SELECT/)
    await expect(querySql(folder, `COPY bars TO '${folder}/x.csv'`)).rejects.toThrow(/read-only/)
    await expect(querySql(folder, "SELECT * FROM read_text('/etc/passwd')")).rejects.toThrow(
      /disabled by configuration|Permission/,
    )
    await expect(querySql(folder, 'SELECT 1; SELECT 2')).rejects.toThrow(/expected one statement, found 2/)
    await expect(querySql(folder, 'SELECT * FROM barz')).rejects.toThrow(/tables with files: bars/)
    expect((await querySql(folder, 'SELECT * FROM bars', { maxRows: 2 })).truncated).toBe(true)
  })
})

test('a file name tells what it holds', () => {
  const file = {
    table: 'documents',
    day: '2015-07-01',
    topic: 'documents.parsed',
    spans: [
      { partition: 3, first: 5n, last: 2n ** 62n },
      { partition: 12, first: 0n, last: 0n },
    ],
  }
  expect(parseLakeFileKey(lakeFileKey(file))).toEqual(file)
  expect(parseLakeFileKey('documents/notes.txt')).toBeUndefined()
})

test('a decimal takes the least bytes that hold its digits', () => {
  expect([1, 2, 9, 18, 20, 38].map(decimalBytes)).toEqual([1, 1, 4, 8, 9, 16])
})
