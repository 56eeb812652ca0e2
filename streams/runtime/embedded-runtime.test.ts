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
import type { InputRecord } from '../record.ts'
import { graphOf, processor, sink, source } from '../testing/graph-of.ts'
import { createApplication } from './application.ts'
import { buildUnit } from './build-unit.ts'
import { topicsOf } from './internal-topics.ts'
import { silentLogger } from './logger.ts'
import type { Unit } from './unit.ts'

const folders: string[] = []
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'unit-'))
  folders.push(made)
  return made
}
afterEach(() => {
  for (const one of folders.splice(0)) rmSync(one, { recursive: true, force: true })
})

interface Fact {
  readonly key: string
  readonly value: number
  readonly timestampMs: number
}

/** Forwards facts in batches, from the position in its store. */
const factSource = (name: string, facts: readonly Fact[], batch: number) =>
  source({
    name,
    to: ['facts'],
    stores: [{ name: 'position', type: 'kv' }],
    create: () => ({
      async poll(context) {
        const store = context.store<number>('position')
        const from = store.get('at') ?? 0
        for (const fact of facts.slice(from, from + batch)) context.forward(fact)
        store.put('at', Math.min(facts.length, from + batch))
        return from + batch >= facts.length ? 'done' : 'more'
      },
    }),
  })

/** Order-sensitive on purpose: a hash over everything seen, per key; a loop; a join over two topics; a timer. */
function chainGraph(sources: readonly { name: string; facts: readonly Fact[]; batch: number }[]): Graph {
  const hash = (a: number, b: number): number => (Math.imul(a, 31) + b) | 0
  return graphOf({ facts: 3, sums: 3, loop: 3, out: 2, ticks: 1 }, [
    ...sources.map((one) => factSource(one.name, one.facts, one.batch)),
    processor({
      name: 'sum',
      from: ['facts', 'loop'],
      to: ['sums', 'ticks'],
      stores: [{ name: 's', type: 'kv' }],
      create: () => ({
        init(context) {
          context.schedule(7, 'stream_time', (timeMs) =>
            context.forward({ topic: 'ticks', key: context.taskId, value: timeMs }),
          )
        },
        process(record, context) {
          const store = context.store<number>('s')
          const next = hash(store.get('all') ?? 7, record.value as number)
          store.put('all', next)
          store.put(record.key!, hash(store.get(record.key!) ?? 1, record.value as number))
          if (record.value === 13) throw new Error('unlucky')
          context.forward({
            topic: 'sums',
            key: record.key,
            value: [...store.range()].reduce((h, [, v]) => hash(h, v), 0),
          })
        },
      }),
    }),
    processor({
      name: 'split',
      from: ['sums'],
      to: ['loop', 'out'],
      create: () => ({
        process(record, context) {
          const value = record.value as number
          if (value % 3 === 0)
            context.forward({ topic: 'loop', key: record.key, value: value >> 4, timestampMs: record.timestampMs + 5 })
          context.forward({ topic: 'out', key: `${value & 7}`, value })
        },
      }),
    }),
  ])
}

const unitOver = (graph: Graph, log: LocalLog, boundedBySources = true): Promise<Unit> =>
  buildUnit({
    graph,
    log,
    nodes: new Set(Object.keys(graph.nodes)),
    clock: systemClock,
    random: () => 0,
    logger: silentLogger,
    appVersion: '',
    boundedBySources,
    onForward: undefined,
  })

const dump = (graph: Graph, log: LocalLog): unknown =>
  Object.values(graph.topics).map(({ topic, partitions }) =>
    Array.from({ length: partitions }, (_, partition) =>
      log
        .read({ topic, partition }, 0, 100_000)
        .records.map((r) => [Buffer.from(r.key!).toString(), Buffer.from(r.value!).toString(), r.timestampMs]),
    ),
  )

const facts = fc
  .array(
    fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      value: fc.integer({ min: 0, max: 40 }),
      timestampMs: fc.integer({ min: 0, max: 60 }),
    }),
    { maxLength: 40 },
  )
  .map((list) => [...list].sort((a, b) => a.timestampMs - b.timestampMs))

test('a run that is killed anywhere, in whatever steps, ends with what an undisturbed one ends with', async () => {
  await fc.assert(
    fc.asyncProperty(
      facts,
      facts,
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.array(
        fc.tuple(fc.constantFrom('pump', 'poll0', 'poll1', 'commit', 'kill', 'crash'), fc.integer({ min: 1, max: 12 })),
        {
          maxLength: 60,
        },
      ),
      async (first, second, batch0, batch1, steps) => {
        const finish = async (unit: Unit): Promise<void> => {
          for (;;) {
            for (const slot of unit.sources) if (!slot.done) slot.take(await slot.task.poll())
            if ((await unit.pump(10_000)) === 0 && unit.sources.every((slot) => slot.done)) break
          }
          unit.commit()
          expect(unit.idle).toBe(true)
        }
        const smooth = chainGraph([
          { name: 'news', facts: first, batch: 1000 },
          { name: 'bars', facts: second, batch: 1000 },
        ])
        const expected = new LocalLog(new MemoryMedium())
        expected.ensureTopics(topicsOf(smooth, { changelogs: false }))
        await finish(await unitOver(smooth, expected))

        const graph = chainGraph([
          { name: 'news', facts: first, batch: batch0 },
          { name: 'bars', facts: second, batch: batch1 },
        ])
        const medium = new MemoryMedium()
        let log = new LocalLog(medium)
        log.ensureTopics(topicsOf(graph, { changelogs: false }))
        let unit = await unitOver(graph, log)
        for (const [step, n] of steps) {
          if (step === 'pump') await unit.pump(n)
          else if (step === 'commit') unit.commit()
          else if (step === 'kill' || step === 'crash') {
            if (step === 'crash') unit.commit()
            log = new LocalLog(medium)
            unit = await unitOver(graph, log)
          } else {
            const slot = unit.sources[Number(step.at(-1))]!
            if (!slot.done) slot.take(await slot.task.poll())
          }
        }
        await finish(unit)
        expect(dump(graph, log)).toEqual(dump(smooth, expected))
      },
    ),
    { numRuns: 150 },
  )
})

const lines = (name: string, from: string[], written: InputRecord[], extra = {}) =>
  sink({
    name,
    from,
    create: () => ({
      async write(records) {
        written.push(...records)
      },
    }),
    ...extra,
  })

const someFacts = Array.from({ length: 3000 }, (_, i): Fact => ({ key: `k${i % 5}`, value: i % 41, timestampMs: i }))

async function runToEnd(driver: LocalDriver, graph: Graph): Promise<void> {
  const app = createApplication({ graph, driver, processId: 'p', boundedBySources: true })
  await app.start()
  await app.whenIdle()
  expect((await app.lag()).every((lag) => lag.lagRecords === 0n)).toBe(true)
  await app.drain(10_000)
  expect(app.state).toBe('not_running')
}

test('an application on lmdb, copied in mid-run as after a crash, ends with the same records; sinks get each at least once', async () => {
  const written: InputRecord[] = []
  const graph = (): Graph => {
    const base = chainGraph([{ name: 'news', facts: someFacts, batch: 50 }])
    return { ...base, nodes: { ...base.nodes, lines: lines('lines', ['out'], written) } }
  }
  const [calm, crashed, copy] = [folder(), folder(), folder()]
  const calmDriver = openEmbeddedLog({ folder: calm })
  await runToEnd(calmDriver, graph())
  const expected = dump(graph(), calmDriver.localLog)
  const outs = new Set(written.map((r) => `${r.partition}/${r.offset}/${r.value}`))
  expect(written.length).toBe(outs.size)
  await calmDriver.close()

  const driver = openEmbeddedLog({ folder: crashed })
  const app = createApplication({ graph: graph(), driver, processId: 'p', boundedBySources: true })
  await app.start()
  while (driver.localLog.stableOffset({ topic: 'g.out', partition: 0 }) < 200)
    await new Promise((resolve) => setTimeout(resolve, 1))
  cpSync(crashed, copy, { recursive: true, filter: (file) => !file.endsWith('/lock') })
  await app.close()
  await driver.close()
  const again = openEmbeddedLog({ folder: copy })
  await runToEnd(again, graph())
  expect(dump(graph(), again.localLog)).toEqual(expected)
  expect(new Set(written.map((r) => `${r.partition}/${r.offset}/${r.value}`))).toEqual(outs)
  await again.close()
})

test('a sink retries what may pass, and puts aside only the records that are refused', async () => {
  const written: unknown[] = []
  let calls = 0
  const graph = graphOf({ facts: 3 }, [
    factSource('news', someFacts.slice(0, 30), 10),
    sink({
      name: 'store',
      from: ['facts'],
      create: () => ({
        async write(records) {
          calls += 1
          if (calls < 3) throw Object.assign(new Error('down'), { retriable: true })
          if (records.some((r) => r.value === 7)) throw new Error('refused')
          written.push(...records.map((r) => r.value))
        },
      }),
    }),
  ])
  const driver = openEmbeddedLog({ folder: folder() })
  await runToEnd(driver, graph)
  expect([...written].sort((a, b) => Number(a) - Number(b))).toEqual(
    Array.from({ length: 30 }, (_, i) => i).filter((i) => i !== 7),
  )
  const [letter] = driver.localLog.read({ topic: 'g.store.dlq', partition: 0 }, 0, 10).records
  expect(letter!.headers).toMatchObject({
    'dlq.stage': 'sink',
    'dlq.error.message': 'refused',
    '__connect.errors.stage': 'TASK_PUT',
  })
  await driver.close()
})

test('live, a call that takes long holds up its own task only, and a drain waits for it', async () => {
  const seen: string[] = []
  const slow = Promise.withResolvers<void>()
  const graph = graphOf({ facts: 2 }, [
    processor({
      name: 'p',
      from: ['facts'],
      create: () => ({
        async process(record) {
          if (record.partition === 0) await slow.promise
          seen.push(`${record.partition}`)
        },
      }),
    }),
  ])
  const driver = openEmbeddedLog({ folder: folder() })
  const app = createApplication({ graph, driver, processId: 'p' })
  await app.start()
  const batch = driver.localLog.begin()
  for (const partition of [0, 1, 1, 0])
    batch.append({ topic: 'g.facts', partition, timestampMs: 1, key: undefined, value: Buffer.from('1'), headers: {} })
  batch.commit([], [])
  while (seen.length < 2) await new Promise((resolve) => setTimeout(resolve, 2))
  expect(seen).toEqual(['1', '1'])
  const drained = app.drain(10_000)
  slow.resolve()
  await drained
  const late = seen.slice(2)
  expect(late).toContain('0')
  expect(driver.localLog.committed('g.p', { topic: 'g.facts', partition: 0 })?.offset).toBe(BigInt(late.length))
  await driver.close()
})

test('live, what a call gave that outlived a commit is committed too', async () => {
  const slow = Promise.withResolvers<void>()
  const graph = graphOf({ facts: 1 }, [
    processor({ name: 'p', from: ['facts'], create: () => ({ process: () => slow.promise }) }),
  ])
  const log = new LocalLog(new MemoryMedium())
  log.ensureTopics(topicsOf(graph, { changelogs: false }))
  const batch = log.begin()
  const at = { topic: 'g.facts', partition: 0 }
  batch.append({ ...at, timestampMs: 1, key: undefined, value: Buffer.from('1'), headers: {} })
  batch.commit([], [])
  const unit = await unitOver(graph, log, false)
  await unit.pump(10)
  unit.commit()
  expect(unit.idle).toBe(false)
  slow.resolve()
  await unit.settle()
  expect(unit.dirty).toBe(true)
  unit.commit()
  expect(log.committed('g.p', at)?.offset).toBe(1n)
})

test('a processor whose policy is to stop stops the application, and its record is there at the next start', async () => {
  const errors = { retryMax: 0, backoffMinMs: 1, backoffMaxMs: 1, then: 'stop' as const }
  let broken = true
  const done: unknown[] = []
  const graph = graphOf({ facts: 1 }, [
    factSource('news', someFacts.slice(0, 5), 10),
    processor({
      name: 'p',
      from: ['facts'],
      errors,
      create: () => ({
        process(record) {
          if (broken && record.value === 3) throw new Error('no')
          done.push(record.value)
        },
      }),
    }),
  ])
  const driver = openEmbeddedLog({ folder: folder() })
  const app = createApplication({ graph, driver, processId: 'p' })
  await app.start()
  await expect(app.whenIdle()).rejects.toThrow(/task p_0 stops at g.facts-0 @ 3, stage process: no/)
  expect(app.state).toBe('error')
  await app.close()
  broken = false
  await runToEnd(driver, graph)
  expect(done.slice(-2)).toEqual([3, 4])
  await driver.close()
})

test('records of other writers are taken in without a gap, however they mix with our own', async () => {
  const written: InputRecord[] = []
  const graph = graphOf({ in: 1, mid: 1 }, [
    processor({
      name: 'p',
      from: ['in'],
      to: ['mid'],
      create: () => ({ process: (r, c) => c.forward({ key: 'own', value: r.value }) }),
    }),
    processor({ name: 'q', from: ['mid'], create: () => ({ process: (r) => void written.push(r) }) }),
  ])
  const driver = openEmbeddedLog({ folder: folder() })
  const app = createApplication({ graph, driver, processId: 'p' })
  await app.start()
  for (let i = 0; i < 200; i++) {
    const batch = driver.localLog.begin()
    batch.append({
      topic: 'g.in',
      partition: 0,
      timestampMs: i,
      key: undefined,
      value: Buffer.from(String(i)),
      headers: {},
    })
    if (i % 3 === 0)
      batch.append({
        topic: 'g.mid',
        partition: 0,
        timestampMs: i,
        key: undefined,
        value: Buffer.from('"x"'),
        headers: {},
      })
    batch.commit([], [])
    if (i % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await app.whenIdle()
  expect(written.map((r) => r.offset)).toEqual(Array.from({ length: 267 }, (_, i) => BigInt(i)))
  expect(written.filter((r) => r.value !== 'x').map((r) => r.value)).toEqual(Array.from({ length: 200 }, (_, i) => i))
  await app.drain(10_000)
  await driver.close()
})

test('live, a table takes a record at once, also when older ones wait elsewhere; a restart has it too', async () => {
  const seen: unknown[] = []
  const graph = graphOf({ in: 1, names: { cleanup: 'compact' } }, [
    processor({
      name: 'p',
      from: ['in'],
      tables: { names: 'names' },
      create: () => ({
        process: (r, c) => void seen.push([r.timestampMs, c.table('names').get('k')]),
      }),
    }),
  ])
  const driver = openEmbeddedLog({ folder: folder() })
  const put = (topic: string, timestampMs: number, value: string): void => {
    const batch = driver.localLog.begin()
    batch.append({ topic, partition: 0, timestampMs, key: Buffer.from('k'), value: Buffer.from(value), headers: {} })
    batch.commit([], [])
  }
  const first = createApplication({ graph, driver, processId: 'p' })
  await first.start()
  put('g.names', 1_000, '"new"')
  put('g.in', 1, '0')
  await first.whenIdle()
  await first.drain(10_000)
  const second = createApplication({ graph, driver, processId: 'p' })
  await second.start()
  put('g.in', 2, '0')
  await second.whenIdle()
  await second.drain(10_000)
  expect(seen).toEqual([
    [1, 'new'],
    [2, 'new'],
  ])
  await driver.close()
})
