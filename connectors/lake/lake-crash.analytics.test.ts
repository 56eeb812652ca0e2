import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type LogDriver, openWireDriver, type ProducerRecord } from '../../streams/index.ts'
import { jsonSerde } from '../../streams/testing/json-serde.ts'
import type { Lakehouse } from '../../test/services/lakehouse.ts'
import { describeWithLakehouse } from '../../test/services/require-lakehouse.ts'
import { audit, freshDatabase, lakeRow, openLakeForTest, ROWS_TABLE } from './testing/lake-for-test.ts'
import { KILL_STEPS, type LakeProcess } from './testing/lake-process.ts'
import { openTrino, TrinoError } from './trino/open-trino.ts'

const PARTITIONS = 4
const BATCH = 200
/** Milliseconds of killing; STONKS_LAKE_CRASH_MS for a longer run. */
const CRASH_MS = Number(process.env['STONKS_LAKE_CRASH_MS'] ?? 150_000)
/** A sink that does not come to its step, because the other did the work, is killed at another moment: so long after the other. */
const LAG_MS = 2_000
const PATIENCE_MS = 30_000
const PROCESS = join(import.meta.dirname, 'testing/lake-process.ts')

describeWithLakehouse('sinks that are killed at every step', (plane) => {
  // A lock whose holder was killed stands still until the metastore frees it: others go on meanwhile.
  const rigs = ['first', 'second', 'third'].map((name) => ({ name, rig: openRig(plane) }))
  beforeAll(async () => {
    for (const { rig } of rigs) await rig.open()
  })
  afterAll(async () => {
    for (const { rig } of rigs) await rig.close()
  })

  test.concurrent.each(rigs)(
    'lose nothing and double nothing, with a second sink and Trino at the same table: the $name',
    async ({ rig }) => rig.run(),
    CRASH_MS + 240_000,
  )
})

function openRig(plane: Lakehouse) {
  const database = freshDatabase()
  const table = `${database}.lake_rows`
  const topic = `${database}.lake.publish`
  const brokers = [...(inject('services').kafka?.brokers ?? [])]
  const trino = openTrino({ url: plane.trinoUrl })
  const children = new Set<ChildProcess>()
  let driver: LogDriver
  let produced = 0

  async function open(): Promise<void> {
    driver = await openWireDriver({ brokers, clientId: 'crash' })
    const admin = await driver.admin()
    await admin.ensureTopics([{ topic, partitions: PARTITIONS, cleanup: 'delete', retentionMs: -1 }])
    const { lake } = await openLakeForTest(plane, { database, tables: ROWS_TABLE })
    await lake.open()
    await lake.close()
  }

  async function close(): Promise<void> {
    for (const child of children) child.kill('SIGKILL')
    await driver?.close()
  }

  async function produce(count: number): Promise<void> {
    const producer = await driver.producer({ guarantee: 'at_least_once', transactionalId: database })
    const outputs = Array.from({ length: count }, (_, i): ProducerRecord => {
      const partition = i % PARTITIONS
      const { value, timestampMs } = lakeRow(partition, produced + i)
      return { topic, partition, timestampMs, key: undefined, value: jsonSerde.serialize(value), headers: {} }
    })
    await producer.commit({ outputs, consumer: undefined, groupId: '', offsets: new Map() })
    await producer.close()
    produced += count
  }

  /** Two sinks until both are killed; resolves to the steps at which they were, those that came to them. */
  async function twoLives(more: readonly Pick<LakeProcess, 'killAt' | 'passes'>[]): Promise<readonly string[]> {
    const lives = more.map((one) => ({ one, child: spawnSink(one) }))
    const ends = lives.map(
      (life) =>
        new Promise<void>((resolve, reject) =>
          life.child.on('exit', (code) => {
            children.delete(life.child)
            if (code === null) resolve()
            else reject(new Error(`a sink ended by itself with ${code}`))
          }),
        ),
    )
    await Promise.race([...ends, sleep(PATIENCE_MS)])
    await Promise.race([Promise.all(ends), sleep(LAG_MS)])
    const late = lives.filter(({ child }) => child.signalCode === null)
    for (const { child } of late) child.kill('SIGKILL')
    await Promise.all(ends)
    return lives.flatMap((life) => (late.includes(life) ? [] : [life.one.killAt ?? '']))
  }

  /** What Trino is busy with meanwhile: rows of its own, and everything that rewrites what is there. */
  async function disturb(signal: AbortSignal): Promise<number> {
    const work = [
      `INSERT INTO iceberg.${table} (row_id, _topic, _partition, _offset, _ingested_at, _event_at) SELECT 'x', 'trino', 0, to_unixtime(now()) * 1000, now(), TIMESTAMP '2015-07-02 00:00:00 UTC'`,
      `ALTER TABLE iceberg.${table} EXECUTE optimize`,
      `ALTER TABLE iceberg.${table} EXECUTE expire_snapshots(retention_threshold => '0s')`,
      `ALTER TABLE iceberg.${table} EXECUTE optimize_manifests`,
    ]
    let done = 0
    for (let i = 0; !signal.aborted; i++) {
      try {
        await trino.query(work[i % work.length]?.replace('to_unixtime(now()) * 1000', String(i)) ?? '')
        done += 1
        // Most of the time is for the sinks.
        await sleep(2_000)
      } catch (error) {
        // Another writer was first, again and again.
        if (!(error instanceof TrinoError)) throw error
      }
    }
    return done
  }

  async function mustHoldOnce(): Promise<void> {
    for (const [rows, distinct] of (await audit(trino, table)) as readonly (readonly [number, number])[])
      expect(rows).toBe(distinct)
  }

  async function run(): Promise<void> {
    const until = Date.now() + CRASH_MS
    const stop = new AbortController()
    const disturbing = disturb(stop.signal)
    disturbing.catch(() => stop.abort())
    const kills = new Map<string, number>()
    let rounds = 0
    for (let round = 0; Date.now() < until; round++) {
      await produce(BATCH)
      const asked = [0, 1].map((nth) => ({
        killAt: KILL_STEPS[(round * 2 + nth) % KILL_STEPS.length] as string,
        passes: round % 3 === 2 ? 1 : 0,
      }))
      for (const step of await twoLives(asked)) kills.set(step, (kills.get(step) ?? 0) + 1)
      rounds += 1
      if (round % 5 === 4) await mustHoldOnce()
    }
    stop.abort()
    const disturbances = await disturbing
    const { rows } = await trino.query(`SELECT count(*) FROM iceberg.${table} WHERE _topic <> 'trino'`)
    const atSteps = [...kills.values()].reduce((sum, n) => sum + n, 0)
    console.log(
      `${rounds * 2} kills, ${atSteps} of them at ${kills.size} of ${KILL_STEPS.length} steps; ${disturbances} statements of Trino; ${rows[0]?.[0]} of ${produced} rows were there`,
    )
    const last = spawnSink()
    const sql = `SELECT count(*), count(DISTINCT row_id), count(DISTINCT (_partition, _offset)) FROM lakehouse.${table} WHERE _topic <> 'trino'`
    await expect
      .poll(async () => (await trino.query(sql)).rows[0], { timeout: 90_000, interval: 1_000 })
      .toEqual([produced, produced, produced])
    await mustHoldOnce()
    const { rows: gaps } = await trino.query(
      `SELECT _partition, max(_offset) - min(_offset) + 1 - count(*), min(_offset) FROM iceberg.${table} WHERE _topic <> 'trino' GROUP BY 1 ORDER BY 1`,
    )
    expect(gaps).toEqual(Array.from({ length: PARTITIONS }, (_, partition) => [partition, 0, 0]))
    last.kill('SIGKILL')
    expect(kills.size).toBeGreaterThan(0)
  }

  function spawnSink(more: Pick<LakeProcess, 'killAt' | 'passes'> = {}): ChildProcess {
    const asked: LakeProcess = { plane, brokers, database, topic, partitions: PARTITIONS, ...more }
    // Most of a short life is reading the code.
    const env = { ...process.env, NODE_COMPILE_CACHE: '.cache/compiled', LAKE_PROCESS: JSON.stringify(asked) }
    const child = spawn(process.execPath, [PROCESS], { stdio: ['ignore', 'inherit', 'inherit'], env })
    children.add(child)
    return child
  }
  return { open, close, run }
}
