import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { type Clock, systemClock } from '../../clock.ts'
import type { Graph } from '../../graph.ts'
import type { LocalDriver } from '../../log/local/local-driver.ts'
import type { LogDriver } from '../../log/port.ts'
import { partitionOf } from '../../partition.ts'
import { type Fault, faultyDriver } from '../../testing/faulty-driver.ts'
import { graphOf, processor, sink, source } from '../../testing/graph-of.ts'
import { createMemoryDriver } from '../../testing/memory-driver.ts'
import { type Application, createApplication } from '../application.ts'
import { topicsOf } from '../internal-topics.ts'

const folders: string[] = []
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'clustered-'))
  folders.push(made)
  return made
}
afterEach(() => {
  for (const one of folders.splice(0)) rmSync(one, { recursive: true, force: true })
})

/** Counts per key: exactly once shows as 1, 2, 3, … for each. */
const countGraph = (extra: Parameters<typeof graphOf>[1] = []): Graph =>
  graphOf({ in: 4, out: 4 }, [
    processor({
      name: 'count',
      from: ['in'],
      to: ['out'],
      stores: [{ name: 'counts', type: 'kv' }],
      commitIntervalMs: 2,
      create: () => ({
        process(record, context) {
          const store = context.store<number>('counts')
          const count = (store.get(record.key!) ?? 0) + 1
          store.put(record.key!, count)
          context.forward({ key: record.key, value: count })
        },
      }),
    }),
    ...extra,
  ])

function feed(driver: LocalDriver, topic: string, partitions: number, from: number, to: number): void {
  const batch = driver.localLog.begin()
  for (let i = from; i < to; i++) {
    const key = Buffer.from(`k${i % 10}`)
    batch.append({
      topic,
      partition: partitionOf(key, partitions),
      timestampMs: i,
      key,
      value: Buffer.from(String(i)),
      headers: {},
    })
  }
  batch.commit([], [])
}

const readAll = (driver: LocalDriver, topic: string): { key: string; value: unknown; timestampMs: number }[] =>
  Array.from({ length: driver.localLog.topics.get(topic)!.partitions }, (_, p) => p).flatMap((partition) =>
    driver.localLog.read({ topic, partition }, 0, 100_000).records.map((r) => ({
      key: Buffer.from(r.key!).toString(),
      value: JSON.parse(Buffer.from(r.value!).toString()),
      timestampMs: r.timestampMs,
    })),
  )

const countsOf = (driver: LocalDriver): Record<string, unknown[]> =>
  Object.groupBy(readAll(driver, 'g.out'), (r) => r.key) as never
const expectCounts = (driver: LocalDriver, records: number): void => {
  const counts = countsOf(driver)
  expect(Object.keys(counts).length).toBe(10)
  for (const list of Object.values(counts)) {
    expect((list as { value: number }[]).map((r) => r.value)).toEqual(
      Array.from({ length: records / 10 }, (_, i) => i + 1),
    )
  }
}

const started = async (graph: Graph, driver: LogDriver, extra = {}): Promise<Application> => {
  const app = createApplication({ graph, driver, processId: 'p1', ...extra })
  await app.start()
  return app
}

function freshDriver(graph: Graph): LocalDriver {
  const driver = createMemoryDriver()
  driver.localLog.ensureTopics(topicsOf(graph, { changelogs: true }))
  return driver
}

const fault = fc.constantFrom<Fault>(
  'none',
  'none',
  'none',
  'unavailable',
  'ambiguous_written',
  'ambiguous_lost',
  'fenced',
  'expelled',
)

test('whatever happens to commits, every record counts exactly once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fault, { maxLength: 12 }), async (faults) => {
      const graph = countGraph()
      const driver = freshDriver(graph)
      const left = [...faults]
      const app = await started(
        graph,
        faultyDriver(driver, () => left.shift() ?? 'none'),
      )
      for (let i = 0; i < 5; i++) {
        feed(driver, 'g.in', 4, i * 40, i * 40 + 40)
        await new Promise((resolve) => setTimeout(resolve, 3))
      }
      await app.whenIdle()
      await app.drain(10_000)
      expectCounts(driver, 200)
    }),
    { numRuns: 12 },
  )
})

test.each<Fault>(['ambiguous_written', 'ambiguous_lost', 'fenced', 'expelled', 'unavailable'])(
  'after a commit that is %s, what follows it is built on what is in the log',
  async (fault) => {
    const graph = countGraph()
    const driver = freshDriver(graph)
    const left: Fault[] = ['none', fault, 'none', fault]
    const app = await started(
      graph,
      faultyDriver(driver, () => left.shift() ?? 'none'),
      { stateDir: folder() },
    )
    for (let i = 0; i < 20 || left.length > 0; i++) {
      feed(driver, 'g.in', 4, i * 20, i * 20 + 20)
      await new Promise((resolve) => setTimeout(resolve, 4))
    }
    await app.whenIdle()
    await app.drain(10_000)
    expectCounts(driver, readAll(driver, 'g.in').length)
  },
)

test('a clock that is set back an hour stops neither commits nor sinks nor timers', async () => {
  const written: unknown[] = []
  const graph = countGraph([
    processor({
      name: 'tick',
      from: ['in'],
      create: () => ({
        init: (context) => context.schedule(20, 'wall_clock_time', () => void ticks.push(context.wallTimeMs())),
        process() {},
      }),
    }),
    sink({ name: 'store', from: ['out'], create: () => ({ write: async (records) => void written.push(...records) }) }),
  ])
  const ticks: number[] = []
  const driver = freshDriver(graph)
  let skewMs = 0
  const clock: Clock = { now: () => Date.now() + skewMs, sleep: systemClock.sleep }
  const app = await started(graph, driver, { clock })
  feed(driver, 'g.in', 4, 0, 40)
  await vi.waitFor(() => expect(written.length).toBe(40), 5_000)
  skewMs = -3_600_000
  const before = ticks.length
  feed(driver, 'g.in', 4, 40, 80)
  await vi.waitFor(() => expect(written.length).toBe(80), 5_000)
  await vi.waitFor(() => expect(ticks.length).toBeGreaterThan(before), 5_000)
  await app.drain(10_000)
  expectCounts(driver, 80)
})

test('two instances share the tasks, and hand them over without loss or repeat when one goes', async () => {
  const graph = countGraph()
  const driver = freshDriver(graph)
  const first = await started(graph, driver, { stateDir: folder() })
  feed(driver, 'g.in', 4, 0, 200)
  const second = await started(graph, driver, { processId: 'p2', stateDir: folder() })
  feed(driver, 'g.in', 4, 200, 400)
  while ([first, second].some((app) => app.status()[0]!.tasks.length !== 2))
    await new Promise((resolve) => setTimeout(resolve, 5))
  feed(driver, 'g.in', 4, 400, 600)
  await first.drain(10_000)
  feed(driver, 'g.in', 4, 600, 800)
  await second.whenIdle()
  expect(second.status()[0]!.tasks.length).toBe(4)
  await second.drain(10_000)
  expectCounts(driver, 800)
})

test.each(['kept', 'lost'])(
  'after an abrupt end, with the local store %s, counting goes on where the last commit left it',
  async (disk) => {
    const graph = countGraph()
    const driver = freshDriver(graph)
    const stateDir = folder()
    const first = await started(graph, driver, { stateDir })
    feed(driver, 'g.in', 4, 0, 300)
    while (readAll(driver, 'g.out').length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    await first.close()
    feed(driver, 'g.in', 4, 300, 400)
    const second = await started(graph, driver, { stateDir: disk === 'kept' ? stateDir : folder() })
    await second.whenIdle()
    const stores = second.store<number>('count', 'counts')
    expect(stores.flatMap((store) => [...store.range()]).sort()).toEqual(
      Array.from({ length: 10 }, (_, i) => [`k${i}`, 40]),
    )
    await second.drain(10_000)
    expectCounts(driver, 400)
  },
)

test('a local store that is ahead of its changelog is of another log, and is rebuilt', async () => {
  const graph = countGraph()
  const stateDir = folder()
  const old = freshDriver(graph)
  const before = await started(graph, old, { stateDir })
  feed(old, 'g.in', 4, 0, 500)
  await before.whenIdle()
  await before.drain(10_000)
  const driver = freshDriver(graph)
  const app = await started(graph, driver, { stateDir })
  feed(driver, 'g.in', 4, 0, 100)
  await app.whenIdle()
  await app.drain(10_000)
  expectCounts(driver, 100)
})

test('broadcast records reach every task once, over a restart too, and tables are whole from the first record on', async () => {
  const graph = graphOf({ in: 2, rates: 1, names: { cleanup: 'compact' }, out: 1 }, [
    processor({
      name: 'p',
      from: ['in'],
      broadcast: ['rates'],
      tables: { names: 'names' },
      to: ['out'],
      commitIntervalMs: 2,
      create: () => ({
        process: (r, c) =>
          c.forward({
            key: c.taskId,
            value: r.topic === 'rates' ? `rate ${r.value}` : c.table<number>('names').get(r.key!),
          }),
      }),
    }),
  ])
  const driver = freshDriver(graph)
  feed(driver, 'g.names', 1, 0, 10)
  feed(driver, 'g.in', 2, 0, 10)
  feed(driver, 'g.rates', 1, 0, 3)
  const first = await started(graph, driver)
  await first.whenIdle()
  await first.drain(10_000)
  feed(driver, 'g.rates', 1, 3, 5)
  const second = await started(graph, driver)
  await second.whenIdle()
  await second.drain(10_000)
  const out = readAll(driver, 'g.out')
  for (const task of ['p_0', 'p_1']) {
    expect(out.filter((r) => r.key === task && String(r.value).startsWith('rate')).map((r) => r.value)).toEqual(
      [0, 1, 2, 3, 4].map((i) => `rate ${i}`),
    )
  }
  const named = out.filter((r) => typeof r.value === 'number').map((r) => r.value as number)
  expect(named.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('a source goes on after its last commit, and sinks get what it forwarded', async () => {
  const written: unknown[] = []
  const graph = countGraph([
    source({
      name: 'numbers',
      to: ['in'],
      stores: [{ name: 'position', type: 'kv' }],
      commitIntervalMs: 1,
      create: () => ({
        async poll(context) {
          const store = context.store<number>('position')
          const from = store.get('at') ?? 0
          for (let i = from; i < from + 7 && i < 100; i++)
            context.forward({ key: `k${i % 10}`, value: i, timestampMs: i })
          store.put('at', Math.min(100, from + 7))
          await new Promise((resolve) => setTimeout(resolve, 1))
          return from + 7 >= 100 ? 'done' : 'more'
        },
      }),
    }),
    sink({
      name: 'lines',
      from: ['out'],
      create: () => ({ write: async (records) => void written.push(...records.map((r) => `${r.key}=${r.value}`)) }),
    }),
  ])
  const driver = freshDriver(graph)
  const first = await started(graph, driver)
  while (readAll(driver, 'g.in').length < 30) await new Promise((resolve) => setTimeout(resolve, 1))
  await first.close()
  const second = await started(graph, driver)
  await second.whenIdle()
  await second.drain(10_000)
  expectCounts(driver, 100)
  expect(new Set(written).size).toBe(100)
})

test('a call that takes long keeps neither the group nor other tasks waiting', async () => {
  const slow = Promise.withResolvers<void>()
  const seen: string[] = []
  const graph = graphOf({ in: 2 }, [
    processor({
      name: 'p',
      from: ['in'],
      create: () => ({
        async process(record) {
          if (record.partition === 0) await slow.promise
          seen.push(record.key!)
        },
      }),
    }),
  ])
  const driver = freshDriver(graph)
  feed(driver, 'g.in', 2, 0, 10)
  const other = readAll(driver, 'g.in').filter((r) => partitionOf(r.key, 2) === 1).length
  const app = await started(graph, driver)
  while (seen.length < other) await new Promise((resolve) => setTimeout(resolve, 2))
  const second = await started(graph, driver, { processId: 'p2' })
  slow.resolve()
  while ([app, second].some((one) => one.status()[0]!.tasks.length !== 1))
    await new Promise((resolve) => setTimeout(resolve, 2))
  await Promise.all([app.whenIdle(), second.whenIdle()])
  expect(seen.length).toBe(10)
  await app.drain(10_000)
  await second.drain(10_000)
})

test('a record that fails becomes a dead letter in the commit that passes it; with the policy to stop it stops the application', async () => {
  const errors = { retryMax: 0, backoffMinMs: 1, backoffMaxMs: 1 }
  const failing = (then: 'dlq' | 'stop') =>
    graphOf({ in: 1 }, [
      processor({
        name: 'p',
        from: ['in'],
        errors: { ...errors, then },
        commitIntervalMs: 1,
        create: () => ({
          process(record) {
            if (record.value === 3) throw new Error('no')
          },
        }),
      }),
    ])
  const driver = freshDriver(failing('dlq'))
  feed(driver, 'g.in', 1, 0, 5)
  const stopping = await started(failing('stop'), driver)
  await expect(stopping.whenIdle()).rejects.toThrow(/task p_0 stops at g.in-0 @ 3/)
  await stopping.close()
  const app = await started(failing('dlq'), driver)
  await app.whenIdle()
  expect(app.status()[0]).toMatchObject({ node: 'p', deadLettered: 1 })
  await app.drain(10_000)
  const { records } = driver.localLog.read({ topic: 'g.p.dlq', partition: 0 }, 0, 10)
  expect(records.map((r) => r.headers['dlq.offset'])).toEqual(['3'])
})

test('two instances whose commits fail at random still count every record once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fault, { maxLength: 20 }), async (faults) => {
      const graph = countGraph()
      const driver = freshDriver(graph)
      const left = [...faults]
      const faulty = faultyDriver(driver, () => left.shift() ?? 'none')
      const first = await started(graph, faulty, { stateDir: folder() })
      feed(driver, 'g.in', 4, 0, 100)
      const second = await started(graph, faulty, { processId: 'p2', stateDir: folder() })
      for (let i = 0; i < 4; i++) {
        feed(driver, 'g.in', 4, 100 + i * 50, 150 + i * 50)
        await new Promise((resolve) => setTimeout(resolve, 3))
      }
      await first.drain(10_000)
      feed(driver, 'g.in', 4, 300, 400)
      await second.whenIdle()
      await second.drain(10_000)
      expectCounts(driver, 400)
    }),
    { numRuns: 8 },
  )
})
