import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Grouped, Stream } from './dsl.ts'
import type { Windowed } from './flow-record.ts'
import { flowDriver, type Out, outOf, outputs, type Step } from './testing/flow-driver.ts'
import { topic } from './topic.ts'
import type { WindowedOptions } from './window-emitter.ts'
import { hopping, sessions, sliding, tumbling, type Windows } from './windows.ts'

const letters = topic<string>('in')
const results = topic<string>('out')
const late = topic<string>('late')

/** Joins the letters of each window; results read `start-end:letters`. */
const concatenate =
  (windows: Windows, emit: 'on_update' | 'on_close' = 'on_update') =>
  () =>
    flowDriver({ in: 1, out: 1, late: 1 }, (flow) => {
      const options: WindowedOptions<string> = { store: 'w', emit, late }
      inWords(windowed(flow.stream(letters).groupByKey(), windows, options)).to(results)
    })

const windowed = (groups: Grouped<string>, windows: Windows, options: WindowedOptions<string>) => {
  const fold = { ...options, initial: () => '', add: (all: string, letter: string) => all + letter }
  if (windows.kind === 'session')
    return groups
      .windowedBy(windows)
      .aggregate({ ...fold, merge: (a: string, b: string) => a + b })
      .toStream()
  return groups.windowedBy(windows).aggregate(fold).toStream()
}

const inWords = (stream: Stream<Windowed<string>>): Stream<string> =>
  stream.map(({ window, value }) => `${window.startMs}-${window.endMs}:${value ?? 'gone'}`)

const at = (timestampMs: number, value: string | null, key: string | null = 'k'): Step => [
  'in',
  key,
  value,
  timestampMs,
]
const texts = (all: readonly (readonly Out[])[]) => all.map((some) => some.map(([, value, ms]) => `${value} @${ms}`))

interface Case {
  readonly name: string
  readonly windows: Windows
  readonly emit?: 'on_close'
  readonly steps: readonly Step[]
  readonly expected: readonly (readonly string[])[]
  readonly late?: readonly string[]
}

const TUMBLING = tumbling({ sizeMs: 10, graceMs: 5 })
const HOPPING = hopping({ sizeMs: 10, advanceMs: 5, graceMs: 0 })
const SLIDING = sliding({ spanMs: 10, graceMs: 20 })
const SESSIONS = sessions({ gapMs: 5, graceMs: 3 })

const CASES: readonly Case[] = [
  {
    name: 'tumbling: each record changes its window; the result has the latest time of its records',
    windows: TUMBLING,
    steps: [at(3, 'a'), at(9, 'b'), at(10, 'c'), at(4, 'd'), at(4, 'e')],
    expected: [['0-10:a @3'], ['0-10:ab @9'], ['10-20:c @10'], ['0-10:abd @9'], ['0-10:abde @9']],
  },
  {
    name: 'tumbling: a record is late from the time that is end and grace, not a millisecond before',
    windows: TUMBLING,
    steps: [at(3, 'a'), at(14, 'b'), at(9, 'c'), at(15, 'd'), at(9, 'e'), at(10, 'f')],
    expected: [['0-10:a @3'], ['10-20:b @14'], ['0-10:ac @9'], ['10-20:bd @15'], [], ['10-20:bdf @15']],
    late: ['e @9 1/1'],
  },
  {
    name: 'tumbling: records without key or value are ignored, and do not move time on',
    windows: TUMBLING,
    steps: [at(3, 'a'), at(100, null), at(100, 'x', null), at(4, 'b')],
    expected: [['0-10:a @3'], [], [], ['0-10:ab @4']],
  },
  {
    name: 'tumbling on close: once, when time reaches end and grace, by whatever key it does; silent before and after',
    windows: TUMBLING,
    emit: 'on_close',
    steps: [
      at(3, 'a'),
      at(4, 'x', 'other'),
      at(9, 'b'),
      at(14, 'c'),
      at(15, 'd'),
      at(9, 'late'),
      at(30, 'e'),
      at(90, 'f'),
    ],
    expected: [[], [], [], [], ['0-10:ab @9', '0-10:x @4'], [], ['10-20:cd @15'], ['30-40:e @30']],
    late: ['late @9 1/1'],
  },
  {
    name: 'tumbling on close: a jump of time closes all windows before it, in their order',
    windows: TUMBLING,
    emit: 'on_close',
    steps: [at(3, 'a'), at(12, 'b'), at(1_000_000, 'c')],
    expected: [[], [], ['0-10:a @3', '10-20:b @12']],
  },
  {
    name: 'tumbling on close: a restart in the middle changes nothing',
    windows: TUMBLING,
    emit: 'on_close',
    steps: [at(3, 'a'), 'restart', at(9, 'b'), 'restart', at(15, 'c'), 'restart', at(8, 'late'), at(25, 'd')],
    expected: [[], [], ['0-10:ab @9'], [], ['10-20:c @15']],
    late: ['late @8 1/1'],
  },
  {
    name: 'hopping: a record is in each window that covers it, the earliest first; none begins before 0',
    windows: HOPPING,
    steps: [at(3, 'a'), at(7, 'b'), at(12, 'c')],
    expected: [['0-10:a @3'], ['0-10:ab @7', '5-15:b @7'], ['5-15:bc @12', '10-20:c @12']],
  },
  {
    name: 'hopping: a record that some of its windows still take is told to the late topic with how many did not',
    windows: HOPPING,
    steps: [at(3, 'a'), at(12, 'b'), at(8, 'c'), at(15, 'd'), at(8, 'e')],
    expected: [['0-10:a @3'], ['5-15:b @12', '10-20:b @12'], ['5-15:bc @12'], ['10-20:bd @15', '15-25:d @15'], []],
    late: ['c @8 1/2', 'e @8 2/2'],
  },
  {
    name: 'sliding: windows end with each record and begin after each that others follow',
    windows: SLIDING,
    steps: [at(20, 'a'), at(25, 'b'), at(40, 'c')],
    expected: [['10-20:a @20'], ['21-31:b @25', '15-25:ab @25'], ['30-40:c @40']],
  },
  {
    name: 'sliding: a record of the same time joins the windows there are',
    windows: SLIDING,
    steps: [at(20, 'a'), at(20, 'b'), at(30, 'c')],
    expected: [['10-20:a @20'], ['10-20:ab @20'], ['21-31:c @30', '20-30:abc @30']],
  },
  {
    name: 'sliding: a record out of order joins what it lies in and makes its own two windows',
    windows: SLIDING,
    steps: [at(20, 'a'), at(28, 'b'), at(24, 'c')],
    expected: [
      ['10-20:a @20'],
      ['21-31:b @28', '18-28:ab @28'],
      ['18-28:abc @28', '21-31:bc @28', '14-24:ac @24', '25-35:b @28'],
    ],
  },
  {
    name: 'sliding: a window is closed once time is past its end and grace; both ends belong to it',
    windows: sliding({ spanMs: 10, graceMs: 5 }),
    steps: [at(20, 'a'), at(35, 'b'), at(20, 'c'), at(36, 'd'), at(20, 'e')],
    expected: [['10-20:a @20'], ['25-35:b @35'], [], ['36-46:d @36', '26-36:bd @36'], []],
    late: ['e @20 1/1'],
  },
  {
    name: 'sliding on close: each window once',
    windows: sliding({ spanMs: 10, graceMs: 0 }),
    emit: 'on_close',
    steps: [at(20, 'a'), at(25, 'b'), 'restart', at(40, 'c'), at(100, 'd')],
    expected: [[], ['10-20:a @20'], ['15-25:ab @25', '21-31:b @25'], ['30-40:c @40']],
  },
  {
    name: 'session: records within the gap share it; what it was before is taken back',
    windows: SESSIONS,
    steps: [at(10, 'a'), at(15, 'b'), at(21, 'c')],
    expected: [['10-10:a @10'], ['10-10:gone @10', '10-15:ab @15'], ['21-21:c @21']],
  },
  {
    name: 'session: a record between two merges them, the earlier first',
    windows: SESSIONS,
    steps: [at(10, 'a'), at(18, 'b'), at(14, 'c')],
    expected: [['10-10:a @10'], ['18-18:b @18'], ['10-10:gone @10', '18-18:gone @18', '10-18:abc @18']],
  },
  {
    name: 'session: a record inside it changes it in place',
    windows: SESSIONS,
    steps: [at(10, 'a'), at(14, 'b'), at(12, 'c'), at(14, 'd')],
    expected: [['10-10:a @10'], ['10-10:gone @10', '10-14:ab @14'], ['10-14:abc @14'], ['10-14:abcd @14']],
  },
  {
    name: 'session: late is past end, gap and grace, of the session it would make',
    windows: SESSIONS,
    steps: [at(10, 'a'), at(18, 'b'), at(10, 'c'), at(19, 'd'), at(10, 'e'), at(13, 'f')],
    expected: [
      ['10-10:a @10'],
      ['18-18:b @18'],
      ['10-10:ac @10'],
      ['18-18:gone @18', '18-19:bd @19'],
      [],
      ['18-19:gone @19', '13-19:bdf @19'],
    ],
    late: ['e @10 1/1'],
  },
  {
    name: 'session on close: once, with nothing to take back, and a restart between',
    windows: SESSIONS,
    emit: 'on_close',
    steps: [at(10, 'a'), at(14, 'b'), 'restart', at(22, 'c'), at(23, 'd'), at(60, 'e')],
    expected: [[], [], [], ['10-14:ab @14'], ['22-23:cd @23']],
  },
]

test.each(CASES)('$name', async ({ windows, emit, steps, expected, late: expectedLate = [] }) => {
  const driver = concatenate(windows, emit)()
  expect(texts(await outputs(driver, steps))).toEqual(expected)
  const told = await driver.read('late')
  expect(told.map((r) => `${r.value} @${r.timestampMs} ${r.headers['late.windows']}`)).toEqual(expectedLate)
  expect(driver.deadLetters('p')).toEqual([])
})

test('windows behind windows that close late are not late themselves', async () => {
  const driver = flowDriver({ in: 1, out: 1 }, (flow) => {
    const minutes = flow
      .stream(letters)
      .groupByKey()
      .windowedBy(tumbling({ sizeMs: 10, graceMs: 100 }))
      .count({ store: 'small', emit: 'on_close' })
      .toStream()
      .map(({ value }) => value ?? 0)
    inWords(
      minutes
        .groupByKey()
        .windowedBy(tumbling({ sizeMs: 40, graceMs: 0 }))
        .reduce((a, b) => a + b, { store: 'large', emit: 'on_close' })
        .toStream()
        .map(({ window, value }) => ({ window, value: String(value) })),
    ).to(results)
  })
  const steps = Array.from({ length: 30 }, (_, i): Step => at(i * 10 + 5, 'x'))
  expect(texts(await outputs(driver, steps)).flat()).toEqual([
    '0-40:4 @35',
    '40-80:4 @75',
    '80-120:4 @115',
    '120-160:4 @155',
  ])
})

test('one result that cannot be emitted is dead-lettered, and the others are emitted all the same', async () => {
  const driver = flowDriver({ in: 1, out: 1 }, (flow) => {
    windowed(flow.stream(letters).groupByKey(), TUMBLING, { store: 'w', emit: 'on_close' })
      .map(({ value }) => {
        if (value === 'bad') throw new Error('this one is bad')
        return value ?? ''
      })
      .to(results)
  })
  const steps = [at(1, 'x', 'a'), at(1, 'bad', 'b'), at(1, 'y', 'c'), at(30, 'z'), at(31, 'z'), at(60, 'z')]
  expect(texts(await outputs(driver, steps))).toEqual([[], [], [], ['x @1', 'y @1'], [], ['zz @31']])
  expect(driver.deadLetters('p').map((one) => one.headers['dlq.error.message'])).toEqual([
    'store w: what was due at 15 for b failed: this one is bad',
  ])
})

/** What a batch job would say: every window's records, by brute force. */
function inBatch(windows: Windows, records: readonly { key: string; ms: number; value: string }[]): string[] {
  const sorted = [...records].sort((a, b) => a.ms - b.ms)
  const spans = new Set<string>()
  for (const { key, ms } of sorted) {
    const others = sorted.filter((r) => r.key === key).map((r) => r.ms)
    if (windows.kind === 'time') {
      for (let start = 0; start <= ms; start += windows.advanceMs)
        if (ms < start + windows.sizeMs) spans.add(`${key} ${start} ${start + windows.sizeMs}`)
    } else if (windows.kind === 'sliding') {
      spans.add(`${key} ${ms - windows.spanMs} ${ms}`)
      if (others.some((other) => other > ms && other <= ms + 1 + windows.spanMs))
        spans.add(`${key} ${ms + 1} ${ms + 1 + windows.spanMs}`)
    } else {
      const reach = (from: number, by: number): number => {
        const next = others.find((other) => Math.sign(other - from) === by && Math.abs(other - from) <= windows.gapMs)
        return next === undefined ? from : reach(next, by)
      }
      spans.add(`${key} ${reach(ms, -1)} ${reach(ms, 1)}`)
    }
  }
  return [...spans]
    .map((span) => {
      const [key, start, end] = span.split(' ')
      const isIn = (ms: number) =>
        ms >= Number(start) && (windows.kind === 'time' ? ms < Number(end) : ms <= Number(end))
      const inside = sorted.filter((r) => r.key === key && isIn(r.ms)).map((r) => r.value)
      return `${key} ${start}-${end}:${inside.sort().join('')}`
    })
    .sort()
}

const records = fc
  .array(fc.record({ key: fc.constantFrom('a', 'b'), ms: fc.integer({ min: 0, max: 60 }) }), { maxLength: 14 })
  .map((all) => all.map((one, i) => ({ ...one, value: String.fromCharCode(97 + i) })))
const WIDE = { graceMs: 100 }
const SHAPES: readonly (readonly [string, Windows])[] = [
  ['tumbling', tumbling({ sizeMs: 10, ...WIDE })],
  ['hopping', hopping({ sizeMs: 10, advanceMs: 3, ...WIDE })],
  ['sliding', sliding({ spanMs: 7, ...WIDE })],
  ['session', sessions({ gapMs: 4, ...WIDE })],
]

test.each(SHAPES)(
  '%s windows are what a batch job computes, in whatever order records come within grace',
  async (_, windows) => {
    await fc.assert(
      fc.asyncProperty(records, fc.boolean(), fc.nat(14), async (all, onClose, restartAt) => {
        const driver = concatenate(windows, onClose ? 'on_close' : 'on_update')()
        const latest = new Map<string, string>()
        let emitted = 0
        for (const [i, { key, ms, value }] of [...all, { key: 'end', ms: 10_000, value: 'end' }].entries()) {
          if (i === restartAt) await driver.restart()
          await driver.pipe('in', { key, value, timestampMs: ms })
          for (const [outKey, out] of (await driver.read('out')).map(outOf)) {
            const [span, letters] = String(out).split(':') as [string, string]
            if (outKey === 'end') continue
            emitted += 1
            if (letters === 'gone') latest.delete(`${outKey} ${span}`)
            else latest.set(`${outKey} ${span}`, [...letters].sort().join(''))
          }
        }
        const expected = inBatch(windows, all)
        expect([...latest].map(([span, value]) => `${span}:${value}`).sort()).toEqual(expected)
        if (onClose) expect(emitted).toBe(expected.length)
        expect(await driver.read('late')).toEqual([])
      }),
      { numRuns: 60 },
    )
  },
)
