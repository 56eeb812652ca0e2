import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { type CallPolicy, DEFAULT_CALLS, type ErrorPolicy, type Graph, type ProcessorSpec } from '../graph.ts'
import { openEmbeddedLog } from '../log/embedded/embedded-driver.ts'
import type { LocalDriver } from '../log/local/local-driver.ts'
import { partitionOf } from '../partition.ts'
import type { AsyncProcessor } from '../processor.ts'
import { graphOf, processor } from '../testing/graph-of.ts'
import { createMemoryDriver } from '../testing/memory-driver.ts'
import { type Application, createApplication } from './application.ts'
import { topicsOf } from './internal-topics.ts'

const folders: string[] = []
afterEach(() => {
  for (const one of folders.splice(0)) rmSync(one, { recursive: true, force: true })
})
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'calls-'))
  folders.push(made)
  return made
}

interface Ask {
  readonly key: string
  readonly value: number
  readonly attempt: number
  readonly signal: AbortSignal
  readonly once: <T>(key: string, pay: () => Promise<T>) => Promise<T>
}

/** Asks, then counts per key in the order in which answers are completed. */
const asking = (ask: (one: Ask) => Promise<unknown>): AsyncProcessor => ({
  async call(record, { attempt, signal, once }) {
    const answer = await ask({ key: record.key ?? '', value: record.value as number, attempt, signal, once })
    return (context) => {
      const store = context.store<number>('counts')
      const n = (store.get(record.key ?? '') ?? 0) + 1
      store.put(record.key ?? '', n)
      context.forward({ key: record.key, value: { n, value: record.value, answer } })
    }
  },
})

const graphWith = (
  ask: (one: Ask) => Promise<unknown>,
  calls: Partial<CallPolicy> = {},
  extra: Partial<ProcessorSpec> = {},
): Graph =>
  graphOf({ in: 2, out: 2 }, [
    processor({
      name: 'ask',
      from: ['in'],
      to: ['out'],
      stores: [
        { name: 'counts', type: 'kv' },
        { name: 'memo', type: 'kv' },
      ],
      commitIntervalMs: 2,
      calls: { ...DEFAULT_CALLS, ...calls },
      create: () => asking(ask),
      ...extra,
    }),
  ])

function feed(driver: LocalDriver, from: number, to: number, keys = 10): void {
  const batch = driver.localLog.begin()
  for (let i = from; i < to; i++) {
    const key = Buffer.from(`k${i % keys}`)
    const value = Buffer.from(String(i))
    batch.append({ topic: 'g.in', partition: partitionOf(key, 2), timestampMs: i, key, value, headers: {} })
  }
  batch.commit([], [])
}

interface Out {
  readonly n: number
  readonly value: number
  readonly answer: unknown
}
const read = (driver: LocalDriver, topic: string) =>
  Array.from({ length: driver.localLog.topics.get(topic)!.partitions }, (_, p) => p).flatMap((partition) =>
    driver.localLog.read({ topic, partition }, 0, 100_000).records.map((r) => ({
      key: Buffer.from(r.key!).toString(),
      headers: r.headers,
      value: JSON.parse(Buffer.from(r.value!).toString()) as Out,
    })),
  )
const byKey = (driver: LocalDriver): Readonly<Record<string, readonly Out[]>> =>
  Object.fromEntries(
    [...Map.groupBy(read(driver, 'g.out'), (r) => r.key)].map(([key, list]) => [key, list.map((r) => r.value)]),
  )

/** Per key the values in the order of the input, each once. */
function expectInOrder(driver: LocalDriver, records: number, keys = 10): void {
  const found = byKey(driver)
  for (let k = 0; k < keys; k++) {
    const wanted = Array.from({ length: Math.ceil((records - k) / keys) }, (_, i) => ({
      n: i + 1,
      value: k + i * keys,
    }))
    expect(found[`k${k}`]?.map(({ n, value }) => ({ n, value }))).toEqual(wanted)
  }
}

const soon = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const FAST: ErrorPolicy = { retryMax: 3, backoffMinMs: 1, backoffMaxMs: 2, then: 'dlq' }

const KINDS = {
  clustered: () => createMemoryDriver(),
  embedded: () => openEmbeddedLog({ folder: folder() }),
} as const

describe.each(['clustered', 'embedded'] as const)('calls, %s', (kind) => {
  const opened = async (graph: Graph): Promise<LocalDriver> => {
    const driver = (await KINDS[kind]()) as LocalDriver
    driver.localLog.ensureTopics(topicsOf(graph, { changelogs: true }))
    return driver
  }
  const started = async (graph: Graph, driver: LocalDriver): Promise<Application> => {
    const app = createApplication({
      graph,
      driver,
      processId: 'p',
      ...(kind === 'clustered' ? { stateDir: folder() } : {}),
    })
    await app.start()
    return app
  }

  test('run side by side, as many as there may be, and one key’s one after the other', async () => {
    let [running, most] = [0, 0]
    const keys = new Set<string>()
    const graph = graphWith(
      async ({ key, value }) => {
        expect(keys.has(key)).toBe(false)
        keys.add(key)
        most = Math.max(most, ++running)
        await soon(value % 7)
        running -= 1
        keys.delete(key)
      },
      { concurrency: 4 },
    )
    const driver = await opened(graph)
    const app = await started(graph, driver)
    feed(driver, 0, 200)
    await app.whenIdle()
    await app.drain(10_000)
    expect(most).toBe(4)
    expectInOrder(driver, 200)
  })

  test('without order, records of one key run side by side too', async () => {
    const gates: (() => void)[] = []
    const graph = graphWith(() => new Promise((resolve) => void gates.push(() => resolve(0))), {
      order: 'unordered',
      concurrency: 5,
    })
    const driver = await opened(graph)
    const app = await started(graph, driver)
    feed(driver, 0, 5, 1)
    while (gates.length < 5) await soon(1)
    for (const open of gates.toReversed()) {
      open()
      await soon(1)
    }
    await app.whenIdle()
    await app.drain(10_000)
    expect(byKey(driver)['k0']?.map(({ value }) => value)).toEqual([4, 3, 2, 1, 0])
  })

  test('after a crash what was committed is not asked again, though an older record was not done', async () => {
    const asked: number[] = []
    let isStuck = true
    const graph = graphWith(async ({ value, signal }) => {
      asked.push(value)
      if (value === 3 && isStuck) await new Promise((_, reject) => signal.addEventListener('abort', reject))
    })
    const driver = await opened(graph)
    const first = await started(graph, driver)
    feed(driver, 0, 60)
    // All but the stuck key, whose other records wait for it.
    while (read(driver, 'g.out').length < 54) await soon(1)
    await first.close()
    expect(asked.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 60 }, (_, i) => i).filter((i) => i % 10 !== 3 || i === 3),
    )
    asked.length = 0
    isStuck = false
    const second = await started(graph, driver)
    await second.whenIdle()
    await second.drain(10_000)
    expect(asked).toEqual([3, 13, 23, 33, 43, 53])
    expectInOrder(driver, 60)
  })

  test('a call without an answer is given up after its time and made again', async () => {
    const aborted: number[] = []
    const graph = graphWith(
      ({ value, attempt, signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => aborted.push(value))
          if (value !== 5 || attempt === 3) resolve(attempt)
        }),
      { timeoutMs: 15 },
      { errors: FAST },
    )
    const driver = await opened(graph)
    const app = await started(graph, driver)
    feed(driver, 0, 20)
    await app.whenIdle()
    await app.drain(10_000)
    expect(aborted).toEqual([5, 5])
    expect(byKey(driver)['k5']?.map(({ answer }) => answer)).toEqual([3, 1])
    expectInOrder(driver, 20)
  })

  test('what fails for good is a dead letter, and its key goes on', async () => {
    const graph = graphWith(
      async ({ value }) => {
        if (value === 4) throw new Error('no such thing')
        if (value === 14) throw Object.assign(new Error('busy'), { retriable: true })
      },
      {},
      { errors: FAST },
    )
    const driver = await opened(graph)
    const app = await started(graph, driver)
    feed(driver, 0, 30)
    await app.whenIdle()
    const [node] = app.status()
    await app.drain(10_000)
    expect(
      read(driver, 'g.ask.dlq').map(({ headers }) => [headers['dlq.error.message'], headers['dlq.attempts']]),
    ).toEqual([
      ['no such thing', '1'],
      ['busy', '4'],
    ])
    expect(byKey(driver)['k4']).toMatchObject([{ n: 1, value: 24 }])
    expect(node).toMatchObject({ recordsIn: 30, recordsOut: 28, deadLettered: 2 })
  })

  test('with the policy to stop, a call that fails stops the application', async () => {
    const graph = graphWith(() => Promise.reject(new Error('never')), {}, { errors: { ...FAST, then: 'stop' } })
    const driver = await opened(graph)
    const app = await started(graph, driver)
    feed(driver, 0, 1)
    await expect(app.whenIdle()).rejects.toMatchObject({ code: 'PROCESSING' })
    await app.close()
  })

  test('what was paid for is not paid for again, by a try or after a crash', async () => {
    const paid: number[] = []
    let isStuck = true
    const graph = graphWith(
      async ({ value, attempt, once }) => {
        const answer = await once(`price of ${value}`, async () => {
          paid.push(value)
          return { price: value * 2 }
        })
        if (attempt === 1 && value % 2 === 0) throw Object.assign(new Error('lost'), { retriable: true })
        if (isStuck) await new Promise(() => {})
        return answer
      },
      { memo: 'memo' },
      { errors: FAST },
    )
    const driver = await opened(graph)
    const first = await started(graph, driver)
    feed(driver, 0, 6)
    while (paid.length < 6) await soon(1)
    await soon(30)
    await first.close()
    isStuck = false
    const second = await started(graph, driver)
    await second.whenIdle()
    await second.drain(10_000)
    expect(paid.toSorted()).toEqual([0, 1, 2, 3, 4, 5])
    expect(byKey(driver)['k4']).toMatchObject([{ answer: { price: 8 } }])
  })

  test('no more is begun than may be in flight: the rest waits in the log', async () => {
    let asked = 0
    const gate = Promise.withResolvers<void>()
    const graph = graphWith(
      () => {
        asked += 1
        return gate.promise
      },
      { inFlightMax: 3, concurrency: 100 },
    )
    const driver = await opened(graph)
    const app = await started(graph, driver)
    feed(driver, 0, 100)
    while (asked < 6) await soon(1)
    await soon(30)
    // Three for each of two tasks.
    expect(asked).toBe(6)
    expect(app.status()[0]?.calls).toEqual({ inFlight: 6, running: 6, breaker: 'closed' })
    gate.resolve()
    await app.whenIdle()
    await app.drain(10_000)
    expectInOrder(driver, 100)
  })

  test('a probe that fails is nobody’s last try', async () => {
    let asked = 0
    const graph = graphWith(
      async () => {
        asked += 1
        if (asked <= 6) throw Object.assign(new Error('nobody is there'), { retriable: true })
        return 0
      },
      { concurrency: 1, breaker: { failures: 2, coolDownMs: 1 } },
      { errors: { ...FAST, retryMax: 0 } },
    )
    const driver = await opened(graph)
    const app = await started(graph, driver)
    feed(driver, 0, 20)
    await app.whenIdle()
    await app.drain(10_000)
    // Two fail while it is closed, four probes fail after them, and whoever was the probe is asked about again.
    expect(read(driver, 'g.ask.dlq')).toHaveLength(2)
    expect(read(driver, 'g.out')).toHaveLength(18)
  })

  test('stream time does not reach a record that is open, over a restart too', async () => {
    const times: { readonly value: number; readonly atMs: number }[] = []
    const stuck = 3
    let isStuck = true
    const graph = graphWith(
      async () => 0,
      {},
      {
        create: () => ({
          async call({ value }) {
            if (value === stuck && isStuck) await new Promise(() => {})
            return (context) => {
              times.push({ value: value as number, atMs: context.streamTimeMs() })
              context.forward({ key: 'k', value })
            }
          },
        }),
      },
    )
    const partitionOfValue = (value: number): number => partitionOf(Buffer.from(`k${value % 10}`), 2)
    const driver = await opened(graph)
    const first = await started(graph, driver)
    feed(driver, 0, 60)
    while (read(driver, 'g.out').length < 54) await soon(1)
    await first.close()
    const beside = times.filter(({ value }) => value > stuck && partitionOfValue(value) === partitionOfValue(stuck))
    expect(beside.length).toBeGreaterThan(5)
    for (const { atMs } of beside) expect(atMs).toBeLessThan(stuck)
    isStuck = false
    times.length = 0
    const second = await started(graph, driver)
    await second.whenIdle()
    await second.drain(10_000)
    // What the first life had done counts once nothing before it is open.
    const last = Math.max(
      ...Array.from({ length: 60 }, (_, i) => i).filter((i) => partitionOfValue(i) === partitionOfValue(stuck)),
    )
    expect(times.at(-1)).toEqual({ value: 53, atMs: last })
  })

  test('who is asked to end lets calls under way end, and begins no other', async () => {
    const gates: (() => void)[] = []
    const graph = graphWith(() => new Promise((resolve) => void gates.push(() => resolve(0))), { concurrency: 2 })
    const driver = await opened(graph)
    const app = await started(graph, driver)
    feed(driver, 0, 10)
    while (gates.length < 2) await soon(1)
    const drained = app.drain(10_000)
    await soon(10)
    for (const open of gates) open()
    await drained
    expect(gates).toHaveLength(2)
    expect(read(driver, 'g.out')).toHaveLength(2)
  })

  test('calls do not go with broadcast topics, nor with a memo that is no store of the node', async () => {
    for (const [calls, extra] of [
      [{}, { from: ['in'], broadcast: ['out'], to: [] }],
      [{ memo: 'nowhere' }, {}],
    ] as const) {
      const graph = graphWith(async () => 0, calls, extra)
      const driver = await opened(graph)
      const app = createApplication({
        graph,
        driver,
        processId: 'p',
        ...(kind === 'clustered' ? { stateDir: folder() } : {}),
      })
      await expect(app.start().then(() => app.whenEnded())).rejects.toMatchObject({ code: 'TOPOLOGY_INVALID' })
      await app.close()
    }
  })
})
