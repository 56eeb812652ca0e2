import { expect, test } from 'vitest'
import type { Graph, GraphNode } from '../graph.ts'
import type { LocalDriver } from '../log/local/local-driver.ts'
import { type Application, createApplication } from '../runtime/application.ts'
import { topicsOf } from '../runtime/internal-topics.ts'
import { graphOf, processor, source } from '../testing/graph-of.ts'
import { createMemoryDriver } from '../testing/memory-driver.ts'

const SYMBOLS = ['a', 'b', 'c', 'd', 'e']
const NEWS = 400

interface Item {
  readonly topic: 'news' | 'prices'
  readonly key: string
  readonly value: number
  readonly timestampMs: number
}

/** News of a symbol every 10 ms, a price of each every 50. */
const timeline: readonly Item[] = Array.from({ length: NEWS }, (_, i): Item[] => {
  const timestampMs = 1_000 + i * 10
  const news: Item = { topic: 'news', key: `n${i}`, value: i, timestampMs }
  const prices = SYMBOLS.map((key): Item => ({ topic: 'prices', key, value: i, timestampMs }))
  return i % 5 === 0 ? [...prices, news] : [news]
}).flat()

const replay = (): GraphNode =>
  source({
    name: 'replay',
    to: ['news', 'prices'],
    stores: [{ name: 'position', type: 'kv' }],
    commitIntervalMs: 2,
    create: () => ({
      async init(context) {
        context.watermark(timeline[context.store<number>('position').get('next') ?? 0]?.timestampMs ?? Infinity)
      },
      async poll(context) {
        const next = context.store<number>('position').get('next') ?? 0
        const items = timeline.slice(next, next + 7)
        for (const item of items) context.forward(item)
        context.store('position').put('next', next + items.length)
        context.watermark(timeline[next + items.length]?.timestampMs ?? Infinity)
        return next + items.length < timeline.length ? 'more' : 'done'
      },
    }),
  })

/** Each story is about one symbol, and is priced with the last price that was known when it came. */
function pricedGraph(maxTaskIdleMs: number): Graph {
  const read = processor({
    name: 'read',
    from: ['news'],
    to: ['claims'],
    commitIntervalMs: 2,
    create: () => ({
      process(record, context) {
        context.forward({ key: SYMBOLS[Number(record.value) % SYMBOLS.length], value: record.value })
      },
    }),
  })
  const price = processor({
    name: 'price',
    from: ['claims', 'prices'],
    to: ['priced'],
    stores: [{ name: 'last', type: 'kv' }],
    commitIntervalMs: 2,
    create: () => ({
      process(record, context) {
        const last = context.store<number>('last')
        if (record.topic === 'prices') last.put(record.key!, record.value as number)
        else context.forward({ key: record.key, value: [record.value, last.get(record.key!) ?? null] })
      },
    }),
  })
  const gather = processor({
    name: 'gather',
    from: ['priced'],
    broadcast: ['prices'],
    to: ['told'],
    // Kept in a store: whoever goes on from a commit does not get the price before it again.
    stores: [{ name: 'newest', type: 'kv' }],
    commitIntervalMs: 2,
    create: () => ({
      process(record, context) {
        const newest = context.store<number>('newest')
        if (record.topic === 'prices') newest.put('price', record.value as number)
        else context.forward({ key: record.key, value: [record.value, newest.get('price') ?? -1] })
      },
    }),
  })
  const graph = graphOf({ news: 4, prices: 4, claims: 4, priced: 1, told: 1 }, [replay(), read, price, gather])
  return { ...graph, eventTime: { sources: new Set(['replay']), maxTaskIdleMs } }
}

function freshDriver(graph: Graph): LocalDriver {
  const driver = createMemoryDriver()
  driver.localLog.ensureTopics(topicsOf(graph, { changelogs: true }))
  return driver
}

const toldOf = (driver: LocalDriver): unknown[] =>
  driver.localLog
    .read({ topic: 'g.told', partition: 0 }, 0, 100_000)
    .records.flatMap(({ value }) => (value === undefined ? [] : [JSON.parse(Buffer.from(value).toString())]))

/** The price before each story; of the same time, what a processor lists first under `from` comes first. */
const expected = timeline
  .filter((item) => item.topic === 'news')
  .map(({ value }) => {
    const before = Math.ceil(value / 5) * 5 - 5
    return before < 0 ? [[value, null], -1] : [[value, before], before]
  })

const run = async (graph: Graph, driver: LocalDriver, nodes: string[], processId: string): Promise<Application> => {
  const app = createApplication({ graph, driver, nodes, processId })
  await app.start()
  return app
}

const all = async (apps: readonly Application[]): Promise<void> => {
  // Several rounds: one may be idle before the one above it has written.
  for (let round = 0; round < 3; round++) for (const app of apps) await app.whenIdle()
}

test('processes of different speed price every story with what was known when it came, in its order', async () => {
  const graph = pricedGraph(Number.POSITIVE_INFINITY)
  const driver = freshDriver(graph)
  const apps = [await run(graph, driver, ['price'], 'p1'), await run(graph, driver, ['gather'], 'p2')]
  apps.push(await run(graph, driver, ['replay'], 'p3'))
  await apps[2]!.whenIdle()
  // Every price lies there before the first claim is made.
  apps.push(await run(graph, driver, ['read'], 'p4'), await run(graph, driver, ['read'], 'p5'))
  await all(apps)
  for (const app of apps) await app.drain(10_000)
  expect(toldOf(driver)).toEqual(expected)
})

test('a process that is killed and one that joins on the way change nothing', async () => {
  const graph = pricedGraph(Number.POSITIVE_INFINITY)
  const driver = freshDriver(graph)
  const names = ['price', 'gather', 'read', 'replay']
  const apps = await Promise.all(names.map((name) => run(graph, driver, [name], name)))
  for (const name of ['price', 'read', 'gather', 'price']) {
    const place = names.indexOf(name)
    await new Promise((resolve) => setTimeout(resolve, 15))
    await apps[place]!.close()
    apps.push(await run(graph, driver, [name], `${name}-more`))
    apps[place] = await run(graph, driver, [name], name)
  }
  await all(apps)
  for (const app of apps) await app.drain(10_000)
  expect(toldOf(driver)).toEqual(expected)
})

test('with a bound, a writer that never speaks is waited for no longer than that', async () => {
  const graph = pricedGraph(30)
  const driver = freshDriver(graph)
  const silent = { ...graph, eventTime: { sources: new Set(['replay', 'ghost']), maxTaskIdleMs: 30 } }
  const ghost = source({ name: 'ghost', to: ['prices'], create: () => ({ poll: async () => 'idle' }) })
  const withGhost = { ...silent, nodes: { ...silent.nodes, ghost } }
  const app = await run(withGhost, driver, ['replay', 'read', 'price', 'gather'], 'p1')
  await app.whenIdle()
  await app.drain(10_000)
  expect(toldOf(driver)).toHaveLength(NEWS)
})
