import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JoinKind } from './join-streams.ts'
import { flowDriver, type Out, outOf, outputs, type Step } from './testing/flow-driver.ts'
import { topic } from './topic.ts'

const left = topic<string>('left')
const right = topic<string>('right')
const results = topic<string>('out')
const lateLeft = topic<string>('late_left')
const lateRight = topic<string>('late_right')
const TOPICS = { left: 1, right: 1, out: 1, late_left: 1, late_right: 1 }
const WITHIN = { beforeMs: 10, afterMs: 5, graceMs: 3 }

const joining = (kind: JoinKind, within = WITHIN) =>
  flowDriver(TOPICS, (flow) => {
    const [a, b] = [flow.stream(left), flow.stream(right)]
    const options = { store: 'j', within, late: { left: lateLeft, right: lateRight } }
    const pair = (one: string | undefined, other: string | undefined): string => `${one ?? '-'}${other ?? '-'}`
    const joined =
      kind === 'inner'
        ? a.join(b, pair, options)
        : kind === 'left'
          ? a.leftJoin(b, pair, options)
          : a.outerJoin(b, pair, options)
    joined.to(results)
  })

const L = (timestampMs: number, value: string | null, key: string | null = 'k'): Step => [
  'left',
  key,
  value,
  timestampMs,
]
const R = (timestampMs: number, value: string | null, key: string | null = 'k'): Step => [
  'right',
  key,
  value,
  timestampMs,
]
const texts = (all: readonly (readonly Out[])[]) => all.map((some) => some.map(([, value, ms]) => `${value} @${ms}`))

interface Case {
  readonly name: string
  readonly steps: readonly Step[]
  readonly inner: readonly (readonly string[])[]
  readonly left: readonly (readonly string[])[]
  readonly outer: readonly (readonly string[])[]
  readonly late?: readonly string[]
}

const same = (all: readonly (readonly string[])[]) => ({ inner: all, left: all, outer: all })

// A right record matches a left one from 10 before it to 5 after it.
const CASES: readonly Case[] = [
  {
    name: 'both ends of the window belong to it; the result has the later time',
    steps: [L(20, 'A'), R(10, 'a'), R(25, 'b'), R(9, 'c'), R(26, 'd'), L(36, 'D')],
    inner: [[], ['Aa @20'], ['Ab @25'], [], [], ['Dd @36']],
    left: [[], ['Aa @20'], ['Ab @25'], [], [], ['Dd @36']],
    // c waits until time is past 9 + 10 + 3, which is already so: it is late, and goes nowhere else.
    outer: [[], ['Aa @20'], ['Ab @25'], [], [], ['Dd @36']],
    late: ['c @9 1/1'],
  },
  {
    name: 'records of the same time match, each with each',
    steps: [L(20, 'A'), L(20, 'B'), R(20, 'a'), R(20, 'b')],
    ...same([[], [], ['Aa @20', 'Ba @20'], ['Ab @20', 'Bb @20']]),
  },
  {
    name: 'other keys do not match',
    steps: [L(20, 'A', 'one'), R(20, 'a', 'other'), R(21, 'b', 'one')],
    ...same([[], [], ['Ab @21']]),
  },
  {
    name: 'what found no match is emitted when its window closes, not a millisecond before',
    steps: [L(20, 'A'), L(28, 'x', 'other'), L(29, 'y', 'other'), R(60, 'z', 'end')],
    inner: [[], [], [], []],
    left: [[], [], ['A- @20'], ['x- @28', 'y- @29']],
    outer: [[], [], ['A- @20'], ['x- @28', 'y- @29']],
  },
  {
    name: 'right records wait for their own window: before and grace',
    steps: [R(20, 'a'), R(33, 'x', 'other'), R(34, 'y', 'other')],
    inner: [[], [], []],
    left: [[], [], []],
    outer: [[], [], ['-a @20']],
  },
  {
    name: 'what found a match late, but in time, is not emitted alone',
    steps: [L(20, 'A'), L(28, 'x', 'other'), R(25, 'a'), L(100, 'end', 'end')],
    inner: [[], [], ['Aa @25'], []],
    left: [[], [], ['Aa @25'], ['x- @28']],
    outer: [[], [], ['Aa @25'], ['x- @28']],
  },
  {
    name: 'what was emitted alone matches nothing any more',
    steps: [R(20, 'a'), R(34, 'x', 'other'), L(29, 'A'), L(100, 'end', 'end')],
    inner: [[], [], ['Aa @29'], []],
    left: [[], [], ['Aa @29'], []],
    outer: [[], ['-a @20'], [], ['A- @29', '-x @34']],
  },
  {
    name: 'a record whose window has closed is late, and does not match what is still kept',
    steps: [R(20, 'a'), L(29, 'x', 'other'), L(20, 'A'), L(21, 'B')],
    inner: [[], [], [], ['Ba @21']],
    left: [[], [], [], ['Ba @21']],
    outer: [[], [], [], ['Ba @21']],
    late: ['A @20 1/1'],
  },
  {
    name: 'without a value it is ignored; without a key it goes on alone at once where its side is kept',
    steps: [L(20, null), L(20, 'A', null), R(20, 'a', null), R(20, null)],
    inner: [[], [], [], []],
    left: [[], ['A- @20'], [], []],
    outer: [[], ['A- @20'], ['-a @20'], []],
  },
  {
    name: 'a restart in the middle changes nothing',
    steps: [
      L(20, 'A'),
      'restart',
      L(21, 'B', 'other'),
      R(24, 'a'),
      'restart',
      L(30, 'C'),
      'restart',
      R(100, 'end', 'end'),
    ],
    inner: [[], [], ['Aa @24'], ['Ca @30'], []],
    left: [[], [], ['Aa @24'], ['B- @21', 'Ca @30'].toReversed(), []],
    outer: [[], [], ['Aa @24'], ['Ca @30', 'B- @21'], []],
  },
]

const VARIANTS = CASES.flatMap((one) => (['inner', 'left', 'outer'] as const).map((kind) => ({ ...one, kind })))

test.each(VARIANTS)('$kind join: $name', async ({ kind, steps, late = [], ...expected }) => {
  const driver = joining(kind)
  expect(texts(await outputs(driver, steps))).toEqual(expected[kind])
  const told = [...(await driver.read('late_left')), ...(await driver.read('late_right'))]
  expect(told.map((r) => `${r.value} @${r.timestampMs} ${r.headers['late.windows']}`)).toEqual(late)
  expect(driver.deadLetters('p')).toEqual([])
})

const record = fc.record({
  side: fc.constantFrom('left', 'right'),
  key: fc.constantFrom('a', 'b'),
  ms: fc.integer({ min: 0, max: 50 }),
})

test.each(['inner', 'left', 'outer'] as const)(
  '%s joins are what a batch job computes, in whatever order records come within grace, over restarts',
  async (kind) => {
    const within = { beforeMs: 6, afterMs: 3, graceMs: 100 }
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 16 }), fc.nat(16), async (all, restartAt) => {
        const records = all.map((one, i) => ({ ...one, value: String.fromCharCode(97 + i) }))
        const driver = joining(kind, within)
        const found: string[] = []
        for (const [i, { side, key, ms, value }] of [
          ...records,
          { side: 'left', key: 'end', ms: 9_000, value: '' },
        ].entries()) {
          if (i === restartAt) await driver.restart()
          await driver.pipe(side, { key, value, timestampMs: ms })
          found.push(...(await driver.read('out')).map(outOf).map(([k, value, ms]) => `${k} ${value} @${ms}`))
        }
        const [lefts, rights] = [records.filter((r) => r.side === 'left'), records.filter((r) => r.side === 'right')]
        const isPair = (l: { key: string; ms: number }, r: { key: string; ms: number }): boolean =>
          l.key === r.key && r.ms >= l.ms - within.beforeMs && r.ms <= l.ms + within.afterMs
        const expected = lefts.flatMap((l) =>
          rights.filter((r) => isPair(l, r)).map((r) => `${l.key} ${l.value}${r.value} @${Math.max(l.ms, r.ms)}`),
        )
        if (kind !== 'inner')
          for (const l of lefts) if (!rights.some((r) => isPair(l, r))) expected.push(`${l.key} ${l.value}- @${l.ms}`)
        if (kind === 'outer')
          for (const r of rights) if (!lefts.some((l) => isPair(l, r))) expected.push(`${r.key} -${r.value} @${r.ms}`)
        expect(found.sort()).toEqual(expected.sort())
      }),
      { numRuns: 60 },
    )
  },
)

test('a stream joined with itself finds each record with itself once', async () => {
  const driver = flowDriver(TOPICS, (flow) => {
    const stream = flow.stream(left)
    const within = { beforeMs: 5, afterMs: 5, graceMs: 0 }
    stream.join(stream, (a, b) => a + b, { store: 'j', within }).to(results)
  })
  expect(texts(await outputs(driver, [L(10, 'A'), L(12, 'B')]))).toEqual([['AA @10'], ['BA @12', 'AB @12', 'BB @12']])
})
