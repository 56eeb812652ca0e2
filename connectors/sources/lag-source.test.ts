import { expect, test } from 'vitest'
import type { ConsumerLag } from '../../schemas/index.ts'
import { createApplication, createMemoryDriver, type Graph, ManualClock } from '../../streams/index.ts'
import { graphOf, source } from '../../streams/testing/graph-of.ts'
import { lagSource } from './lag-source.ts'

const reading = (measuredAtMs: number, partition: number): ConsumerLag => ({
  reading_id: `g/t-${partition}@${measuredAtMs}`,
  group_id: 'g',
  node: 'n',
  topic: 't',
  partition,
  measured_at: measuredAtMs,
  committed_offset: null,
  end_offset: 5,
  lag_records: 5,
  lag_exact: true,
  behind_ms: 1_000,
  lag_records_per_second: null,
  status: 'never',
})

test('every minute tells of each partition once, also over a restart in the middle of it', async () => {
  const clock = new ManualClock(Date.parse('2026-03-02T10:00:20Z'))
  const measured: number[] = []
  const graph: Graph = graphOf({ 'ops.lag': 1 }, [
    source({
      name: 'lag',
      to: ['ops.lag'],
      stores: [{ name: 'lag_measured', type: 'kv' }],
      commitIntervalMs: 0,
      create: () =>
        lagSource.create(
          { every: 60 },
          {
            clock,
            readLag: async (atMs) => {
              measured.push(atMs)
              return [reading(atMs, 0), reading(atMs, 1)]
            },
          },
        ),
    }),
  ])
  const driver = createMemoryDriver()
  const ids = (): unknown[] =>
    driver.localLog
      .read({ topic: 'g.ops.lag', partition: 0 }, 0, 100)
      .records.map(({ value }) => JSON.parse(Buffer.from(value ?? '').toString()).measured_at)
  const run = async (count: number): Promise<void> => {
    const app = createApplication({ graph, driver, processId: 'p' })
    await app.start()
    await expect.poll(() => ids().length).toBe(count)
    await app.drain(1_000)
  }
  await run(2)
  await run(2)
  await clock.advance(60_000)
  await run(4)
  const [first, second] = [Date.parse('2026-03-02T10:00:00Z'), Date.parse('2026-03-02T10:01:00Z')]
  expect(ids()).toEqual([first, first, second, second])
  expect(measured).toEqual([first, second])
})
