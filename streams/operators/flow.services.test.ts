import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { describeWith } from '../../test/services/require-service.ts'
import type { Graph } from '../graph.ts'
import { openKafkajsDriver } from '../log/kafkajs/driver.ts'
import { openLibrdkafkaDriver } from '../log/librdkafka/driver.ts'
import { loadNative } from '../log/librdkafka/native.ts'
import type { LogDriver } from '../log/port.ts'
import { partitionOf } from '../partition.ts'
import type { ProducerRecord } from '../record.ts'
import { createApplication } from '../runtime/application.ts'
import { topicsOf } from '../runtime/internal-topics.ts'
import { graphOf } from '../testing/graph-of.ts'
import { withFlow } from './compile-flow.ts'
import { Flow } from './flow.ts'
import { SETTINGS } from './testing/flow-driver.ts'
import { topic } from './topic.ts'
import { tumbling } from './windows.ts'

const folders: string[] = []
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'flow-'))
  folders.push(made)
  return made
}
afterAll(() => {
  for (const one of folders.splice(0)) rmSync(one, { recursive: true, force: true })
})

const hasNative = (): boolean => {
  try {
    return loadNative() !== undefined
  } catch {
    return false
  }
}

const GROUPS = 7
const WINDOW_MS = 500
const RECORDS = 3_000
// Not near 0: clients take the time 0 for none, and put their own.
const START_MS = 1_000_000
const END_MS = 10_000_000

/** Counts by group, through a repartition topic, in windows that are emitted when they close. */
function countGraph(guarantee: 'at_least_once' | 'exactly_once'): Graph {
  const graph = graphOf({ in: 3, out: 1 }, [])
  const name = `f${randomUUID().slice(0, 8)}`
  const topics = Object.entries(graph.topics).map(([key, spec]) => [key, { ...spec, topic: `${name}.${key}` }] as const)
  const flow = new Flow('p')
  flow
    .stream(topic<number>('in'))
    .groupBy('by_group', (n) => `g${n % GROUPS}`)
    .windowedBy(tumbling({ sizeMs: WINDOW_MS, graceMs: 1_000_000 }))
    .count({ store: 'counts', emit: 'on_close' })
    .toStream()
    .map(({ window, value }) => [window.startMs, value ?? 0])
    .to(topic<number[]>('out'))
  return withFlow({ name, nodes: {}, topics: Object.fromEntries(topics) }, flow, {
    ...SETTINGS,
    guarantee,
    commitIntervalMs: 50,
  })
}

async function feed(
  driver: LogDriver,
  graph: Graph,
  numbers: readonly number[],
  timeOf: (n: number) => number,
): Promise<void> {
  const outputs = numbers.map((n): ProducerRecord => {
    const key = Buffer.from(`k${n}`)
    const at = { topic: `${graph.name}.in`, partition: partitionOf(key, 3) }
    return { ...at, timestampMs: timeOf(n), key, value: Buffer.from(String(n)), headers: {} }
  })
  const producer = await driver.producer({ guarantee: 'at_least_once', transactionalId: `${graph.name}.feed` })
  await producer.commit({ outputs, consumer: undefined, groupId: '', offsets: new Map() })
  await producer.close()
}

interface Result {
  readonly window: string
  readonly count: number
}

async function resultsOf(driver: LogDriver, graph: Graph, expected: number): Promise<Result[]> {
  const at = { topic: `${graph.name}.out`, partition: 0 }
  const reader = await driver.reader([{ at, offset: 'earliest' }])
  const results: Result[] = []
  for (let silent = 0; silent < (results.length < expected ? 120 : 3); ) {
    const records = await reader.poll(1000, 250)
    silent = records.length === 0 ? silent + 1 : 0
    for (const { key, value } of records) {
      const [startMs, count] = JSON.parse(Buffer.from(value!).toString()) as [number, number]
      results.push({ window: `${Buffer.from(key!)} ${startMs}`, count })
    }
  }
  await reader.close()
  return results
}

const windowOf = (n: number): string => `g${n % GROUPS} ${START_MS + Math.floor(n / WINDOW_MS) * WINDOW_MS}`
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

describeWith(['kafka'], 'a flow on Kafka', ({ kafka }) => {
  const connection = { brokers: kafka.brokers, clientId: 'flow' }
  const cases = [
    { name: 'kafkajs', guarantee: 'at_least_once' as const, open: () => openKafkajsDriver(connection) },
    ...(hasNative()
      ? [{ name: 'librdkafka', guarantee: 'exactly_once' as const, open: () => openLibrdkafkaDriver(connection) }]
      : []),
  ]

  test.each(cases)(
    '$name: windows behind a repartition topic count every record once, over lost disks',
    async ({ guarantee, open }) => {
      const graph = countGraph(guarantee)
      const driver = open()
      const admin = await driver.admin()
      await admin.ensureTopics(topicsOf(graph, { changelogs: true }))
      await admin.close()
      for (const part of [range(0, 1_000), range(1_000, 1_700), range(1_700, RECORDS)]) {
        const app = createApplication({ graph, driver, processId: 'p1', stateDir: folder() })
        await app.start()
        await feed(driver, graph, part, (n) => START_MS + n)
        await app.whenIdle()
        await app.drain(20_000)
      }
      const last = createApplication({ graph, driver, processId: 'p1', stateDir: folder() })
      await last.start()
      await feed(driver, graph, range(0, GROUPS), () => END_MS)
      const counts = Map.groupBy(range(0, RECORDS), windowOf)
      const results = await resultsOf(driver, graph, counts.size)
      await last.drain(20_000)
      if (guarantee === 'exactly_once') expect(results.length).toBe(counts.size)
      for (const [window, all] of counts) {
        const found = results.filter((one) => one.window === window).map((one) => one.count)
        // At least once may count a record again; it never leaves one out.
        if (guarantee === 'exactly_once') expect([window, found]).toEqual([window, [all.length]])
        else expect(Math.max(0, ...found), window).toBeGreaterThanOrEqual(all.length)
      }
      await driver.close()
    },
  )
})
