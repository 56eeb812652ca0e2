import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openRegistryOperations } from '../../../schemas/index.ts'
import {
  type Application,
  createApplication,
  defineProcessor,
  type InputRecord,
  type LogDriver,
  openClusterOperations,
  openWireDriver,
  type Processor,
  type ProcessorContext,
  partitionKey,
  partitionOf,
  silentLogger,
} from '../../../streams/index.ts'
import { describeWith } from '../../../test/services/require-service.ts'
import { type CheckedTopology, checkTopology, compileTopology, facetsLike, stepsOf } from '../../../topology/index.ts'
import { readSettings } from '../../settings.ts'
import { openSerdes } from '../stores.ts'
import { carryOut } from './carry-out.ts'
import { makePlan, wantedBy, worldOf } from './make-plan.ts'
import type { Operations } from './open-operations.ts'
import { refuseUncarried } from './refuse-uncarried.ts'

const folder = mkdtempSync(join(tmpdir(), 'moved-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Counts by key, and says how many it has counted. */
function count({ key = '', value }: InputRecord, context: ProcessorContext): void {
  const counts = context.store<number>('counts')
  const so = (counts.get(key) ?? 0) + 1
  counts.put(key, so)
  context.forward({ key, value: { n: (value as { n: number }).n, count: so } })
}
const catalog = {
  count: defineProcessor({ type: 'count', summary: 'count', fields: {}, create: () => ({ process: count }) }),
  count_and_see: defineProcessor({
    type: 'count_and_see',
    summary: 'count',
    fields: {},
    create: () => ({
      process(record, context) {
        context.store<string>('last_source').put(record.key ?? '', (record.value as { source: string }).source)
        count(record, context)
      },
    }),
  }),
}

const PARTITIONS = 3
const KEYS = 20
const keyOf = (n: number): string => `k${n % KEYS}`
const record = (name: string, fields: readonly object[]) =>
  JSON.stringify({ type: 'record', name, namespace: 'test', fields })

/** The topology before and after: a processor and a store renamed, a store added, a field added to a topic's schema. */
function versions(name: string): { readonly before: CheckedTopology; readonly after: CheckedTopology } {
  const int = (field: string) => ({ name: field, type: 'int' })
  const written = (version: string, tick: readonly object[], rest: string): CheckedTopology => {
    const directory = mkdtempSync(join(folder, `${version}-`))
    writeFileSync(join(directory, 'tick.avsc'), record('Tick', tick))
    writeFileSync(join(directory, 'total.avsc'), record('Total', [int('n'), int('count')]))
    const text = `version: 1
name: ${name}
defaults: { commit: { interval: 50ms } }
schemas: { directory: ${directory} }
topics:
  ticks: { value: Tick, partitions: ${PARTITIONS} }
  totals: { value: Total, partitions: ${PARTITIONS} }
${rest}`
    const result = checkTopology(`${version}.yaml`, text, { env: {}, catalog })
    if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
    return result.topology
  }
  return {
    before: written(
      'before',
      [int('n')],
      `stores: { counts: { type: kv } }
processors: { counter: { run: count, from: ticks, to: totals, state: counts } }`,
    ),
    after: written(
      'after',
      [int('n'), { name: 'source', type: 'string', default: 'unknown' }],
      `moved: { processors: { counter: tally } }
stores: { counts: { type: kv }, last_source: { type: kv } }
processors: { tally: { run: count_and_see, from: ticks, to: totals, state: [counts, last_source] } }`,
    ),
  }
}

describeWith(['kafka', 'registry'], 'a rolling upgrade', ({ kafka, registry }) => {
  const settings = readSettings({ KAFKA_BROKERS: kafka.brokers.join(','), SCHEMA_REGISTRY_URL: registry.url })
  const open = (): Promise<LogDriver> | LogDriver => openWireDriver({ brokers: kafka.brokers, clientId: 'moved' })

  const appOf = async (topology: CheckedTopology, driver: LogDriver): Promise<Application> => {
    const serdes = await openSerdes(topology, settings)
    const none = (): never => {
      throw new Error('none here')
    }
    const graph = compileTopology(topology, {
      processor: (run) => catalog[run as keyof typeof catalog].create({}, {}) as Processor,
      source: none,
      sink: none,
      serde: (_, topic) => serdes.get(topic) ?? none(),
    })
    const stateDir = mkdtempSync(join(folder, 'state-'))
    return createApplication({ graph, driver, processId: randomUUID(), stateDir, logger: silentLogger })
  }

  const feed = async (topology: CheckedTopology, driver: LogDriver, from: number, to: number): Promise<void> => {
    const topic = `${topology.name}.ticks`
    const serde = (await openSerdes(topology, settings)).get(topic)
    const outputs = Array.from({ length: to - from }, (_, i) => {
      const key = Buffer.from(keyOf(from + i))
      const value = serde?.serialize({ n: from + i, source: 'later' })
      return { topic, partition: partitionOf(key, PARTITIONS), timestampMs: Date.now(), key, value, headers: {} }
    })
    const producer = await driver.producer({ guarantee: 'exactly_once', transactionalId: `${topology.name}.feed` })
    await producer.commit({ outputs, consumer: undefined, groupId: '', offsets: new Map() })
    await producer.close()
  }

  /** How often each key was counted, in the order of its records: 1, 2, 3, … where nothing is lost or doubled. */
  const countsOf = async (topology: CheckedTopology, driver: LogDriver, operations: Operations['operations']) => {
    const topic = `${topology.name}.totals`
    const serde = (await openSerdes(topology, settings)).get(topic)
    const all = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }))
    const ends = await operations.find(all, 'stable')
    const reader = await driver.reader(all.map((at) => ({ at, offset: 'earliest' as const })))
    const counts = new Map<string, number[]>()
    while (all.some((at) => (reader.position?.(at) ?? 0n) < (ends.get(partitionKey(at))?.offset ?? 0n)))
      for (const { key, value } of await reader.poll(1_000, 200)) {
        const name = Buffer.from(key!).toString()
        counts.set(name, [...(counts.get(name) ?? []), (serde!.deserialize(value!) as { count: number }).count])
      }
    await reader.close()
    return counts
  }

  test('a renamed processor with an added store and a wider schema goes on where it was: nothing lost, nothing twice', async () => {
    const name = `m${randomUUID().slice(0, 8)}`
    const { before, after } = versions(name)
    const driver = await open()
    const operations = await openClusterOperations({ brokers: kafka.brokers, clientId: 'moved' })
    const ports: Operations = { operations, registry: openRegistryOperations(registry.url), log: async () => driver }
    const planFor = (topology: CheckedTopology, prune = false) => makePlan(wantedBy(topology), ports, prune)
    const stepsLeft = async (plan: Awaited<ReturnType<typeof planFor>>) => {
      const wanted = wantedBy(after)
      return stepsOf(plan, facetsLike(await worldOf(wanted, ports), plan.world, wanted.digest))
    }

    await carryOut((await planFor(before)).changes, ports, () => {})
    const old = await appOf(before, driver)
    await old.start()
    await feed(before, driver, 0, 400)
    await old.whenIdle()
    expect((await planFor(after)).obstacles).toMatchObject([{ name: `${name}.counter`, message: /has members/ }])
    await old.drain(20_000)
    await feed(before, driver, 400, 500)

    const plan = await planFor(after)
    expect(plan.obstacles).toEqual([])
    const [copy, carry] = plan.changes.filter(({ grade }) => grade === 'disruptive')
    expect([copy?.action, carry?.action]).toMatchObject([
      { kind: 'copy_topic', from: `${name}.counter.counts.changelog`, to: `${name}.tally.counts.changelog` },
      { kind: 'carry_offsets', from: `${name}.counter`, to: `${name}.tally` },
    ])
    // Stopped in the middle of the copy, and again before the offsets: the same plan goes on.
    const dying: Operations = { ...ports, log: async () => dyingAtTheSecondReader(driver) }
    await expect(carryOut((await stepsLeft(plan)).pending, dying, () => {})).rejects.toThrow('killed')
    const left = await stepsLeft(plan)
    expect(left.moved).toEqual([])
    expect(left.pending.map(({ action }) => action.kind)).toEqual(['copy_topic', 'carry_offsets'])
    await expect(
      carryOut(left.pending, ports, ({ action }) => {
        if (action.kind === 'carry_offsets') throw new Error('killed')
      }),
    ).rejects.toThrow('killed')
    await expect(refuseUncarried(after, settings)).rejects.toThrow('not carried yet')
    const last = await stepsLeft(plan)
    expect(last.pending.map(({ action }) => action.kind)).toEqual(['carry_offsets'])
    await carryOut(last.pending, ports, () => {})
    expect(await stepsLeft(plan)).toMatchObject({ pending: [], moved: [] })
    expect((await planFor(after)).changes).toEqual([])

    await refuseUncarried(after, settings)
    const next = await appOf(after, driver)
    await next.start()
    await feed(after, driver, 500, 900)
    await next.whenIdle()
    const counts = await countsOf(after, driver, operations)
    expect(counts.size).toBe(KEYS)
    for (const [key, found] of counts) expect({ key, found }).toEqual({ key, found: range(900 / KEYS) })
    const seen = next.store<string>('tally', 'last_source').map((store) => [...store.range(undefined, undefined)])
    expect(new Set(seen.flat().map(([, source]) => source))).toEqual(new Set(['later']))
    const committed = await operations.offsets(`${name}.tally`)
    const ends = await operations.find(
      committed.map(({ at }) => at),
      'stable',
    )
    const behind = await operations.peek(
      committed.map(({ at, committed: { offset } }) => ({ at, offset, end: ends.get(partitionKey(at))?.offset ?? 0n })),
      100,
    )
    expect([...behind.values()].map(({ records }) => records)).toEqual([0n, 0n, 0n])
    await next.drain(20_000)

    // The old stays until somebody names it.
    const pruned = await planFor(after, true)
    expect(pruned.changes.map((change) => [change.grade, change.name])).toEqual([
      ['destructive', `${name}.counter.counts.changelog`],
      ['destructive', `${name}.counter.dlq`],
      ['destructive', `${name}.counter`],
    ])
    await carryOut(pruned.changes, ports, () => {})
    // Brokers hear of a deletion one after the other.
    await expect.poll(async () => (await planFor(after, true)).changes, { timeout: 20_000 }).toEqual([])
    await operations.close()
    await driver.close()
  }, 120_000)
})

const range = (to: number): number[] => Array.from({ length: to }, (_, i) => i + 1)

function dyingAtTheSecondReader(driver: LogDriver): LogDriver {
  let readers = 0
  return new Proxy(driver, {
    get(target, key) {
      if (key === 'reader') {
        return (...args: Parameters<LogDriver['reader']>) => {
          readers += 1
          if (readers > 1) throw new Error('killed')
          return target.reader(...args)
        }
      }
      const found = Reflect.get(target, key)
      return typeof found === 'function' ? found.bind(target) : found
    },
  })
}
