import { afterAll, beforeAll, expect, test } from 'vitest'
import { startKafka } from '../../test/services/index.ts'
import { describeWith } from '../../test/services/require-service.ts'
import {
  type Bench,
  codeOf,
  DRIVERS,
  fresh,
  onlyOutputs,
  PRESENT,
  record,
  text,
  withBench,
} from './testing/driver-bench.ts'

/** So many come here; when all have, something is done once, and all go on. Who fails before lets the others go on without. */
class Meeting {
  #missing: number
  readonly #act: () => Promise<void>
  readonly #all = Promise.withResolvers<void>()

  constructor(count: number, act: () => Promise<void>) {
    this.#missing = count
    this.#act = act
  }

  async come(): Promise<void> {
    this.#missing -= 1
    if (this.#missing === 0) this.#act().then(this.#all.resolve, this.#all.reject)
    await this.#all.promise
  }

  /** Of somebody who will not come, or has been here: then it changes nothing. */
  excuse(): void {
    this.come().catch(() => {})
  }
}

describeWith(['kafka'], 'on a broker that fails', () => {
  let broker: Awaited<ReturnType<typeof startKafka>>
  beforeAll(async () => {
    broker = await startKafka({ heapMb: 128 })
  })
  afterAll(() => broker.stop())

  const gone = new Meeting(PRESENT.length, () => broker.kill())
  const back = new Meeting(PRESENT.length, () => broker.restart())
  const failsAndComesBack = async (bench: Bench): Promise<void> => {
    const topic = await bench.topic(1)
    const producer = await bench.producer()
    await producer.commit(onlyOutputs([record(topic, 0, 1)]))
    const member = await bench.member([topic], fresh('group'))
    await member.receive(1)
    await gone.come()
    expect(await codeOf(producer.commit(onlyOutputs([record(topic, 0, 2)])))).toBe('LOG_UNAVAILABLE')
    expect(await codeOf(bench.admin.endOffsets(topic))).toBe('LOG_UNAVAILABLE')
    await back.come()
    const retry = async (act: () => Promise<unknown>): Promise<void> => {
      for (let tries = 0; tries < 10; tries += 1) {
        const code = await codeOf(act())
        if (code === 'nothing failed') return
        expect(code).toBe('LOG_UNAVAILABLE')
      }
      throw new Error('still unavailable')
    }
    await retry(() => producer.commit(onlyOutputs([record(topic, 0, 3)])))
    await retry(() => member.pollUntil(() => member.records.some(({ value }) => text(value) === 'v3')))
    await retry(() => producer.commit(member.batch()))
    await retry(() => bench.admin.endOffsets(topic))
  }

  for (const { name, why, open } of DRIVERS) {
    const run = why === '' ? test.concurrent : test.skip
    run(
      `${name}: a broker that is gone is said so, and when it is back all goes on`,
      { timeout: 240_000 },
      async () => {
        try {
          await withBench(open, broker.brokers, failsAndComesBack)
        } catch (error) {
          for (const meeting of [gone, back]) meeting.excuse()
          throw error
        }
      },
    )
  }
})
