import { expect, test } from 'vitest'
import type { Flow } from './flow.ts'
import { flowDriver, outputs, type Step } from './testing/flow-driver.ts'
import { topic } from './topic.ts'

/*
 * The history of two inputs that Apache Kafka's documentation of the Streams DSL explains its joins by, and the results
 * it tabulates, by time. All records have one key; a deletion reads `-`.
 */
const LEFT: Readonly<Record<number, string | null>> = { 1: null, 3: 'A', 5: 'B', 7: null, 9: 'C', 12: null, 15: 'D' }
const RIGHT: Readonly<Record<number, string | null>> = {
  2: null,
  4: 'a',
  6: 'b',
  8: null,
  10: 'c',
  11: null,
  13: null,
  14: 'd',
}
const STEPS: readonly Step[] = [
  ...Object.entries(LEFT).map(([at, value]): Step => ['left', 'k', value, Number(at)]),
  ...Object.entries(RIGHT).map(([at, value]): Step => ['right', 'k', value, Number(at)]),
].sort((a, b) => Number(a[3]) - Number(b[3]))
/** What comes much later, for the joins that wait for windows to close. */
const LATER: readonly Step[] = [
  ['left', 'k', 'E', 40],
  ['left', 'k', 'F', 60],
  ['right', 'k', 'f', 80],
  ['left', 'k', 'G', 100],
]

const [left, right, results] = [topic<string>('left'), topic<string>('right'), topic<string>('out')]
const pair = (a: string | undefined, b: string | undefined): string => `${a ?? 'null'}-${b ?? 'null'}`
const WITHIN = { store: 'j', within: { beforeMs: 15, afterMs: 15, graceMs: 0 } }
const lefts = (flow: Flow) => flow.table(left, { store: 'l' })
const rights = (flow: Flow) => flow.table(right, { store: 'r' })
const EACH_WITH_EACH = {
  4: ['A-a'],
  5: ['B-a'],
  6: ['A-b', 'B-b'],
  9: ['C-a', 'C-b'],
  10: ['A-c', 'B-c', 'C-c'],
  14: ['A-d', 'B-d', 'C-d'],
  15: ['D-a', 'D-b', 'D-c', 'D-d'],
}
const LEFT_ALONE = { 60: ['E-null'], 80: ['F-null'] }

interface Documented {
  readonly build: (flow: Flow) => void
  readonly expected: Readonly<Record<number, readonly string[]>>
}
const JOINS: Readonly<Record<string, Documented>> = {
  'stream-stream inner': {
    build: (f) => f.stream(left).join(f.stream(right), pair, WITHIN).to(results),
    expected: EACH_WITH_EACH,
  },
  'stream-stream left': {
    build: (f) => f.stream(left).leftJoin(f.stream(right), pair, WITHIN).to(results),
    expected: { ...EACH_WITH_EACH, ...LEFT_ALONE },
  },
  'stream-stream outer': {
    build: (f) => f.stream(left).outerJoin(f.stream(right), pair, WITHIN).to(results),
    expected: { ...EACH_WITH_EACH, ...LEFT_ALONE, 100: ['null-f'] },
  },
  'stream-table inner': {
    build: (f) => f.stream(left).joinTable(rights(f), pair).to(results),
    expected: { 5: ['B-a'], 15: ['D-d'] },
  },
  'stream-table left': {
    build: (f) => f.stream(left).leftJoinTable(rights(f), pair).to(results),
    expected: { 3: ['A-null'], 5: ['B-a'], 9: ['C-null'], 15: ['D-d'] },
  },
  'table-table inner': {
    build: (f) => lefts(f).join(rights(f), pair).toStream().to(results),
    expected: { 4: ['A-a'], 5: ['B-a'], 6: ['B-b'], 7: ['-'], 10: ['C-c'], 11: ['-'], 15: ['D-d'] },
  },
  'table-table left': {
    build: (f) => lefts(f).leftJoin(rights(f), pair).toStream().to(results),
    expected: {
      3: ['A-null'],
      4: ['A-a'],
      5: ['B-a'],
      6: ['B-b'],
      7: ['-'],
      9: ['C-null'],
      10: ['C-c'],
      11: ['C-null'],
      12: ['-'],
      15: ['D-d'],
    },
  },
  'table-table outer': {
    build: (f) => lefts(f).outerJoin(rights(f), pair).toStream().to(results),
    expected: {
      3: ['A-null'],
      4: ['A-a'],
      5: ['B-a'],
      6: ['B-b'],
      7: ['null-b'],
      8: ['-'],
      9: ['C-null'],
      10: ['C-c'],
      11: ['C-null'],
      12: ['-'],
      14: ['null-d'],
      15: ['D-d'],
    },
  },
}

test.each(Object.entries(JOINS))(
  '%s joins give what the documentation tabulates',
  async (name, { build, expected }) => {
    const steps = name.startsWith('stream-stream') ? [...STEPS, ...LATER] : STEPS
    const found = await outputs(flowDriver({ left: 1, right: 1, out: 1 }, build), steps)
    const byTime = found.flatMap((some, i) =>
      some.length === 0 ? [] : [[steps[i]?.[3], some.map(([, v]) => v ?? '-')]],
    )
    expect(Object.fromEntries(byTime)).toEqual(expected)
  },
)
