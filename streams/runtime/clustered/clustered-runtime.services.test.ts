import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { describeWith } from '../../../test/services/require-service.ts'
import type { Graph } from '../../graph.ts'
import { openKafkajsDriver } from '../../log/kafkajs/driver.ts'
import { openLibrdkafkaDriver } from '../../log/librdkafka/driver.ts'
import { loadNative } from '../../log/librdkafka/native.ts'
import type { LogDriver } from '../../log/port.ts'
import { openWireDriver } from '../../log/wire/driver.ts'
import { partitionOf } from '../../partition.ts'
import type { ProducerRecord } from '../../record.ts'
import { graphOf, processor } from '../../testing/graph-of.ts'
import { createApplication } from '../application.ts'
import { topicsOf } from '../internal-topics.ts'

const folders: string[] = []
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'clustered-'))
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

/** The graph of the unit tests under a name of its own: per key 1, 2, 3, …; a rate that every task hears. */
function countGraph(guarantee: 'at_least_once' | 'exactly_once'): Graph {
  const graph = graphOf({ in: 4, rates: 1, out: 4 }, [
    processor({
      name: 'count',
      from: ['in'],
      broadcast: ['rates'],
      to: ['out'],
      guarantee,
      stores: [{ name: 'counts', type: 'kv' }],
      commitIntervalMs: 50,
      create: () => ({
        process(record, context) {
          if (record.topic === 'rates') return
          const store = context.store<number>('counts')
          const count = (store.get(record.key!) ?? 0) + 1
          store.put(record.key!, count)
          context.forward({ key: record.key, value: count })
        },
      }),
    }),
  ])
  const name = `c${randomUUID().slice(0, 8)}`
  const topics = Object.entries(graph.topics).map(([key, spec]) => [key, { ...spec, topic: `${name}.${key}` }] as const)
  return { ...graph, name, topics: Object.fromEntries(topics) }
}

async function feed(driver: LogDriver, graph: Graph, from: number, to: number): Promise<void> {
  const outputs = Array.from({ length: to - from }, (_, n): ProducerRecord => {
    const key = Buffer.from(`k${(from + n) % 10}`)
    const partition = partitionOf(key, 4)
    return {
      topic: `${graph.name}.in`,
      partition,
      timestampMs: from + n,
      key,
      value: Buffer.from(String(from + n)),
      headers: {},
    }
  })
  const producer = await driver.producer({ guarantee: 'at_least_once', transactionalId: `${graph.name}.feed` })
  await producer.commit({ outputs, consumer: undefined, groupId: '', offsets: new Map() })
  await producer.close()
}

async function countsOf(driver: LogDriver, graph: Graph, expected: number): Promise<Map<string, number[]>> {
  const at = (partition: number) => ({ topic: `${graph.name}.out`, partition })
  const reader = await driver.reader([0, 1, 2, 3].map((p) => ({ at: at(p), offset: 'earliest' as const })))
  const counts = new Map<string, number[]>()
  for (let read = 0, silent = 0; silent < (read < expected ? 40 : 3); ) {
    const records = await reader.poll(1000, 250)
    silent = records.length === 0 ? silent + 1 : 0
    read += records.length
    for (const { key, value } of records) {
      const name = Buffer.from(key!).toString()
      counts.set(name, [...(counts.get(name) ?? []), Number(Buffer.from(value!).toString())])
    }
  }
  await reader.close()
  return counts
}

describeWith(['kafka'], 'a shared log that is Kafka', ({ kafka }) => {
  const connection = { brokers: kafka.brokers, clientId: 'clustered' }
  const cases = [
    { name: 'kafkajs', guarantee: 'at_least_once' as const, open: () => openKafkajsDriver(connection) },
    { name: 'wire', guarantee: 'exactly_once' as const, open: () => openWireDriver(connection) },
    ...(hasNative()
      ? [{ name: 'librdkafka', guarantee: 'exactly_once' as const, open: () => openLibrdkafkaDriver(connection) }]
      : []),
  ]

  test.each(cases)(
    '$name: counting goes on over a second instance, a hand-over and a lost disk',
    async ({ guarantee, open }) => {
      const graph = countGraph(guarantee)
      const driver = open()
      const admin = await driver.admin()
      await admin.ensureTopics(topicsOf(graph, { changelogs: true }))
      await admin.close()
      const start = async (processId: string) => {
        const app = createApplication({ graph, driver, processId, stateDir: folder() })
        await app.start()
        return app
      }
      await feed(driver, graph, 0, 2000)
      const first = await start('p1')
      await first.whenIdle()
      const second = await start('p2')
      await feed(driver, graph, 2000, 4000)
      while ([first, second].some((app) => app.status()[0]!.tasks.length !== 2))
        await new Promise((resolve) => setTimeout(resolve, 50))
      await feed(driver, graph, 4000, 5000)
      await Promise.all([first.whenIdle(), second.whenIdle()])
      await first.drain(10_000)
      await feed(driver, graph, 5000, 6000)
      await second.whenIdle()
      await second.drain(10_000)
      const counts = await countsOf(driver, graph, 6000)
      const each = Array.from({ length: 600 }, (_, i) => i + 1)
      for (const list of counts.values()) {
        // At least once, a member that the group gave up on has its records handled again, and they count again.
        if (guarantee === 'exactly_once') expect(list).toEqual(each)
        else expect(list).toEqual(expect.arrayContaining(each))
      }
      expect(counts.size).toBe(10)
      await driver.close()
    },
  )
})
