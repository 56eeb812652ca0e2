import { expect, test } from 'vitest'
import type { Processor } from '../processor.ts'
import { graphOf, processor } from '../testing/graph-of.ts'
import { TopologyTestDriver } from '../testing/topology-test-driver.ts'
import { openTimers, type Timers } from './timers.ts'

interface Ask {
  readonly due?: number
  readonly cancel?: true
  readonly poison?: true
}

const reminding = (time: 'stream_time' | 'wall_clock_time') => {
  const create = (): Processor => {
    let timers: Timers<{ poison: boolean }>
    return {
      init(context) {
        timers = openTimers(context, {
          store: 'timers',
          time,
          fire({ key, dueMs, payload }) {
            context.forward({ key, value: dueMs })
            if (payload.poison) throw new Error('this timer is bad')
          },
        })
      },
      process({ key, value }) {
        const ask = value as Ask
        if (ask.cancel) timers.cancel(key!)
        else if (ask.due !== undefined) timers.set(key!, ask.due, { poison: ask.poison ?? false })
      },
    }
  }
  return graphOf({ in: 1, out: 1 }, [
    processor({ name: 'p', from: ['in'], to: ['out'], stores: [{ name: 'timers', type: 'kv' }], create }),
  ])
}

test('a timer fires once when stream time reaches it, in order of time, and the last one set counts', async () => {
  const driver = new TopologyTestDriver(reminding('stream_time'), { startMs: 0 })
  const pipe = async (key: string, value: Ask, timestampMs: number) =>
    await driver.pipe('in', { key, value, timestampMs })
  await pipe('b', { due: 30 }, 10)
  await pipe('a', { due: 20 }, 10)
  await pipe('c', { due: 25 }, 10)
  await pipe('c', { due: 28 }, 11)
  await pipe('d', { due: 26 }, 12)
  await pipe('d', { cancel: true }, 19)
  expect(await driver.read('out')).toEqual([])
  await pipe('x', {}, 20)
  expect((await driver.read('out')).map((r) => [r.key, r.value])).toEqual([['a', 20]])
  await pipe('x', {}, 100)
  await pipe('x', {}, 200)
  expect((await driver.read('out')).map((r) => [r.key, r.value])).toEqual([
    ['c', 28],
    ['b', 30],
  ])
})

test('a timer whose call fails is dead-lettered once, and keeps no other from firing', async () => {
  const driver = new TopologyTestDriver(reminding('stream_time'), { startMs: 0 })
  await driver.pipe('in', { key: 'a', value: { due: 20 }, timestampMs: 10 })
  await driver.pipe('in', { key: 'b', value: { due: 21, poison: true }, timestampMs: 10 })
  await driver.pipe('in', { key: 'c', value: { due: 22 }, timestampMs: 10 })
  for (const timestampMs of [50, 60, 70]) await driver.pipe('in', { key: 'x', value: {}, timestampMs })
  expect((await driver.read('out')).map((r) => r.key)).toEqual(['a', 'c'])
  const letters = driver.deadLetters('p')
  expect(letters.map((one) => one.headers['dlq.error.message'])).toEqual([
    'store timers: what was due at 21 for b failed: this timer is bad',
  ])
  expect([...(await driver.store('p', 'timers')).range()]).toEqual([])
})

test('wall-clock timers follow the clock', async () => {
  const driver = new TopologyTestDriver(reminding('wall_clock_time'), { startMs: 1_000 })
  await driver.pipe('in', { key: 'a', value: { due: 1_500 } })
  await driver.advanceWallTime(400)
  expect(await driver.read('out')).toEqual([])
  await driver.advanceWallTime(100)
  await driver.advanceWallTime(5_000)
  expect((await driver.read('out')).map((r) => r.value)).toEqual([1_500])
})
