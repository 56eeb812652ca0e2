import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { Graph, ParkPolicy, ProcessorSpec } from '../graph.ts'
import { openEmbeddedLog } from '../log/embedded/embedded-driver.ts'
import type { LocalDriver } from '../log/local/local-driver.ts'
import { partitionOf } from '../partition.ts'
import { graphOf, processor } from '../testing/graph-of.ts'
import { createMemoryDriver } from '../testing/memory-driver.ts'
import { TopologyTestDriver } from '../testing/topology-test-driver.ts'
import { type Application, createApplication } from './application.ts'
import { topicsOf } from './internal-topics.ts'

const folders: string[] = []
afterEach(() => {
  for (const one of folders.splice(0)) rmSync(one, { recursive: true, force: true })
})
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'parking-'))
  folders.push(made)
  return made
}
const MINUTE_MS = 60_000

type Fails = (value: number) => boolean
const failure = (value: number): Error => new RangeError(`${value} is not known yet`)

/** How a processor of either kind fails with some values. */
const KINDS: Readonly<Record<string, (fails: Fails) => Pick<ProcessorSpec, 'create'>>> = {
  synchronous: (fails) => ({
    create: () => ({
      process({ key, value }, context) {
        if (fails(value as number)) throw failure(value as number)
        context.forward({ key, value })
      },
    }),
  }),
  'with calls': (fails) => ({
    create: () => ({
      async call({ key, value }) {
        await undefined
        if (fails(value as number)) throw failure(value as number)
        return (context) => context.forward({ key, value })
      },
    }),
  }),
}

const graphWith = (kind: Pick<ProcessorSpec, 'create'>, park: Partial<ParkPolicy> = {}): Graph =>
  graphOf({ in: 2, out: 2 }, [
    processor({
      name: 'look_up',
      from: ['in'],
      to: ['out'],
      commitIntervalMs: 2,
      errors: {
        retryMax: 0,
        backoffMinMs: 1,
        backoffMaxMs: 1,
        then: 'park',
        park: { retryMinMs: MINUTE_MS, retryMaxMs: 4 * MINUTE_MS, triesMax: 3, recordsMax: 100, ...park },
      },
      ...kind,
    }),
  ])

describe.each(Object.keys(KINDS))('parking, %s', (kind) => {
  const driverWith = (fails: Fails, park: Partial<ParkPolicy> = {}): TopologyTestDriver =>
    new TopologyTestDriver(graphWith(KINDS[kind]!(fails), park), { startMs: 1_000_000 })
  const outOf = async (driver: TopologyTestDriver): Promise<unknown[]> =>
    (await driver.read('out')).map(({ value }) => value)

  test('later records of the key wait, others go on, and once it can be handled all come in order', async () => {
    let isKnown = false
    const driver = driverWith((value) => value === 1 && !isKnown)
    for (const [key, value] of [
      ['a', 1],
      ['a', 2],
      ['b', 3],
      ['a', 4],
    ] as const)
      await driver.pipe('in', { key, value })
    expect(await outOf(driver)).toEqual([3])
    isKnown = true
    await driver.advanceWallTime(MINUTE_MS)
    expect(await outOf(driver)).toEqual([1, 2, 4])
    await driver.pipe('in', { key: 'a', value: 5 })
    expect(await outOf(driver)).toEqual([5])
    expect(driver.deadLetters('look_up')).toEqual([])
  })

  test('what is parked outlives a restart, and so does how often it was tried', async () => {
    const driver = driverWith((value) => value === 1)
    for (const value of [1, 2]) await driver.pipe('in', { key: 'a', value })
    for (let i = 0; i < 2; i++) {
      await driver.advanceWallTime(4 * MINUTE_MS)
      await driver.restart()
    }
    expect([await outOf(driver), driver.deadLetters('look_up').length]).toEqual([[], 0])
    await driver.advanceWallTime(4 * MINUTE_MS)
    // The third try was the last: the record is a dead letter, and what waited behind it has its turn.
    expect(await outOf(driver)).toEqual([2])
    const [letter] = driver.deadLetters('look_up')
    expect(letter?.headers).toMatchObject({
      'dlq.error.message': '1 is not known yet',
      'dlq.offset': '0',
      'dlq.attempts': '4',
      'dlq.first_at': new Date(1_000_000).toISOString(),
    })
    expect(Buffer.from(letter!.value!).toString()).toBe('1')
  })

  test('each wait is longer than the one before, up to the longest', async () => {
    const triedAtMs: number[] = []
    const driver: TopologyTestDriver = driverWith(
      () => {
        triedAtMs.push(driver.wallTimeMs())
        return true
      },
      { triesMax: 5 },
    )
    await driver.pipe('in', { key: 'a', value: 1 })
    for (let i = 0; i < 40; i++) await driver.advanceWallTime(MINUTE_MS / 4)
    const waits = triedAtMs.map((ms, i) => ms - (triedAtMs[i - 1] ?? ms)).slice(1)
    // Half of each is left to chance, which is one half here.
    expect(waits.map((ms) => ms / MINUTE_MS)).toEqual([0.75, 1.5, 3, 3])
  })

  test('a second failure behind the first is parked in its turn', async () => {
    const known = new Set<number>()
    const driver = driverWith((value) => value < 3 && !known.has(value))
    for (const value of [1, 2, 3]) await driver.pipe('in', { key: 'a', value })
    known.add(1)
    await driver.advanceWallTime(MINUTE_MS)
    expect(await outOf(driver)).toEqual([1])
    known.add(2)
    await driver.advanceWallTime(4 * MINUTE_MS)
    expect(await outOf(driver)).toEqual([2, 3])
  })

  test('where too many wait, the first is given up for the next', async () => {
    const driver = driverWith((value) => value === 1, { recordsMax: 3 })
    for (const value of [1, 2, 3]) await driver.pipe('in', { key: 'a', value })
    expect(await outOf(driver)).toEqual([])
    await driver.pipe('in', { key: 'a', value: 4 })
    await driver.advanceWallTime(1)
    expect(await outOf(driver)).toEqual([2, 3, 4])
    expect(driver.deadLetters('look_up').map(({ headers }) => headers['dlq.error.class'])).toEqual(['PARKING_FULL'])
  })

  test('records without a key, and too large ones, are dead letters as ever', async () => {
    const driver = driverWith((value) => typeof value !== 'number' || value === 1)
    await driver.pipe('in', { key: undefined, value: 1 })
    await driver.pipe('in', { key: 'b', value: 'x'.repeat(800_000) })
    await driver.pipe('in', { key: 'b', value: 2 })
    expect(await outOf(driver)).toEqual([2])
    expect(driver.deadLetters('look_up')).toHaveLength(2)
  })

  test('bytes that cannot be read wait too: their schema may come', async () => {
    const driver = driverWith(() => false)
    await driver.pipeBytes('in', Buffer.from('{'), { key: 'a' })
    await driver.pipe('in', { key: 'a', value: 2 })
    expect(await outOf(driver)).toEqual([])
    for (let i = 0; i < 3; i++) await driver.advanceWallTime(4 * MINUTE_MS)
    expect(await outOf(driver)).toEqual([2])
    expect(driver.deadLetters('look_up').map(({ headers }) => headers['dlq.stage'])).toEqual(['deserialize'])
  })

  test.each(['clustered', 'embedded'] as const)(
    'is durable with the commit and seen in the status, %s',
    async (runtime) => {
      let isKnown = false
      const graph = graphWith(
        KINDS[kind]!((value) => value % 10 === 3 && !isKnown),
        { retryMinMs: 20, retryMaxMs: 40, triesMax: 1_000 },
      )
      const driver =
        runtime === 'clustered' ? createMemoryDriver() : ((await openEmbeddedLog({ folder: folder() })) as LocalDriver)
      driver.localLog.ensureTopics(topicsOf(graph, { changelogs: true }))
      const started = async (): Promise<Application> => {
        const app = createApplication({
          graph,
          driver,
          processId: 'p',
          ...(runtime === 'clustered' ? { stateDir: folder() } : {}),
        })
        await app.start()
        return app
      }
      const batch = driver.localLog.begin()
      for (let i = 0; i < 100; i++) {
        const [key, value] = [Buffer.from(`k${i % 10}`), Buffer.from(String(i))]
        batch.append({ topic: 'g.in', partition: partitionOf(key, 2), timestampMs: i, key, value, headers: {} })
      }
      batch.commit([], [])
      const first = await started()
      await first.whenIdle()
      expect(first.status()[0]).toMatchObject({ parked: { keys: 1, records: 10 } })
      await first.close()
      isKnown = true
      const second = await started()
      while ((second.status()[0]?.parked?.keys ?? 1) > 0 || second.status()[0]?.recordsOut !== 10)
        await new Promise((resolve) => setTimeout(resolve, 2))
      await second.whenIdle()
      await second.drain(10_000)
      const out = [0, 1].flatMap((partition) =>
        driver.localLog
          .read({ topic: 'g.out', partition }, 0, 1_000)
          .records.map(({ value }) => Number(Buffer.from(value!).toString())),
      )
      expect(out.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i))
      expect(out.filter((value) => value % 10 === 3)).toEqual(Array.from({ length: 10 }, (_, i) => 3 + i * 10))
    },
  )
})
