// Iceberg commits: rows a second of CPU for files of bars, and milliseconds for a commit of one file of 10,000 rows.
// Needs S3_ENDPOINT with keys, HIVE_METASTORE_URI, LAKE_WAREHOUSE: node test/services/start.ts lakehouse
import { randomBytes, randomUUID } from 'node:crypto'
import { openIcebergLake, openMetastore } from '../connectors/lake/index.ts'
import { openTableObjects } from '../connectors/objects/index.ts'
import { decimal, loadAvroSchemas } from '../schemas/index.ts'
import { type InputRecord, systemClock } from '../streams/index.ts'

const ROWS = 10_000
const COMMITS = 20
const DAY_MS = 86_400_000

const need = (name: string): string => {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set`)
  return value
}
const warehouse = need('LAKE_WAREHOUSE')
const objects = await openTableObjects({
  ...{ endpoint: need('S3_ENDPOINT'), accessKey: need('S3_ACCESS_KEY'), secretKey: need('S3_SECRET_KEY') },
  ...{ bucket: new URL(warehouse).hostname, clock: systemClock },
})
const metastore = openMetastore({ uri: need('HIVE_METASTORE_URI'), clock: systemClock, user: 'bench' })
const lake = openIcebergLake({
  ...{ objects, metastore, clock: systemClock, random: { uuid: randomUUID, bytes: randomBytes }, warehouse },
  ...{ database: `bench_${randomUUID().slice(0, 8)}`, schemas: loadAvroSchemas() },
  tables: { 'market.bars': { table: 'bars', schema: 'Bar' } },
})
await lake.open()
await lake.positions([{ topic: 'market.bars', partition: 0 }])

const bar = (i: number): InputRecord => ({
  ...{ topic: 'market.bars', partition: 0, offset: BigInt(i), timestampMs: (i % ROWS) * 1_000, key: 'k', headers: {} },
  value: {
    ...{ symbol: `S${i % 500}`, timespan: 'minute', start_at: (i % ROWS) * 1_000, end_at: DAY_MS },
    ...{ open: decimal('10.5'), high: decimal('11.25'), low: decimal('10.00000001'), close: decimal(String(i % 977)) },
    ...{ adjusted_close: null, volume: decimal(String(i)), vwap: decimal('10.7'), source_id: 's', simulated: true },
  },
})
const tookMs: number[] = []
const cpuMs: number[] = []
for (let commit = 0; commit < COMMITS; commit++) {
  const records = Array.from({ length: ROWS }, (_, i) => bar(commit * ROWS + i))
  const [startedMs, startedCpu] = [performance.now(), process.cpuUsage()]
  await lake.write(records)
  tookMs.push(performance.now() - startedMs)
  const { user, system } = process.cpuUsage(startedCpu)
  cpuMs.push((user + system) / 1_000)
}
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
console.log(
  `${COMMITS} commits of ${ROWS} rows: median ${median(tookMs).toFixed(0)} ms, ${median(cpuMs).toFixed(0)} ms of CPU, ` +
    `${((ROWS / median(cpuMs)) * 1_000).toFixed(0)} rows/s of CPU, RSS ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`,
)
await lake.close()
