import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PartitionGroup, PartitionQueue } from './partition-group.ts'

interface Item {
  readonly timestampMs: number
  readonly queue: number
  readonly index: number
}

/** The naive rule: look at every head each time. */
function expectedOrder(queues: readonly (readonly Item[])[]): Item[] {
  const rest = queues.map((q) => [...q])
  const out: Item[] = []
  for (;;) {
    const heads = rest.flatMap((q) => q.slice(0, 1))
    const best = heads.reduce<Item | undefined>(
      (b, h) => (b === undefined || h.timestampMs < b.timestampMs ? h : b),
      undefined,
    )
    if (best === undefined) return out
    out.push(best)
    rest[best.queue]?.shift()
  }
}

test('the oldest head comes first, ties by order, offsets in order within a partition', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 15 }), { maxLength: 6 }), (times) => {
      const items = times.map((ts, queue) => ts.map((timestampMs, index) => ({ timestampMs, queue, index })))
      const group = new PartitionGroup<PartitionQueue<Item>, Item>()
      const queues = items.map((_, order) => new PartitionQueue<Item>(order))
      for (const item of items.flat()) group.push(queues[item.queue]!, item)
      const out: Item[] = []
      for (let item = group.poll(); item !== undefined; item = group.poll()) out.push(item)
      expect(out).toEqual(expectedOrder(items))
      expect(group.size).toBe(0)
      expect(group.streamTimeMs).toBe(Math.max(-1, ...times.flat()))
    }),
  )
})

test('a paused queue is passed over and keeps its records', () => {
  const group = new PartitionGroup<PartitionQueue<Item>, Item>()
  const [a, b] = [new PartitionQueue<Item>(0), new PartitionQueue<Item>(1)]
  group.push(a, { timestampMs: 1, queue: 0, index: 0 })
  group.push(b, { timestampMs: 2, queue: 1, index: 0 })
  group.pause(a)
  expect(group.poll()?.queue).toBe(1)
  expect(group.poll()).toBeUndefined()
  group.resume(a)
  expect(group.poll()?.queue).toBe(0)
})
