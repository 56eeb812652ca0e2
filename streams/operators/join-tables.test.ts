import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JoinKind } from './join-streams.ts'
import { flowDriver, type Out, outputs, type Step } from './testing/flow-driver.ts'
import { topic } from './topic.ts'

const left = topic<string>('left')
const right = topic<string>('right')
const results = topic<string>('out')
const TOPICS = { left: 2, right: 2, out: 1 }
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
const texts = (all: readonly (readonly Out[])[]) =>
  all.map((some) => some.map(([, value, ms]) => `${value ?? 'gone'} @${ms}`))
const pair = (one: string | undefined, other: string | undefined): string => `${one ?? '-'}${other ?? '-'}`

type Expected = Readonly<Record<'stream-table' | 'stream-table left' | JoinKind, readonly (readonly string[])[]>>

// One history of both sides, told to every join: the sides change, go and come back.
const HISTORY: readonly Step[] = [
  L(1, 'A'), // 0
  R(2, 'a'), // 1
  L(3, 'B'), // 2
  R(4, 'b'), // 3
  L(5, null), // 4
  R(6, null), // 5
  R(7, null), // 6: nothing was there
  L(8, 'C'), // 7
  'restart',
  R(6, 'c'), // 8: older than what it meets
  L(9, 'D', null), // 9: no key
  R(9, 'd', 'other'), // 10: another key
]
const EXPECTED: Expected = {
  'stream-table': [[], [], ['Ba @3'], [], [], [], [], [], [], [], []],
  'stream-table left': [['A- @1'], [], ['Ba @3'], [], [], [], [], ['C- @8'], [], ['D- @9'], []],
  inner: [[], ['Aa @2'], ['Ba @3'], ['Bb @4'], ['gone @5'], [], [], [], ['Cc @8'], [], []],
  left: [['A- @1'], ['Aa @2'], ['Ba @3'], ['Bb @4'], ['gone @5'], [], [], ['C- @8'], ['Cc @8'], [], []],
  outer: [['A- @1'], ['Aa @2'], ['Ba @3'], ['Bb @4'], ['-b @5'], ['gone @6'], [], ['C- @8'], ['Cc @8'], [], ['-d @9']],
}

test.each(Object.entries(EXPECTED))('%s join: a history of both sides', async (kind, expected) => {
  const driver = flowDriver(TOPICS, (flow) => {
    const rights = flow.table(right, { store: 'rights' })
    if (kind === 'stream-table') return flow.stream(left).joinTable(rights, pair).to(results)
    if (kind === 'stream-table left') return flow.stream(left).leftJoinTable(rights, pair).to(results)
    const lefts = flow.table(left, { store: 'lefts' })
    const joined =
      kind === 'inner'
        ? lefts.join(rights, pair)
        : kind === 'left'
          ? lefts.leftJoin(rights, pair)
          : lefts.outerJoin(rights, pair)
    joined.toStream().to(results)
  })
  expect(texts(await outputs(driver, HISTORY))).toEqual(expected)
})

test('a table with a history is joined as of the time of the record', async () => {
  const driver = flowDriver(TOPICS, (flow) => {
    flow
      .stream(left)
      .leftJoinTable(flow.table(right, { store: 'rights', historyMs: 50 }), pair)
      .to(results)
  })
  const steps: Step[] = [R(10, 'a'), R(20, 'b'), L(15, 'A'), L(20, 'B'), L(9, 'C'), R(30, null), L(29, 'D'), L(30, 'E')]
  expect(
    texts(
      await outputs(driver, [
        ...steps,
        'restart',
        R(12, 'between'),
        L(13, 'F'),
        L(19, 'G'),
        R(69, 'x'),
        L(18, 'H'),
        R(70, 'x'),
        R(70, 'y'),
        L(19, 'I'),
        L(70, 'J'),
      ]),
    ),
  ).toEqual([
    [],
    [],
    ['Aa @15'],
    ['Bb @20'],
    ['C- @9'],
    [],
    ['Db @29'],
    ['E- @30'],
    [],
    ['Fbetween @13'],
    ['Gbetween @19'],
    [],
    ['H- @18'],
    [],
    [],
    ['I- @19'],
    ['Jy @70'],
  ])
})

test('a global table is joined by whatever key the record names', async () => {
  const driver = flowDriver(TOPICS, (flow) => {
    const names = flow.globalTable(right)
    flow
      .stream(left)
      .joinGlobal(
        names,
        (value) => (value === '' ? undefined : value),
        (value, name) => `${value}=${name}`,
      )
      .to(results)
    flow
      .stream(left)
      .leftJoinGlobal(
        names,
        (value) => (value === '' ? undefined : value),
        (value, name) => `${value}:${name ?? '-'}`,
      )
      .to(results)
  })
  const steps = [R(1, 'Anna', 'a'), L(2, 'a'), L(3, 'b'), L(4, '', null)]
  expect((await outputs(driver, steps)).flat().map(([, value]) => value)).toEqual(['a=Anna', 'a:Anna', 'b:-', ':-'])
})

test('what is filtered and mapped out of a table is taken back, also from what is joined with it', async () => {
  const driver = flowDriver(TOPICS, (flow) => {
    const short = flow
      .table(left, { store: 'lefts' })
      .filter((value) => value.length < 3)
      .map((value) => value.toLowerCase())
    short
      .leftJoin(flow.table(right, { store: 'rights' }), pair)
      .toStream()
      .to(results)
  })
  const steps = [L(1, 'A'), L(2, 'LONG'), L(3, 'LONGER'), R(4, 'a'), L(5, 'B')]
  expect(texts(await outputs(driver, steps))).toEqual([['a- @1'], ['gone @2'], [], [], ['ba @5']])
})

test('groups of a table lose what leaves them: counts, sums and a change of group', async () => {
  const driver = flowDriver({ left: 2, out: 1, counts: 1 }, (flow) => {
    const groups = flow
      .table(left, { store: 'rows' })
      .groupBy('by_first', (value) => ({ key: value.charAt(0) || undefined, value: value.length }))
    groups
      .aggregate({ store: 'lengths', initial: () => 0, add: (sum, n) => sum + n, subtract: (sum, n) => sum - n })
      .toStream()
      .map((sum) => String(sum))
      .to(results)
    groups.count({ store: 'counts' }).toStream().to(topic<number>('counts'))
  })
  const steps = [L(1, 'aa', 'x'), L(2, 'abc', 'y'), L(3, 'a', 'x'), L(4, 'bb', 'y'), L(5, null, 'x'), L(6, '', 'y')]
  const found = (await outputs(driver, steps)).map((some) => some.map(([key, value]) => `${key}${value}`))
  expect(found).toEqual([['a2'], ['a5'], ['a4'], ['a1', 'b2'], ['a0'], ['b0']])
  const counts = (await driver.read('counts')).map((r) => `${r.key}${r.value}`)
  expect(counts).toEqual(['a1', 'a2', 'a2', 'a1', 'b1', 'a0', 'b0'])
})

test('suppress lets the latest of a key go on, so long after the first it held back, and takes back what it knew before', async () => {
  const driver = flowDriver({ left: 1, out: 1 }, (flow) => {
    flow
      .table(left, { store: 'rows' })
      .suppress({ store: 'held', waitMs: 10 })
      .toStream()
      .map((v) => v ?? 'gone')
      .to(results)
  })
  const steps: Step[] = [
    L(1, 'a'),
    L(5, 'b'),
    'restart',
    L(10, 'c'),
    L(11, 'x', 'other'),
    L(12, 'd'),
    L(13, null),
    L(22, 'y', 'other'),
    L(30, 'e'),
    L(31, null),
    L(60, 'z', 'other'),
  ]
  expect(texts(await outputs(driver, steps))).toEqual([
    [],
    [],
    [],
    ['c @10'],
    [],
    [],
    ['y @22', 'gone @13'],
    [],
    [],
    [],
  ])
})

const change = fc.record({
  side: fc.constantFrom('left', 'right'),
  key: fc.constantFrom('1', '2', '3'),
  // A left value names the right row it is joined with.
  value: fc.option(fc.constantFrom('1', '2', '3', ''), { nil: null }),
})

test.each(['inner', 'left'] as const)(
  '%s foreign-key join: the result is what a query over both tables gives',
  async (kind) => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 20 }), fc.nat(20), async (changes, restartAt) => {
        const driver = flowDriver({ left: 3, right: 2, out: 1 }, (flow) => {
          const [lefts, rights] = [flow.table(left, { store: 'lefts' }), flow.table(right, { store: 'rights' })]
          const options = {
            name: 'owner',
            keyOf: (v: string) => v.charAt(0) || undefined,
            store: 'joined',
            subscribers: 'subs',
          }
          const joined =
            kind === 'inner' ? lefts.joinForeign(rights, options, pair) : lefts.leftJoinForeign(rights, options, pair)
          joined.toStream().to(results)
        })
        const [lefts, rights, found] = [
          new Map<string, string>(),
          new Map<string, string>(),
          new Map<string, unknown>(),
        ]
        for (const [i, { side, key, value }] of changes.entries()) {
          if (i === restartAt) await driver.restart()
          // Values of a row differ with each change, so that a stale answer would show.
          const told = value === null || value === '' ? value : `${value}#${i}`
          const table = side === 'left' ? lefts : rights
          if (told === null) table.delete(key)
          else table.set(key, told)
          await driver.pipe(side, { key, value: told ?? undefined, timestampMs: i })
          for (const out of await driver.read('out')) {
            if (out.value === undefined) expect(found.delete(out.key!)).toBe(true)
            else found.set(out.key!, out.value)
          }
          const rows = [...lefts].flatMap(([k, l]) => {
            const r = rights.get(l.charAt(0))
            return r === undefined && kind === 'inner' ? [] : [[k, pair(l, r)] as const]
          })
          expect([...found].sort()).toEqual(rows.sort())
        }
        expect(driver.deadLetters('p')).toEqual([])
      }),
      { numRuns: 40 },
    )
  },
)

test('an answer to a row that has changed since is dropped: another is on its way', async () => {
  const driver = flowDriver({ left: 1, right: 1, out: 1 }, (flow) => {
    const rights = flow.table(right, { store: 'rights' })
    const options = { name: 'owner', keyOf: (v: string) => v.charAt(0), store: 'joined', subscribers: 'subs' }
    flow.table(left, { store: 'lefts' }).joinForeign(rights, options, pair).toStream().to(results)
  })
  const answers = 'p.owner_answers.repartition'
  await driver.pipe('right', { key: 'a', value: 'x', timestampMs: 1 })
  await driver.pipe('left', { key: 'k', value: 'a1', timestampMs: 2 })
  const [answer] = await driver.read(answers)
  await driver.pipe('left', { key: 'k', value: 'a2', timestampMs: 3 })
  expect((await driver.read('out')).map((r) => r.value)).toEqual(['a1x', 'a2x'])
  await driver.pipe(answers, { key: 'k', value: answer!.value, timestampMs: 4 })
  await driver.pipe('left', { key: 'k', value: undefined, timestampMs: 5 })
  await driver.pipe(answers, { key: 'k', value: answer!.value, timestampMs: 6 })
  expect((await driver.read('out')).map((r) => r.value)).toEqual([undefined])
})
