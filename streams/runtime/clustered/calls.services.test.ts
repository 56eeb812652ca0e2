import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { describeWith } from '../../../test/services/require-service.ts'
import { DEFAULT_CALLS, type Graph, groupOf } from '../../graph.ts'
import type { LogDriver } from '../../log/port.ts'
import { openWireDriver } from '../../log/wire/driver.ts'
import { partitionOf } from '../../partition.ts'
import { partitionKey } from '../../record.ts'
import { graphOf, processor } from '../../testing/graph-of.ts'
import { type Application, createApplication } from '../application.ts'
import { topicsOf } from '../internal-topics.ts'

const folders: string[] = []
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'calls-'))
  folders.push(made)
  return made
}
afterAll(() => {
  for (const one of folders.splice(0)) rmSync(one, { recursive: true, force: true })
})

const KEYS = 20
const RECORDS = 400

/** Asks about a number; what is asked is told, and one key can be without answer. */
function askGraph(asked: number[], isStuck: (value: number) => boolean): Graph {
  const graph = graphOf({ in: 2, out: 2 }, [
    processor({
      name: 'ask',
      from: ['in'],
      to: ['out'],
      commitIntervalMs: 50,
      calls: { ...DEFAULT_CALLS, concurrency: 16 },
      create: () => ({
        async call({ key, value }) {
          asked.push(value as number)
          if (isStuck(value as number)) await new Promise(() => {})
          await new Promise((resolve) => setTimeout(resolve, (value as number) % 9))
          return (context) => context.forward({ key, value })
        },
      }),
    }),
  ])
  const name = `a${randomUUID().slice(0, 8)}`
  const topics = Object.entries(graph.topics).map(([key, spec]) => [key, { ...spec, topic: `${name}.${key}` }] as const)
  return { ...graph, name, topics: Object.fromEntries(topics) }
}

async function readOut(driver: LogDriver, graph: Graph, wanted: number): Promise<number[]> {
  const at = [0, 1].map((partition) => ({ at: { topic: `${graph.name}.out`, partition }, offset: 'earliest' as const }))
  const reader = await driver.reader(at)
  const values: number[] = []
  for (let quiet = 0; values.length < wanted && quiet < 100; quiet++) {
    const records = await reader.poll(1_000, 200)
    if (records.length > 0) quiet = 0
    for (const { value } of records) values.push(Number(Buffer.from(value!).toString()))
  }
  await reader.close()
  return values
}

describeWith(['kafka'], 'calls on Kafka', ({ kafka }) => {
  test('a process that is gone in the middle of calls has nothing done asked again, and nothing is lost or doubled', async () => {
    const driver = openWireDriver({ brokers: kafka.brokers, clientId: 'calls' })
    const asked: number[] = []
    let stuckKey = 3
    const graph = askGraph(asked, (value) => value % KEYS === stuckKey)
    const admin = await driver.admin()
    await admin.ensureTopics(topicsOf(graph, { changelogs: true }))
    const producer = await driver.producer({ guarantee: 'at_least_once', transactionalId: `${graph.name}.feed` })
    const outputs = Array.from({ length: RECORDS }, (_, i) => {
      const key = Buffer.from(`k${i % KEYS}`)
      const value = Buffer.from(String(i))
      return { topic: `${graph.name}.in`, partition: partitionOf(key, 2), timestampMs: i, key, value, headers: {} }
    })
    await producer.commit({ outputs, consumer: undefined, groupId: '', offsets: new Map() })
    const start = async (): Promise<Application> => {
      const app = createApplication({ graph, driver, processId: 'p', stateDir: folder() })
      await app.start()
      return app
    }
    const first = await start()
    const before = await readOut(driver, graph, RECORDS - RECORDS / KEYS)
    await first.close()
    // A reader knows of outputs no sooner than the group of their offsets.
    const at = { topic: `${graph.name}.in`, partition: partitionOf(Buffer.from(`k${stuckKey}`), 2) }
    const committed = (await admin.committedOffsets(groupOf(graph, 'ask'), [at.topic])).get(partitionKey(at))
    expect(committed?.metadata).toContain('"done":')
    expect(committed?.metadata.length).toBeLessThan(1_600)
    expect(before).toHaveLength(RECORDS - RECORDS / KEYS)
    asked.length = 0
    stuckKey = -1
    const second = await start()
    const all = await readOut(driver, graph, RECORDS)
    await second.whenIdle()
    await second.drain(10_000)
    expect(asked.toSorted((a, b) => a - b)).toEqual(Array.from({ length: RECORDS / KEYS }, (_, i) => 3 + i * KEYS))
    expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: RECORDS }, (_, i) => i))
    for (const [key, values] of Map.groupBy(all, (value) => value % KEYS))
      expect(values, `k${key}`).toEqual(values.toSorted((a, b) => a - b))
    await producer.close()
    await admin.close()
    await driver.close()
  })
})
