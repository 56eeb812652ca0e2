import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import {
  type Bar,
  type Company,
  type Decimal,
  loadAvroSchemas,
  openAvroSerde,
  openLocalRegistry,
} from '../../schemas/index.ts'
import { createApplication, type Graph, openEmbeddedLog, systemClock } from '../../streams/index.ts'
import { openLakeWriter } from '../lake/lake-writer.ts'
import { parquetSink } from '../lake/parquet-sink.ts'
import { auditLake, querySql } from '../lake/query-lake.ts'
import { openFolderObjectStore } from '../objects/folder-object-store.ts'
import type { Recording } from './recording.ts'
import { replaySource } from './replay-source.ts'

const folder = mkdtempSync(join(tmpdir(), 'replay-lake-'))
afterAll(() => rmSync(folder, { recursive: true }))
const FROM = Date.parse('2015-07-01T00:00:00Z')
const HOUR_MS = 3_600_000
const BARS = 3000

const bar = (i: number): Bar => ({
  symbol: `S${i % 7}`,
  timespan: '1m',
  start_at: FROM + i * HOUR_MS,
  end_at: FROM + (i + 1) * HOUR_MS,
  open: '1' as Decimal,
  high: '2' as Decimal,
  low: '1' as Decimal,
  close: `${i}.5` as Decimal,
  adjusted_close: null,
  volume: '10' as Decimal,
  vwap: null,
  source_id: 's',
  simulated: true,
})
const recording: Recording = {
  name: 'market-day',
  fromMs: FROM,
  simulated: true,
  companies: [{ symbol: 'S1', name: 'One', sector: null }],
  bars: Array.from({ length: BARS }, (_, i) => bar(i)),
  documents: Array.from({ length: 50 }, (_, i) => ({
    id: `d${i}`,
    source: 'wire',
    source_type: 'wire',
    url: null,
    title: null,
    body: `text ${i}`,
    content_type: 'text/plain',
    published_at: null,
    received_at: FROM + i * HOUR_MS,
    symbols: [],
  })),
}

/** One life of the application: replays until `stopWhen` says so, or to the end. */
async function live(end: 'whole' | 'cut short'): Promise<void> {
  const registry = openLocalRegistry(join(folder, 'schemas.json'))
  const schemas = loadAvroSchemas()
  const topic = async (name: string, schema: string) => ({
    name,
    topic: `t.${name}`,
    partitions: 2,
    cleanup: 'delete' as const,
    retentionMs: 1e15,
    value: await openAvroSerde(`${name}-value`, schemas.get(schema)!, registry),
  })
  const objects = openFolderObjectStore(join(folder, 'raw'))
  const lake = openLakeWriter({
    store: openFolderObjectStore(join(folder, 'lake')),
    clock: systemClock,
    journalFile: join(folder, 'journal'),
  })
  const ports = {
    loadRecording: async () => recording,
    putRaw: objects.put,
    clock: systemClock,
    companyOf: (row: { symbol: string; name: string }): Company => ({
      company_id: row.symbol,
      name: row.name,
      legal_name: null,
      symbols: [],
      aliases: [],
      cik: null,
      sector: null,
      restricted: false,
      version: 1,
      updated_at: 0,
      simulated: true,
    }),
  }
  const common = {
    guarantee: 'exactly_once' as const,
    commitIntervalMs: 5,
    errors: { retryMax: 1, backoffMinMs: 1, backoffMaxMs: 1, then: 'stop' as const },
  }
  const graph: Graph = {
    name: 't',
    topics: {
      'market.bars': await topic('market.bars', 'Bar'),
      'documents.raw': await topic('documents.raw', 'RawDocument'),
      'registry.companies': await topic('registry.companies', 'Company'),
    },
    nodes: {
      replay: {
        ...common,
        kind: 'source',
        name: 'replay',
        to: ['market.bars', 'documents.raw', 'registry.companies'],
        stores: [{ name: 'replay_position', type: 'kv' }],
        create: () => replaySource.create({ recording: 'market-day', speed: 'max' }, ports),
      },
      lake: {
        kind: 'sink',
        name: 'lake',
        from: ['market.bars'],
        batchRecordsMax: 100,
        batchWaitMs: 5,
        errors: common.errors,
        create: () => parquetSink.create({}, { theLake: async () => lake }),
      },
    },
  }
  const driver = openEmbeddedLog({ folder: join(folder, 'log') })
  const application = createApplication({ graph, driver, processId: 'p' })
  await application.start()
  if (end === 'whole') {
    await application.whenIdle()
    await application.drain(5000)
    await lake.close()
  } else await application.close()
  await driver.close()
}

test('a replay that is cut short and goes on brings every bar to the lake once', async () => {
  await live('cut short')
  await live('cut short')
  await live('whole')
  expect(await auditLake(join(folder, 'lake'))).toEqual([
    { table: 'bars', rows: BigInt(BARS), distinctOffsets: BigInt(BARS), exact: true },
  ])
  const { rows } = await querySql(
    join(folder, 'lake'),
    'SELECT count(DISTINCT close) AS n, sum(close) AS total FROM bars',
  )
  expect(rows).toEqual([{ n: String(BARS), total: `${(BARS * (BARS - 1)) / 2 + BARS / 2}.00000000` }])
})
