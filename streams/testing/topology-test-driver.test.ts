import { expect, test } from 'vitest'
import { DEFAULT_CALLS } from '../graph.ts'
import type { Processor } from '../processor.ts'
import { graphOf, processor } from './graph-of.ts'
import { TopologyTestDriver } from './topology-test-driver.ts'

const counter = (): Processor => ({
  process(record, context) {
    const store = context.store<number>('counts')
    const count = (store.get(record.key!) ?? 0) + 1
    store.put(record.key!, count)
    if (record.value === 'bad') throw new Error('this one is bad')
    context.forward({ key: record.key, value: count })
  },
})

const counting = graphOf({ in: 2, out: 2 }, [
  processor({ name: 'count', from: ['in'], to: ['out'], stores: [{ name: 'counts', type: 'kv' }], create: counter }),
])

test('what a processor forwards can be read, with the time of its input', async () => {
  const driver = new TopologyTestDriver(counting, { startMs: 1000 })
  await driver.pipe('in', { key: 'a', value: 'x', timestampMs: 5 })
  await driver.pipe('in', { key: 'a', value: 'x' })
  const out = await driver.read('out')
  expect(out.map((r) => [r.key, r.value, r.timestampMs])).toEqual([
    ['a', 1, 5],
    ['a', 2, 1000],
  ])
  expect(await driver.read('out')).toEqual([])
})

test('a failed call leaves a dead letter with the original bytes, and neither output nor state', async () => {
  const driver = new TopologyTestDriver(counting, { startMs: 1000 })
  await driver.pipe('in', { key: 'a', value: 'x' })
  await driver.pipe('in', { key: 'a', value: 'bad', headers: { traceparent: '00-t' } })
  await driver.pipe('in', { key: 'a', value: 'x' })
  expect((await driver.read('out')).map((r) => r.value)).toEqual([1, 2])
  const [letter] = driver.deadLetters('count')
  expect(Buffer.from(letter!.value!).toString()).toBe('"bad"')
  expect(letter!.headers).toMatchObject({
    'dlq.v': '1',
    'dlq.node': 'count',
    'dlq.topic': 'g.in',
    'dlq.offset': '1',
    'dlq.stage': 'process',
    'dlq.error.class': 'Error',
    'dlq.error.message': 'this one is bad',
    'dlq.attempts': '1',
    'dlq.timestamp': '1000',
    'dlq.trace': '00-t',
    traceparent: '00-t',
    '__connect.errors.topic': 'g.in',
    '__connect.errors.stage': 'TRANSFORMATION',
    '__connect.errors.exception.message': 'this one is bad',
  })
})

test('bytes that cannot be read go to the dead letters of who reads them', async () => {
  const driver = new TopologyTestDriver(counting, { startMs: 0 })
  await driver.pipeBytes('in', Buffer.from([0, 0, 0, 0, 7, 1]), { key: 'a' })
  expect(driver.deadLetters('count')[0]!.headers).toMatchObject({ 'dlq.stage': 'deserialize', 'dlq.schema_id': '7' })
})

test('an error that says so is retried, then given up', async () => {
  let calls = 0
  const graph = graphOf({ in: 1 }, [
    processor({
      name: 'p',
      from: ['in'],
      create: () => ({
        process: async () => {
          calls += 1
          throw Object.assign(new Error('later'), { retriable: true })
        },
      }),
    }),
  ])
  const driver = new TopologyTestDriver(graph, { startMs: 0 })
  await driver.pipe('in', { key: 'a', value: 1 })
  expect(calls).toBe(3)
  expect(driver.deadLetters('p')[0]!.headers['dlq.attempts']).toBe('3')
})

test('an oversized output is the dead letter of the input that caused it', async () => {
  const graph = graphOf({ in: 1, out: 1 }, [
    processor({
      name: 'p',
      from: ['in'],
      to: ['out'],
      create: () => ({ process: (r, c) => c.forward({ key: r.key, value: 'x'.repeat(1_100_000) }) }),
    }),
  ])
  const driver = new TopologyTestDriver(graph, { startMs: 0 })
  await driver.pipe('in', { key: 'a', value: 'small' })
  expect(driver.deadLetters('p')[0]!.headers).toMatchObject({
    'dlq.stage': 'serialize',
    'dlq.error.class': 'RECORD_TOO_LARGE',
  })
  expect(await driver.read('out')).toEqual([])
})

test('timers follow stream time and wall time', async () => {
  const graph = graphOf({ in: 1, out: 1 }, [
    processor({
      name: 'p',
      from: ['in'],
      to: ['out'],
      create: () => ({
        init(c) {
          c.schedule(10, 'stream_time', (t) => c.forward({ key: 'stream', value: t }))
          c.schedule(100, 'wall_clock_time', (t) => c.forward({ key: 'wall', value: t }))
        },
        process() {},
      }),
    }),
  ])
  const driver = new TopologyTestDriver(graph, { startMs: 1000 })
  for (const timestampMs of [50, 55, 60, 95, 96]) await driver.pipe('in', { key: 'a', value: 1, timestampMs })
  await driver.advanceWallTime(99)
  await driver.advanceWallTime(1)
  expect((await driver.read('out')).map((r) => [r.key, r.value])).toEqual([
    ['stream', 60],
    ['stream', 95],
    ['wall', 1100],
  ])
})

test('a table is there before what is newer, and broadcast records reach every task', async () => {
  const graph = graphOf({ in: 2, names: { cleanup: 'compact' }, rates: 1, out: 1 }, [
    processor({
      name: 'p',
      from: ['in'],
      broadcast: ['rates'],
      tables: { names: 'names' },
      to: ['out'],
      create: () => ({
        process: (r, c) =>
          c.forward({
            key: c.taskId,
            value: r.topic === 'rates' ? r.value : (c.table<string>('names').get(r.key!) ?? 'unknown'),
          }),
      }),
    }),
  ])
  const driver = new TopologyTestDriver(graph, { startMs: 0 })
  await driver.pipe('names', { key: 'a', value: 'Anna' })
  await driver.pipe('in', { key: 'a', value: 1 })
  await driver.pipe('names', { key: 'a', value: undefined })
  await driver.pipe('in', { key: 'a', value: 1 })
  await driver.pipe('rates', { key: 'r', value: 2 })
  const out = await driver.read('out')
  expect(out.map((r) => r.value)).toEqual(['Anna', 'unknown', 2, 2])
  expect(new Set(out.slice(2).map((r) => r.key))).toEqual(new Set(['p_0', 'p_1']))
})

test('calls are waited for one by one, and their tries, rate and timeouts take no time', async () => {
  let tries = 0
  const graph = graphOf({ in: 1, out: 1 }, [
    processor({
      name: 'ask',
      from: ['in'],
      to: ['out'],
      calls: { ...DEFAULT_CALLS, ratePerSecond: 1, timeoutMs: 5 },
      create: () => ({
        async call(record, { attempt }) {
          tries += 1
          await new Promise((resolve) => setTimeout(resolve, 8))
          if (attempt === 1) throw Object.assign(new Error('busy'), { retriable: true })
          return (context) => context.forward({ key: record.key, value: [record.value, context.streamTimeMs()] })
        },
      }),
    }),
  ])
  const driver = new TopologyTestDriver(graph, { startMs: 0 })
  for (let i = 0; i < 3; i++) await driver.pipe('in', { key: 'k', value: i, timestampMs: 100 + i })
  expect((await driver.read('out')).map(({ value }) => value)).toEqual([
    [0, 100],
    [1, 101],
    [2, 102],
  ])
  expect(tries).toBe(6)
})
