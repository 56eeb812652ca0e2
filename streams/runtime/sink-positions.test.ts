import { expect, test } from 'vitest'
import { systemClock } from '../clock.ts'
import { StreamsError } from '../errors.ts'
import type { Sink } from '../processor.ts'
import { graphOf, sink, source } from '../testing/graph-of.ts'
import { createMemoryDriver } from '../testing/memory-driver.ts'
import { createApplication } from './application.ts'

/** Runs numbers 0 to count-1 through a sink to their end. */
async function run(count: number, create: () => Sink): Promise<{ readonly letters: number }> {
  let left = Array.from({ length: count }, (_, i) => i)
  const numbers = source({
    name: 'numbers',
    to: ['facts'],
    create: () => ({
      async poll(context) {
        for (const value of left) context.forward({ key: 'k', value, timestampMs: 1 })
        left = []
        return 'done'
      },
    }),
  })
  const graph = graphOf({ facts: 1 }, [numbers, sink({ name: 'out', from: ['facts'], create })])
  const driver = createMemoryDriver()
  const app = createApplication({ graph, driver, processId: 'p' })
  await app.start()
  await app.whenIdle()
  const letters = app.status().find((node) => node.node === 'out')?.deadLettered ?? 0
  await app.drain(10_000)
  await driver.close()
  return { letters: Number(letters) }
}

test('a sink that keeps its own progress begins where it says', async () => {
  const asked: unknown[] = []
  const got: bigint[] = []
  await run(10, () => ({
    async positions(partitions) {
      asked.push(...partitions)
      return new Map([['facts-0', 4n]])
    },
    async write(records) {
      got.push(...records.map((record) => record.offset))
    },
  }))
  expect(asked).toEqual([{ topic: 'facts', partition: 0 }])
  expect(got).toEqual([4n, 5n, 6n, 7n, 8n, 9n])
})

test('a sink whose progress went back is asked again, and gets again what it lost', async () => {
  const held: bigint[] = []
  let rolledBack = false
  await run(10, () => ({
    positions: async () => new Map([['facts-0', BigInt(held.length)]]),
    async write(records) {
      if (!rolledBack) {
        // It had taken them, as it believed; then most of it was gone.
        rolledBack = true
        held.push(0n, 1n)
        throw new StreamsError('SINK_POSITION_LOST', 'rolled back')
      }
      held.push(...records.map((record) => record.offset))
    },
  }))
  expect(held).toEqual([0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n])
})

test('a sink whose progress goes back while nothing comes is asked again as well', async () => {
  const held: bigint[] = []
  let seen = 0
  const create = (): Sink => ({
    async positions() {
      seen = held.length
      return new Map([['facts-0', BigInt(held.length)]])
    },
    async check() {
      if (held.length < seen) throw new StreamsError('SINK_POSITION_LOST', 'rolled back')
    },
    async write(records) {
      held.push(...records.map((record) => record.offset))
      seen = held.length
    },
  })
  const numbers = source({
    name: 'numbers',
    to: ['facts'],
    create: () => ({
      async poll(context) {
        for (let value = 0; value < 10; value++) context.forward({ key: 'k', value, timestampMs: 1 })
        return 'done'
      },
    }),
  })
  let nowMs = 0
  // Every look at it is a second later.
  const clock = { ...systemClock, now: () => (nowMs += 1_000) }
  const graph = graphOf({ facts: 1 }, [numbers, sink({ name: 'out', from: ['facts'], create })])
  const driver = createMemoryDriver()
  const app = createApplication({ graph, driver, processId: 'p', clock })
  await app.start()
  await expect.poll(() => held.length).toBe(10)
  held.splice(4)
  await expect.poll(() => held).toEqual([0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n])
  await app.drain(10_000)
  await driver.close()
})

test('one record among many that is refused is found in few writes, and the others go on in order', async () => {
  const kept: unknown[] = []
  let writes = 0
  const { letters } = await run(100, () => ({
    async write(records) {
      writes += 1
      if (records.some((record) => record.value === 37)) throw new TypeError('does not fit')
      kept.push(...records.map((record) => record.value))
    },
  }))
  expect(letters).toBe(1)
  expect(kept).toEqual(Array.from({ length: 100 }, (_, i) => i).filter((i) => i !== 37))
  expect(writes).toBeLessThan(20)
})
