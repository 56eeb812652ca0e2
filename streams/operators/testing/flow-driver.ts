import type { InputRecord } from '../../record.ts'
import { graphOf } from '../../testing/graph-of.ts'
import { TopologyTestDriver } from '../../testing/topology-test-driver.ts'
import { withFlow } from '../compile-flow.ts'
import { Flow } from '../flow.ts'

/** Settings of a flow in a test. */
export const SETTINGS = {
  guarantee: 'exactly_once',
  commitIntervalMs: 20,
  errors: { retryMax: 0, backoffMinMs: 1, backoffMaxMs: 1, then: 'dlq' },
} as const

/** What goes in: topic, key, value (`null` deletes), time; or a restart. */
export type Step = readonly [topic: string, key: string | null, value: unknown, timestampMs: number] | 'restart'
/** What comes out: key, value (`null` is a deletion), time. */
export type Out = readonly [key: string | null, value: unknown, timestampMs: number]

export const outOf = (record: InputRecord): Out => [record.key ?? null, record.value ?? null, record.timestampMs]

/** A flow named `p` over topics with so many partitions, in memory. */
export function flowDriver(topics: Readonly<Record<string, number>>, build: (flow: Flow) => void): TopologyTestDriver {
  const flow = new Flow('p')
  build(flow)
  return new TopologyTestDriver(withFlow(graphOf(topics, []), flow, SETTINGS), { startMs: 0 })
}

/** Pipes the steps one by one; gives what each of them made appear in `out`. */
export async function outputs(driver: TopologyTestDriver, steps: readonly Step[], out = 'out'): Promise<Out[][]> {
  const all: Out[][] = []
  for (const step of steps) {
    if (step === 'restart') {
      await driver.restart()
      continue
    }
    const [topic, key, value, timestampMs] = step
    await driver.pipe(topic, { key: key ?? undefined, value: value ?? undefined, timestampMs })
    all.push((await driver.read(out)).map(outOf))
  }
  return all
}
