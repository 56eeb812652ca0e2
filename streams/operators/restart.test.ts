import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { systemClock } from '../clock.ts'
import type { Graph } from '../graph.ts'
import { openEmbeddedLog } from '../log/embedded/embedded-driver.ts'
import type { LocalDriver } from '../log/local/local-driver.ts'
import { LocalLog } from '../log/local/local-log.ts'
import { MemoryMedium } from '../log/local/memory-medium.ts'
import { partitionOf } from '../partition.ts'
import { createApplication } from '../runtime/application.ts'
import { buildUnit } from '../runtime/build-unit.ts'
import { topicsOf } from '../runtime/internal-topics.ts'
import { silentLogger } from '../runtime/logger.ts'
import type { Unit } from '../runtime/unit.ts'
import { graphOf, source } from '../testing/graph-of.ts'
import { createMemoryDriver } from '../testing/memory-driver.ts'
import { withFlow } from './compile-flow.ts'
import { Flow } from './flow.ts'
import { SETTINGS } from './testing/flow-driver.ts'
import { topic } from './topic.ts'
import { hopping, sessions, sliding, tumbling } from './windows.ts'

const folders: string[] = []
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'flow-'))
  folders.push(made)
  return made
}
afterEach(() => {
  for (const one of folders.splice(0)) rmSync(one, { recursive: true, force: true })
})

const facts = topic<number>('facts')
const owners = topic<number>('owners')
const RESULTS = ['windows', 'updates', 'pairs', 'rows', 'groups', 'held']
const result = (name: string) => topic<unknown>(name)

/** Operators of every family over two topics, with little grace, so that being late matters too. */
function everything(graceMs: number): Flow {
  const flow = new Flow('p')
  const [numbers, others] = [flow.stream(facts), flow.stream(owners)]
  const byKey = numbers.groupByKey()
  const add = (a: number, b: number): number => a + b
  const close = { emit: 'on_close' } as const
  byKey
    .windowedBy(tumbling({ sizeMs: 10, graceMs }))
    .count({ store: 'w1', ...close })
    .toStream()
    .to(result('windows'))
  byKey
    .windowedBy(hopping({ sizeMs: 12, advanceMs: 4, graceMs }))
    .reduce(add, { store: 'w2' })
    .toStream()
    .to(result('updates'))
  byKey
    .windowedBy(sliding({ spanMs: 6, graceMs }))
    .count({ store: 'w3', ...close })
    .toStream()
    .to(result('windows'))
  byKey
    .windowedBy(sessions({ gapMs: 3, graceMs }))
    .reduce(add, { store: 'w4', ...close })
    .toStream()
    .to(result('windows'))
  const within = { beforeMs: 4, afterMs: 2, graceMs }
  numbers.outerJoin(others, (a, b) => `${a ?? '-'} ${b ?? '-'}`, { store: 'j', within }).to(result('pairs'))
  const [rows, named] = [flow.table(facts, { store: 't1' }), flow.table(owners, { store: 't2', historyMs: 40 })]
  const foreign = { name: 'owner', keyOf: (n: number) => 'abcd'[n % 5], store: 't3', subscribers: 't4' }
  rows
    .leftJoinForeign(named, foreign, (n, owner) => `${n} ${owner ?? '-'}`)
    .toStream()
    .to(result('rows'))
  rows
    .groupBy('parity', (n) => ({ key: n % 2 === 0 ? 'even' : 'odd', value: n }))
    .reduce({ store: 't5', add, subtract: (sum, n) => sum - n })
    .toStream()
    .to(result('groups'))
  rows.suppress({ store: 't6', waitMs: 5 }).toStream().to(result('held'))
  return flow
}

interface Fact {
  readonly to: 'facts' | 'owners'
  readonly key: string
  readonly value: number | undefined
  readonly timestampMs: number
}

const TOPICS = { facts: 2, owners: 2, ...Object.fromEntries(RESULTS.map((name) => [name, 1])) }

const graphFrom = (feed: readonly Fact[], batch: number, graceMs = 2): Graph =>
  withFlow(
    graphOf(TOPICS, [
      source({
        name: 'feed',
        to: ['facts', 'owners'],
        stores: [{ name: 'position', type: 'kv' }],
        create: () => ({
          async poll(context) {
            const position = context.store<number>('position')
            const from = position.get('at') ?? 0
            for (const { to, ...fact } of feed.slice(from, from + batch)) context.forward({ topic: to, ...fact })
            position.put('at', Math.min(feed.length, from + batch))
            return from + batch >= feed.length ? 'done' : 'more'
          },
        }),
      }),
    ]),
    everything(graceMs),
    SETTINGS,
  )

const dump = (graph: Graph, log: LocalLog): unknown =>
  RESULTS.map((name) =>
    log
      .read({ topic: graph.topics[name]!.topic, partition: 0 }, 0, 100_000)
      .records.map((r) => [Buffer.from(r.key!).toString(), r.value && Buffer.from(r.value).toString(), r.timestampMs]),
  )

const deadLetters = (log: LocalLog): unknown[] =>
  [...log.topics.keys()]
    .filter((name) => name.endsWith('.dlq'))
    .flatMap((name) => [...log.read({ topic: name, partition: 0 }, 0, 10).records])

const unitOver = (graph: Graph, log: LocalLog): Promise<Unit> =>
  buildUnit({
    graph,
    log,
    nodes: new Set(Object.keys(graph.nodes)),
    clock: systemClock,
    random: () => 0,
    logger: silentLogger,
    appVersion: '',
    boundedBySources: true,
    onForward: undefined,
  })

async function finish(unit: Unit): Promise<void> {
  for (;;) {
    for (const slot of unit.sources) if (!slot.done) slot.take(await slot.task.poll())
    if ((await unit.pump(10_000)) === 0 && unit.sources.every((slot) => slot.done)) break
  }
  unit.commit()
}

const fact = fc.record({
  to: fc.constantFrom('facts' as const, 'owners' as const),
  key: fc.constantFrom('a', 'b', 'c', 'd'),
  value: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined, freq: 6 }),
  ahead: fc.integer({ min: -6, max: 6 }),
})
/** Times that mostly go on; one far ahead at the end, which closes whatever is open. */
const feeds = fc.array(fact, { maxLength: 40 }).map((list): Fact[] => [
  ...list.map(({ ahead, ...one }, i) => ({ ...one, timestampMs: Math.max(0, i * 2 + ahead) })),
  ...(['a', 'b', 'c', 'd'] as const).flatMap((key, i): Fact[] => [
    { to: 'facts', key, value: 1, timestampMs: 1_000 + i },
    { to: 'owners', key, value: 1, timestampMs: 1_000 + i },
  ]),
])

test('operators killed anywhere, in whatever steps, end with what undisturbed ones end with', async () => {
  await fc.assert(
    fc.asyncProperty(
      feeds,
      fc.integer({ min: 1, max: 9 }),
      fc.array(fc.tuple(fc.constantFrom('pump', 'poll', 'commit', 'kill'), fc.integer({ min: 1, max: 12 })), {
        maxLength: 60,
      }),
      async (feed, batch, steps) => {
        const smooth = graphFrom(feed, 1_000)
        const expected = new LocalLog(new MemoryMedium())
        expected.ensureTopics(topicsOf(smooth, { changelogs: false }))
        await finish(await unitOver(smooth, expected))
        const graph = graphFrom(feed, batch)
        const medium = new MemoryMedium()
        let log = new LocalLog(medium)
        log.ensureTopics(topicsOf(graph, { changelogs: false }))
        let unit = await unitOver(graph, log)
        for (const [step, n] of steps) {
          if (step === 'pump') await unit.pump(n)
          else if (step === 'commit') unit.commit()
          else if (step === 'kill') {
            log = new LocalLog(medium)
            unit = await unitOver(graph, log)
          } else {
            const slot = unit.sources[0]!
            if (!slot.done) slot.take(await slot.task.poll())
          }
        }
        await finish(unit)
        expect(deadLetters(log)).toEqual([])
        expect(dump(graph, log)).toEqual(dump(smooth, expected))
      },
    ),
    { numRuns: 60 },
  )
})

const someFacts = Array.from(
  { length: 3_000 },
  (_, i): Fact => ({
    to: i % 3 === 0 ? 'owners' : 'facts',
    key: 'abcd'[(i * 7) % 4] as string,
    value: i % 11 === 0 ? undefined : i % 41,
    timestampMs: i + ((i * 13) % 5),
  }),
)

async function runToEnd(driver: LocalDriver, graph: Graph): Promise<void> {
  const app = createApplication({ graph, driver, processId: 'p', boundedBySources: true })
  await app.start()
  await app.whenIdle()
  await app.drain(10_000)
}

test('operators on lmdb, copied in mid-run as after a crash, end with the same records', async () => {
  const graph = graphFrom(someFacts, 50)
  const [calm, crashed, copy] = [folder(), folder(), folder()]
  const calmDriver = openEmbeddedLog({ folder: calm })
  await runToEnd(calmDriver, graph)
  const expected = dump(graph, calmDriver.localLog)
  await calmDriver.close()
  const driver = openEmbeddedLog({ folder: crashed })
  const app = createApplication({ graph: graphFrom(someFacts, 50), driver, processId: 'p', boundedBySources: true })
  await app.start()
  while (driver.localLog.stableOffset({ topic: 'g.windows', partition: 0 }) < 200)
    await new Promise((resolve) => setTimeout(resolve, 1))
  cpSync(crashed, copy, { recursive: true, filter: (file) => !file.endsWith('/lock') })
  await app.close()
  await driver.close()
  const again = openEmbeddedLog({ folder: copy })
  await runToEnd(again, graphFrom(someFacts, 50))
  expect(deadLetters(again.localLog)).toEqual([])
  expect(dump(graph, again.localLog)).toEqual(expected)
  await again.close()
}, 30_000)

test('state restored from the changelogs alone goes on as if nothing had happened', async () => {
  const graph = withFlow(graphOf(TOPICS, []), everything(100_000), SETTINGS)
  const feed = (driver: LocalDriver, some: readonly Fact[]): void => {
    const batch = driver.localLog.begin()
    for (const { to, key, value, timestampMs } of some) {
      const at = { topic: `g.${to}`, partition: partitionOf(key, 2), timestampMs, key: Buffer.from(key), headers: {} }
      batch.append({ ...at, value: value === undefined ? undefined : Buffer.from(String(value)) })
    }
    batch.commit([], [])
  }
  const run = async (parts: readonly (readonly Fact[])[]): Promise<LocalDriver> => {
    const driver = createMemoryDriver()
    for (const part of parts) {
      const app = createApplication({ graph, driver, processId: 'p' })
      await app.start()
      feed(driver, part)
      await app.whenIdle()
      await app.drain(10_000)
    }
    return driver
  }
  const end: Fact[] = [...'abcd'].flatMap((key) => [
    { to: 'facts', key, value: 1, timestampMs: 900_000 },
    { to: 'owners', key, value: 1, timestampMs: 900_000 },
  ])
  const some = someFacts.slice(0, 400)
  const [calm, restarted] = [
    await run([[...some, ...end]]),
    await run([some.slice(0, 150), some.slice(150, 151), [...some.slice(151), ...end]]),
  ]
  // Order between partitions is a matter of chance here; what closing windows give is not.
  const finals = (driver: LocalDriver) =>
    ['windows', 'pairs'].map((name) =>
      driver.localLog
        .read({ topic: `g.${name}`, partition: 0 }, 0, 100_000)
        .records.map((r) => `${Buffer.from(r.key!)} ${r.value && Buffer.from(r.value)} ${r.timestampMs}`)
        .sort(),
    )
  expect(deadLetters(restarted.localLog)).toEqual([])
  expect(finals(restarted)).toEqual(finals(calm))
  expect(finals(calm)[0]!.length).toBeGreaterThan(500)
}, 60_000)
