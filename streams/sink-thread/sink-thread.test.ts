import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { openEmbeddedLog } from '../log/embedded/embedded-driver.ts'
import type { LogRecord } from '../record.ts'
import { createApplication } from '../runtime/application.ts'
import { graphOf, sink, source } from '../testing/graph-of.ts'
import { jsonSerde } from '../testing/json-serde.ts'
import { packRecords, unpackRecords } from './messages.ts'
import { SinkThread } from './sink-thread.ts'

const base = mkdtempSync(join(tmpdir(), 'sink-thread-'))
afterAll(() => rmSync(base, { recursive: true }))
const fresh = (): string => mkdtempSync(join(base, 'run-'))

const bytes = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined })
const record = fc.record({
  topic: fc.constantFrom('a', 'b'),
  partition: fc.nat(2),
  timestampMs: fc.nat(),
  key: bytes,
  value: bytes,
  headers: fc.dictionary(fc.string(), fc.string(), { maxKeys: 2 }),
})

test('records come out of a message as they went in, in their order', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 30 }), (drawn) => {
      const records = drawn.map((one, i): LogRecord => ({ ...one, offset: 2n ** 40n + BigInt(3 * i) }))
      const came = unpackRecords(structuredClone(packRecords(records)))
      const plain = (one: LogRecord) => ({
        ...one,
        key: one.key && [...one.key],
        value: one.value && [...one.value],
        headers: { ...one.headers },
      })
      expect(came.map(plain)).toEqual(records.map(plain))
    }),
  )
})

test('a thread that was started ahead is the one that serves, and ends without having served', async () => {
  const file = join(fresh(), 'lines')
  const url = new URL('../testing/lines-thread.ts', import.meta.url)
  const workers: Worker[] = []
  const spawn = (): Worker => {
    const worker = new Worker(url, { workerData: { file, topics: { facts: 1 } } })
    workers.push(worker)
    return worker
  }
  const idle = new SinkThread(spawn)
  idle.start()
  await idle.close()
  const used = new SinkThread(spawn)
  used.start()
  await used.sink('lines').init?.()
  await used.close()
  expect(workers).toHaveLength(2)
})

/** Runs the values through a sink on a thread to their end; `broken` is put in the log as bytes that are no JSON. */
async function runThrough(values: readonly string[]) {
  const folder = fresh()
  const file = join(folder, 'lines')
  const topics = { facts: 1 }
  const url = new URL('../testing/lines-thread.ts', import.meta.url)
  const thread = new SinkThread(() => new Worker(url, { workerData: { file, topics } }))
  let left = [...values]
  const news = source({
    name: 'news',
    to: ['facts'],
    create: () => ({
      async poll(context) {
        for (const value of left) context.forward({ key: 'k', value, timestampMs: 1 })
        left = []
        return 'done'
      },
    }),
  })
  const breaking = {
    ...jsonSerde,
    serialize: (value: unknown) => (value === 'broken' ? Buffer.from('{') : jsonSerde.serialize(value)),
  }
  const graph = graphOf({ facts: { value: breaking } }, [
    news,
    sink({ name: 'lines', from: ['facts'], create: () => thread.sink('lines') }),
  ])
  const driver = openEmbeddedLog({ folder: join(folder, 'log') })
  const app = createApplication({ graph, driver, processId: 'p' })
  await app.start()
  await app.whenIdle()
  const lag = (await app.lag()).map((one) => one.lagRecords)
  await app.drain(10_000)
  await thread.close()
  const letters = driver.localLog.read({ topic: 'g.lines.dlq', partition: 0 }, 0, 10).records
  await driver.close()
  return { lines: readFileSync(file, 'utf8').trim().split('\n'), letters: letters.map((one) => one.headers), lag }
}

test('a sink on a thread gets every record, and the thread ends when it is closed', async () => {
  const { lines, letters, lag } = await runThrough(['a', 'b'])
  expect(lines).toEqual(['init', '"a"', '"b"', 'end'])
  expect([letters, lag]).toEqual([[], [0n]])
})

test('what may pass is tried again; what cannot be read or is refused is put aside, and nothing else', async () => {
  const { lines, letters } = await runThrough(['a', 'broken', 'away', 'refused', 'b'])
  expect(lines.filter((line) => line.startsWith('"'))).toEqual(['"a"', '"away"', '"b"'])
  expect(letters.map((one) => [one['dlq.stage'], one['dlq.error.class']])).toEqual([
    ['deserialize', 'SyntaxError'],
    ['sink', 'TypeError'],
  ])
})

test('a thread that dies is replaced, and what it had not made durable comes again', async () => {
  const { lines, letters } = await runThrough(['a', 'death', 'b'])
  expect(lines).toEqual(['init', 'init', '"a"', '"death"', '"b"', 'end'])
  expect(letters).toEqual([])
})

test('a thread that cannot start says why', async () => {
  const url = new URL('../testing/lines-thread.ts', import.meta.url)
  const workerData = { file: join(fresh(), 'lines'), topics: { none: 1 } }
  const thread = new SinkThread(() => new Worker(url, { workerData }))
  await expect(thread.sink('lines').init?.()).rejects.toThrow('this thread cannot start')
})
