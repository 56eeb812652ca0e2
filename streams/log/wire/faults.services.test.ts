import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningKafka, startKafka } from '../../../test/services/index.ts'
import { describeWith } from '../../../test/services/require-service.ts'
import type { StreamsError } from '../../errors.ts'
import { type ProducerRecord, partitionKey } from '../../record.ts'
import type { CommitBatch, LogDriver } from '../port.ts'
import { readAll } from '../testing/member.ts'
import { openWireDriver } from './driver.ts'

const PARTITIONS = 3
const RECORDS = 6_000
const CHUNK = 500
const COMMIT_MS = 50
const TRIES_MAX = 8

const outputOf = (topic: string, partition: number, n: number): ProducerRecord => ({
  topic,
  partition,
  timestampMs: 1_700_000_000_000 + n,
  key: undefined,
  value: Buffer.from(String(n)),
  headers: {},
})

/** Copies until stopped, as the engine does: after a doubt all uncommitted is dropped and a new session begins. */
class Copier {
  readonly failures: string[] = []
  commits = 0
  readonly #driver: LogDriver
  readonly #from: string
  readonly #to: string
  readonly #id = randomUUID()
  #stopped = false

  constructor(driver: LogDriver, from: string, to: string) {
    this.#driver = driver
    this.#from = from
    this.#to = to
  }

  stop(): void {
    this.#stopped = true
  }

  async run(): Promise<void> {
    while (!this.#stopped) await this.#session().catch((error: StreamsError) => this.#noted(error))
  }

  async #session(): Promise<void> {
    const closing: { close(): Promise<void> }[] = []
    try {
      // As the engine does: whoever takes the id over sees to markers that the broker leaves out when it comes back.
      const earlier = { topics: [this.#to], groupId: this.#id }
      const producer = await this.#driver.producer({ guarantee: 'exactly_once', transactionalId: this.#id, earlier })
      closing.push(producer)
      let lost = false
      let outputs: ProducerRecord[] = []
      let offsets = new Map<string, never>() as unknown as Map<string, { at: never; committed: never }>
      const forget = async (): Promise<void> => {
        outputs = []
        offsets = new Map()
      }
      const listener = {
        assigned: forget,
        revoked: forget,
        lost: async () => {
          lost = true
        },
      }
      const consumer = this.#driver.consumer({ groupId: this.#id, topics: [this.#from], broadcast: [], listener })
      closing.push(consumer)
      await consumer.start()
      while (!this.#stopped && !lost) {
        const until = performance.now() + COMMIT_MS
        while (performance.now() < until) {
          // Slowly, so that the fault finds it at work.
          await sleep(2)
          for (const { topic, partition, offset, value } of await this.#polled(() => consumer.poll(5, 20))) {
            outputs.push({ ...outputOf(this.#to, partition, 0), value })
            const at = { topic, partition }
            offsets.set(partitionKey(at), { at, committed: { offset: offset + 1n, metadata: '' } } as never)
          }
        }
        if (lost || offsets.size === 0) continue
        const batch: CommitBatch = { outputs, consumer, groupId: this.#id, offsets }
        await this.#repeated(() => producer.commit(batch))
        this.commits++
        await forget()
      }
    } finally {
      for (const one of closing.toReversed()) await one.close().catch(() => undefined)
    }
  }

  async #polled<T>(act: () => Promise<readonly T[]>): Promise<readonly T[]> {
    return act().catch((error: StreamsError) => {
      if (!error.retriable) throw error
      this.#noted(error)
      return []
    })
  }

  async #repeated(act: () => Promise<unknown>): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await act()
        return
      } catch (error) {
        if (!(error as StreamsError).retriable || tries >= TRIES_MAX || this.#stopped) throw error
        this.#noted(error as StreamsError)
        await sleep(200)
      }
    }
  }

  #noted(error: StreamsError): void {
    this.failures.push(error.code ?? String(error.stack))
  }
}

/** Copies through the fault, and checks that every record is there once and in order. */
async function copyThrough(broker: RunningKafka, fault: () => Promise<void>): Promise<void> {
  const driver = openWireDriver({ brokers: broker.brokers, clientId: 'faults' })
  const [from, to] = [`from.${randomUUID().slice(0, 8)}`, `to.${randomUUID().slice(0, 8)}`]
  const admin = await driver.admin()
  const shape = { partitions: PARTITIONS, cleanup: 'delete' as const, retentionMs: -1 }
  await admin.ensureTopics([from, to].map((topic) => ({ topic, ...shape })))
  await admin.close()
  const seeder = await driver.producer({ guarantee: 'at_least_once', transactionalId: 'seed' })
  const seed = async (begin: number): Promise<void> => {
    const outputs = Array.from({ length: CHUNK }, (_, n) => outputOf(from, (begin + n) % PARTITIONS, begin + n))
    await seeder.commit({ outputs, consumer: undefined, groupId: '', offsets: new Map() })
  }
  const copier = new Copier(driver, from, to)
  for (let n = 0; n < RECORDS; n += CHUNK) await seed(n)
  const running = copier.run()
  while (copier.commits < 5) await sleep(20)
  await fault()
  const before = copier.commits
  const reader = await driver.reader(
    Array.from({ length: PARTITIONS }, (_, partition) => ({
      at: { topic: to, partition },
      offset: 'earliest' as const,
    })),
  )
  const copied = await readAll(reader, RECORDS, 40_000)
  const more = await reader.poll(10, 1_500)
  copier.stop()
  await running
  await Promise.all([reader.close(), seeder.close()])
  console.info(`failures on the way: ${copier.failures.join(', ') || 'none'}`)
  expect(more).toEqual([])
  expect(copier.commits).toBeGreaterThan(before)
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const found = copied
      .filter((one) => one.partition === partition)
      .map(({ value }) => Number(String(Buffer.from(value!))))
    const all = Array.from({ length: RECORDS / PARTITIONS }, (_, n) => n * PARTITIONS + partition)
    expect(found).toEqual(all)
  }
}

describeWith(['kafka'], 'an exactly-once copy while its broker is paused', () => {
  let broker: RunningKafka
  beforeAll(async () => {
    broker = await startKafka({ heapMb: 192 })
  })
  afterAll(() => broker.stop())

  const pauses = [
    ['1 s', 1_000],
    ['5 s', 5_000],
    ['12 s, longer than the session', 12_000],
  ] as const

  test.each(pauses)('nothing is lost, doubled or out of order over %s', (_, ms) =>
    copyThrough(broker, async () => {
      broker.pause()
      await sleep(ms)
      broker.resume()
    }),
  )
})

describeWith(['kafka'], 'an exactly-once copy while its broker is killed', () => {
  let broker: RunningKafka
  beforeAll(async () => {
    broker = await startKafka({ heapMb: 192 })
  })
  afterAll(() => broker.stop())

  test('nothing is lost, doubled or out of order when it comes back', () =>
    copyThrough(broker, async () => {
      await broker.kill()
      await sleep(500)
      await broker.restart()
    }))
})
