import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Bar, Decimal, ExecutionReport } from '../../schemas/index.ts'
import type { InputRecord } from '../../streams/index.ts'
import { openPostgres, type Postgres } from './database.ts'
import { type EmbeddedPostgres, openEmbeddedPostgres } from './embedded-postgres.ts'
import { importCompanies, parseCompanyCsv } from './import-companies.ts'
import { migrate } from './migrate.ts'
import { postgresSink } from './postgres-sink.ts'
import { seed } from './seed.ts'

let server: EmbeddedPostgres
let database: Postgres
const dir = mkdtempSync(join(tmpdir(), 'stonks-pg-'))
beforeAll(async () => {
  server = await openEmbeddedPostgres({ dir, durable: false })
  database = openPostgres({ url: server.url })
  await migrate(database)
})
afterAll(async () => {
  await database?.close()
  await server?.stop()
  rmSync(dir, { recursive: true, force: true })
})

const at = (topic: string, offset: number, value: unknown): InputRecord => ({
  topic,
  partition: 0,
  offset: BigInt(offset),
  timestampMs: 0,
  key: 'k',
  value,
  headers: {},
})
const bar = (n: number): Bar => ({
  symbol: `S${n % 500}`,
  timespan: '1m',
  start_at: 60_000 * n,
  end_at: 60_000 * (n + 1),
  open: '1.5' as Decimal,
  high: '2' as Decimal,
  low: '1' as Decimal,
  close: '1.25' as Decimal,
  adjusted_close: null,
  volume: '1000' as Decimal,
  vwap: null,
  source_id: 'test',
  simulated: true,
})
const report = (id: string, status: string, transactAt: number): ExecutionReport => ({
  execution_id: id,
  order_id: 'o1',
  client_order_id: 'c1',
  account_id: 'paper',
  symbol: 'NVDA',
  side: 'buy',
  leg: 'entry',
  event: status,
  status,
  qty: '10' as Decimal,
  filled_qty: '0' as Decimal,
  leaves_qty: '10' as Decimal,
  filled_avg_price: null,
  last_qty: null,
  last_price: null,
  fee: '0' as Decimal,
  transact_at: transactAt,
  received_at: transactAt,
  reason: 'a\u0000b',
  recommendation_id: null,
  simulated: true,
})

test('a second migration changes nothing, and a second process may not open the folder', async () => {
  expect(await migrate(database)).toEqual([])
  await expect(openEmbeddedPostgres({ dir })).rejects.toThrow(/is open in process/)
})

test('repeated records are one row each', async () => {
  const sink = postgresSink.create({}, { database })
  const batch = Array.from({ length: 500 }, (_, n) => at('market.bars', n, bar(n)))
  await sink.write(batch)
  await sink.write([...batch, ...batch])
  const rows = await database.query('select count(*)::int as n, min(close)::text as close from bars')
  expect(rows).toEqual([{ n: 500, close: '1.25' }])
})

test('an order stands as its newest execution says, in whatever order they come', async () => {
  const sink = postgresSink.create({}, { database })
  await sink.write([at('executions', 2, report('e2', 'filled', 2_000))])
  await sink.write([
    at('executions', 1, report('e1', 'new', 1_000)),
    at('executions', 2, report('e2', 'filled', 2_000)),
  ])
  expect(await database.query('select status, reason from order_status')).toEqual([
    { status: 'filled', reason: 'a\ufffdb' },
  ])
  expect(await database.query('select count(*)::int as n from executions')).toEqual([{ n: 2 }])
})

test('a batch with one bad record leaves nothing behind', async () => {
  const sink = postgresSink.create({}, { database })
  const bad = { ...bar(7_000), symbol: null }
  await expect(sink.write([at('market.bars', 900, bar(6_000)), at('market.bars', 901, bad)])).rejects.toThrow(/symbol/)
  expect(await database.query(`select 1 from bars where start_at = to_timestamp(360000)`)).toEqual([])
})

test('seeding twice and importing twice adds once', async () => {
  await seed(database, new Date(0))
  await seed(database, new Date(0))
  const listings = parseCompanyCsv('symbol,name,sector\nNVDA,"NVIDIA, Inc.",Technology\nAAPL,Apple,Technology\n')
  const alias = () => [{ alias: 'Chips', strength: 'weak' as const, valid_from: null, valid_to: null }]
  expect(await importCompanies(database, listings, alias, new Date(0))).toBe(2)
  expect(await importCompanies(database, listings, alias, new Date(0))).toBe(0)
  expect(await database.query('select company_id, name from companies order by 1')).toEqual([
    { company_id: 'us-aapl', name: 'Apple' },
    { company_id: 'us-nvda', name: 'NVIDIA, Inc.' },
  ])
  expect(await database.query('select count(*)::int as n from registry_outbox')).toEqual([{ n: 2 }])
})
