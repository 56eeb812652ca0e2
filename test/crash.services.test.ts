import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeSmallRecording } from '../cli/testing/small-recording.ts'
import { type Ended, type RunningStonks, startStonks, stonks } from '../cli/testing/stonks.ts'
import { openEmbeddedPostgres, openPostgres } from '../connectors/index.ts'

interface Result {
  readonly documents: number
  readonly signals: number
  readonly recommendations: number
  readonly orders: number
  readonly executions: number
  readonly recommendations_sha256: string
  readonly orders_sha256: string
}
interface Audit {
  readonly table: string
  readonly rows: string
  readonly exact: boolean
}

const DOCUMENTS = 120
const folder = mkdtempSync(join(tmpdir(), 'stonks-crash-'))
const recording = join(folder, 'small')
let undisturbed: Result

const start = (data: string): RunningStonks =>
  startStonks(['--data', data, 'start', '--recording', recording, '--exit', '--json'])

function resultOf({ exitCode, stdout, stderr }: Ended): Result {
  expect(exitCode, stderr).toBe(0)
  // Seconds and memory differ from run to run; counts and hashes may not.
  const { documents, signals, recommendations, orders, executions, ...rest } = JSON.parse(stdout) as Result
  const { recommendations_sha256, orders_sha256 } = rest
  return { documents, signals, recommendations, orders, executions, recommendations_sha256, orders_sha256 }
}

const ask = async <Row>(data: string, ...args: readonly string[]): Promise<readonly Row[]> => {
  const { stdout, stderr, exitCode } = await stonks(['--data', data, 'sql', '--json', ...args])
  expect(exitCode, stderr).toBe(0)
  return (JSON.parse(stdout) as { data: readonly Row[] }).data
}

/** Rows of the read model, read where the run left it. */
async function readModelCounts(data: string): Promise<Readonly<Record<string, number>>> {
  const server = await openEmbeddedPostgres({ dir: join(data, 'small', 'postgres') })
  const database = openPostgres({ url: server.url })
  try {
    const counts: Record<string, number> = {}
    for (const table of ['documents', 'signals', 'recommendations', 'orders', 'executions']) {
      const [row] = await database.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`)
      counts[table] = row?.n ?? 0
    }
    return counts
  } finally {
    await database.close()
    await server.stop()
  }
}

beforeAll(async () => {
  // The embedded PostgreSQL runs as another user where we are root.
  chmodSync(folder, 0o755)
  writeSmallRecording(recording, DOCUMENTS)
  undisturbed = resultOf(await start(join(folder, 'undisturbed')).ended)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the undisturbed run has something to lose', () => {
  expect(undisturbed.documents).toBe(DOCUMENTS)
  expect(undisturbed.orders).toBeGreaterThan(0)
})

// Moments from before the first record to the last orders; each crash leaves another unfinished transaction behind.
test.each([
  ['early', [600, 1_200, 1_800]],
  ['late', [2_500, 3_500, 1_500]],
])('killed %s, again and again, a run comes to the same end', async (name, momentsMs) => {
  const data = join(folder, name)
  let kills = 0
  for (const momentMs of momentsMs) {
    const run = start(data)
    await Promise.race([run.ended, sleep(momentMs)])
    // A run that came to its end would begin anew: it is what is compared.
    if (run.output().exitCode !== null) break
    await run.kill()
    kills += 1
  }
  expect(kills).toBeGreaterThan(0)
  expect(resultOf(await start(data).ended)).toEqual(undisturbed)

  const audits = await ask<Audit>(data, '--audit')
  expect(audits.filter((a) => !a.exact)).toEqual([])
  const rows = Object.fromEntries(audits.map((a) => [a.table, Number(a.rows)]))
  const { documents, signals, recommendations, orders, executions } = undisturbed
  expect(rows).toMatchObject({ documents, signals, recommendations, orders, executions })
  expect(await readModelCounts(data)).toEqual({ documents, signals, recommendations, orders, executions })
  expect(await ask(data, 'select intent_id from orders group by intent_id having count(*) > 1')).toEqual([])
})

test('told to end, again and again, a run comes to the same end: the risk engine answers until the last', async () => {
  const data = join(folder, 'told')
  let stops = 0
  for (const momentMs of [2_000, 2_500, 3_000]) {
    const run = start(data)
    await Promise.race([run.ended, sleep(momentMs)])
    if (run.output().exitCode !== null) break
    await run.stop()
    stops += 1
  }
  expect(stops).toBeGreaterThan(0)
  expect(resultOf(await start(data).ended)).toEqual(undisturbed)
})
