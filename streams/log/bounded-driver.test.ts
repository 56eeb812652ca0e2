import { expect, test } from 'vitest'
import { createApplication } from '../runtime/application.ts'
import { topicsOf } from '../runtime/internal-topics.ts'
import { graphOf, processor } from '../testing/graph-of.ts'
import { createMemoryDriver } from '../testing/memory-driver.ts'
import { boundDriver } from './bounded-driver.ts'

test('a bounded log is read up to its bounds and no further, and then there is nothing left to do', async () => {
  const seen: unknown[] = []
  const graph = graphOf({ in: 2, out: 1 }, [
    processor({
      name: 'copy',
      from: ['in'],
      to: ['out'],
      create: () => ({
        process({ key, value }, context) {
          seen.push(value)
          context.forward({ key, value })
        },
      }),
    }),
  ])
  const driver = createMemoryDriver()
  driver.localLog.ensureTopics(topicsOf(graph, { changelogs: true }))
  const producer = await driver.producer({ guarantee: 'at_least_once', transactionalId: 'feed' })
  const feed = async (from: number, to: number): Promise<void> => {
    const outputs = Array.from({ length: to - from }, (_, i) => {
      const value = Buffer.from(String(from + i))
      return { topic: 'g.in', partition: (from + i) % 2, timestampMs: i, key: Buffer.from('k'), value, headers: {} }
    })
    await producer.commit({ outputs, consumer: undefined, groupId: '', offsets: new Map() })
  }
  await feed(0, 20)
  const bounds = new Map([
    ['g.in-0', 6n],
    ['g.in-1', 0n],
  ])
  const bounded = boundDriver(driver, bounds)
  const app = createApplication({ graph, driver: bounded, processId: 'p' })
  await app.start()
  await feed(20, 40)
  await app.whenIdle()
  await app.drain(1_000)
  expect(seen).toEqual([0, 2, 4, 6, 8, 10])
  const admin = await driver.admin()
  const committed = await admin.committedOffsets('g.copy', ['g.in'])
  expect(committed.get('g.in-0')?.offset).toBe(6n)
  expect(committed.has('g.in-1')).toBe(false)
})
