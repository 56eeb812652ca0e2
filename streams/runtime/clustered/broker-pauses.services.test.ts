import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningKafka, startKafka } from '../../../test/services/index.ts'
import { describeWith } from '../../../test/services/require-service.ts'
import type { Graph } from '../../graph.ts'
import type { KafkaConnection } from '../../log/kafka/connection.ts'
import { openLibrdkafkaDriver } from '../../log/librdkafka/driver.ts'
import type { LogDriver } from '../../log/port.ts'
import { openWireDriver } from '../../log/wire/driver.ts'
import { graphOf, processor, source } from '../../testing/graph-of.ts'
import { createApplication } from '../application.ts'
import { topicsOf } from '../internal-topics.ts'

const RECORDS = 4_000
const BATCH = 20

/** A source counts up, a processor copies and counts per key; both exactly once. */
function countingGraph(): Graph {
  const numbers = source({
    name: 'numbers',
    to: ['in'],
    stores: [{ name: 'position', type: 'kv' }],
    commitIntervalMs: 50,
    create: () => ({
      async poll(context) {
        const next = context.store<number>('position').get('next') ?? 0
        const values = Array.from({ length: Math.min(BATCH, RECORDS - next) }, (_, i) => next + i)
        for (const value of values) context.forward({ key: `k${value % 16}`, value, timestampMs: value })
        context.store('position').put('next', next + values.length)
        await sleep(20)
        return next + values.length < RECORDS ? 'more' : 'done'
      },
    }),
  })
  const copy = processor({
    name: 'copy',
    from: ['in'],
    to: ['out'],
    stores: [{ name: 'counts', type: 'kv' }],
    commitIntervalMs: 50,
    create: () => ({
      process(record, context) {
        const counts = context.store<number>('counts')
        const count = (counts.get(record.key!) ?? 0) + 1
        counts.put(record.key!, count)
        context.forward({ key: record.key, value: [record.value, count] })
      },
    }),
  })
  const graph = graphOf({ in: 4, out: 4 }, [numbers, copy])
  const name = `p${randomUUID().slice(0, 8)}`
  const topics = Object.entries(graph.topics).map(([key, spec]) => [key, { ...spec, topic: `${name}.${key}` }] as const)
  return { ...graph, name, topics: Object.fromEntries(topics) }
}

async function copiesOf(driver: LogDriver, graph: Graph): Promise<[value: number, count: number][]> {
  const topic = `${graph.name}.out`
  const reader = await driver.reader(
    [0, 1, 2, 3].map((partition) => ({ at: { topic, partition }, offset: 'earliest' })),
  )
  const copies: [number, number][] = []
  for (let silent = 0; silent < (copies.length < RECORDS ? 40 : 4); ) {
    const records = await reader.poll(1_000, 250)
    silent = records.length === 0 ? silent + 1 : 0
    for (const { value } of records) copies.push(JSON.parse(Buffer.from(value!).toString()))
  }
  await reader.close()
  return copies.sort((a, b) => a[0] - b[0])
}

describeWith(['kafka'], 'a broker that stands still', () => {
  let broker: RunningKafka
  beforeAll(async () => {
    // Not taken for dead by its own controller meanwhile: see what a broker without leader forgets, docs/drivers.md.
    broker = await startKafka({ heapMb: 200, properties: { 'broker.session.timeout.ms': '30000' } })
  })
  afterAll(() => broker.stop())

  const drivers: readonly [string, (connection: KafkaConnection) => LogDriver][] = [
    ['wire', (connection) => openWireDriver(connection)],
    ['librdkafka', (connection) => openLibrdkafkaDriver(connection)],
  ]
  test.each(drivers)('%s: twelve seconds, past every session, lose nothing and repeat nothing', async (_, open) => {
    const graph = countingGraph()
    const driver = open({ brokers: broker.brokers, clientId: 'pauses' })
    const admin = await driver.admin()
    await admin.ensureTopics(topicsOf(graph, { changelogs: true }))
    await admin.close()
    const app = createApplication({ graph, driver, processId: 'p1' })
    await app.start()
    await sleep(1_500)
    broker.pause()
    await sleep(12_000)
    broker.resume()
    await app.whenIdle()
    await app.drain(10_000)
    const copies = await copiesOf(driver, graph)
    expect(copies.map(([value]) => value)).toEqual(Array.from({ length: RECORDS }, (__, i) => i))
    expect(copies.map(([, count]) => count)).toEqual(copies.map(([value]) => Math.floor(value / 16) + 1))
    await driver.close()
  })
})
