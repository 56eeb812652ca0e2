import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Bar, decimal, type Extraction, type Signal } from '../../schemas/index.ts'
import { parseConfig } from '../../streams/index.ts'
import { DAY_MS, dayBar, extractionOf, HOUR_MS, MONDAY_OPEN_MS } from '../testing/facts.ts'
import { runChain } from '../testing/run-chain.ts'
import { aggregate } from './aggregate.ts'
import type { EvidenceRow } from './evidence.ts'
import { decayedWeight, independentVoices, WINDOWS, windowOf } from './windows.ts'

async function signalsOf(extractions: readonly Extraction[], bars: readonly Bar[] = []): Promise<Signal[]> {
  const processor = aggregate.create(parseConfig(aggregate, {}), {})
  const records = [
    ...bars.map((value) => ({ topic: 'market.bars', key: value.symbol, value, timestampMs: value.end_at })),
    ...extractions.map((value) => ({ topic: 'extractions', key: 'ZQX', value, timestampMs: value.known_at })),
  ]
  const seen = await runChain(
    { aggregate: { processor, from: ['extractions', 'market.bars'], to: 'signals' } },
    records,
  )
  return seen.filter((r) => r.topic === 'signals').map((r) => r.value as Signal)
}
const windowNamed = (signal: Signal | undefined, name: string) => signal!.windows.find((w) => w.window === name)!

describe('an extraction', () => {
  test('weighs relevance x confidence x source x extractor, and moves the score', async () => {
    const [signal] = await signalsOf([extractionOf('a')])
    // 1 x 0.9 x 0.75 (press) x 1 (new) x 0.4 (rules)
    expect(windowNamed(signal, '1d').weight).toBeCloseTo(0.27, 12)
    expect(signal!.strength).toBeCloseTo((0.27 * 0.8) / (0.27 + 0.5), 12)
    expect(signal).toMatchObject({ direction: 'up', trigger: 'a', independent_clusters: 1, primary_source: false })
  })

  test.each([
    ['abstained', { abstain_reason: 'no_claim', sentiment: null, confidence: null }],
    ['is suspected to address a machine', { injection_suspected: true }],
    ['is hardly about the company', { relevance: 0.34 }],
    ['names no company', { symbol: null }],
  ] as const)('that %s is no evidence: no signal, and no neutral voice', async (_, over) => {
    expect(await signalsOf([extractionOf('a', over)])).toEqual([])
    const alone = await signalsOf([extractionOf('b', { known_at: MONDAY_OPEN_MS + 1 })])
    expect(await signalsOf([extractionOf('a', over), extractionOf('b', { known_at: MONDAY_OPEN_MS + 1 })])).toEqual(
      alone,
    )
  })

  test('that repeats a story counts as a copy of it and adds no weight', async () => {
    const { sketch } = extractionOf('a')
    const [, after] = await signalsOf([
      extractionOf('a'),
      extractionOf('copy', { sketch, known_at: MONDAY_OPEN_MS + 1 }),
      extractionOf('c', { known_at: MONDAY_OPEN_MS + 2 }),
    ])
    expect(after!.evidence.map((e) => [e.cluster_id, e.copies]).sort()).toEqual([
      ['a', 2],
      ['c', 1],
    ])
    expect(windowNamed(after, '1d').clusters).toBe(2)
  })

  test('that comes again changes nothing', async () => {
    const [a, b] = [extractionOf('a'), extractionOf('b', { known_at: MONDAY_OPEN_MS + 1 })]
    expect(await signalsOf([a, a, b, a, b])).toEqual(await signalsOf([a, b]))
  })

  test('of a regulator makes a primary source', async () => {
    expect((await signalsOf([extractionOf('a', { source_type: 'regulator' })]))[0]).toMatchObject({
      primary_source: true,
    })
  })
})

test('the order of arrival does not matter to the last signal', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 0, max: 5 * 24 }), { minLength: 2, maxLength: 12 }),
      fc.infiniteStream(fc.nat()),
      async (hours, random) => {
        const last = extractionOf('last', { known_at: MONDAY_OPEN_MS + 6 * DAY_MS })
        const all = hours.map((h) =>
          extractionOf(`e${h}`, { known_at: MONDAY_OPEN_MS + h * HOUR_MS, sentiment: ((h * 7) % 19) / 10 - 0.9 }),
        )
        const shuffled = all.map((e) => ({ e, at: random.next().value as number })).sort((a, b) => a.at - b.at)
        // Fed as if all came at the last moment, in that order: event time, not arrival, decides.
        const late = await lastSignal([...shuffled.map(({ e }) => e), last])
        const inTime = await lastSignal([...all.toSorted((a, b) => a.known_at - b.known_at), last])
        expect(late.windows).toHaveLength(inTime.windows.length)
        for (const [i, w] of late.windows.entries()) {
          expect(w.score).toBeCloseTo(inTime.windows[i]!.score, 12)
          expect(w.weight).toBeCloseTo(inTime.windows[i]!.weight, 12)
        }
        expect(late.signal_id).toBe(inTime.signal_id)
      },
    ),
    { numRuns: 60 },
  )
})

async function lastSignal(extractions: readonly Extraction[]): Promise<Signal> {
  const processor = aggregate.create(parseConfig(aggregate, {}), {})
  const records = extractions.map((value) => ({ topic: 'extractions', key: 'ZQX', value, timestampMs: 0 }))
  const seen = await runChain({ aggregate: { processor, from: ['extractions'], to: 'signals' } }, records)
  return seen.filter((r) => r.topic === 'signals').at(-1)!.value as Signal
}

const anyRow = fc
  .record({
    id: fc.nat(),
    sentiment: fc.double({ min: -1, max: 1, noNaN: true }),
    weight: fc.double({ min: 0.001, max: 1, noNaN: true }),
    hours: fc.double({ min: 0, max: 900, noNaN: true }),
    half: fc.constantFrom(3, 12, 24, 84, 240),
  })
  .map(
    ({ id, sentiment, weight, hours, half }) =>
      ({
        cluster_id: `c${id}`,
        sentiment,
        weight,
        known_at: MONDAY_OPEN_MS - hours * HOUR_MS,
        half_life_ms: half * HOUR_MS,
      }) as EvidenceRow,
  )

test('a window is the sum over what lies in it; taking a row away again leaves what was before', () => {
  fc.assert(
    fc.property(fc.array(anyRow, { maxLength: 30 }), anyRow, fc.constantFrom(...WINDOWS), (rows, more, [name, ms]) => {
      const before = windowOf(name, ms, rows, MONDAY_OPEN_MS, 0.5)
      const added = [...rows, more]
      expect(windowOf(name, ms, added.slice(0, -1), MONDAY_OPEN_MS, 0.5)).toEqual(before)
      const inside = rows.filter((row) => MONDAY_OPEN_MS - row.known_at < ms)
      const naive = inside.reduce((s, r) => s + r.weight * 0.5 ** ((MONDAY_OPEN_MS - r.known_at) / r.half_life_ms), 0)
      const signed = inside.reduce((s, r) => s + decayedWeight(r, MONDAY_OPEN_MS) * r.sentiment, 0)
      expect(Math.abs(before.weight - naive)).toBeLessThan(1e-9)
      expect(Math.abs(before.score - signed / (naive + 0.5))).toBeLessThan(1e-9)
      expect(before.n_eff).toBeLessThanOrEqual(before.clusters + 1e-9)
      expect(before.agreement).toBeLessThanOrEqual(1 + 1e-9)
    }),
  )
})

describe('independent voices', () => {
  const row = (source_type: string, owner: string): EvidenceRow =>
    ({ source_type, owner, known_at: MONDAY_OPEN_MS }) as EvidenceRow
  const voices = (rows: readonly EvidenceRow[]): number => independentVoices(rows, MONDAY_OPEN_MS)
  test('are one an owner', () => {
    expect(voices([row('press', 'a'), row('press', 'a'), row('wire', 'b')])).toBe(2)
  })
  test('of a social source are one, and two from five posts on, never more', () => {
    const posts = (n: number) => Array.from({ length: n }, () => row('social', 'posts'))
    expect([1, 4, 5, 50].map((n) => voices(posts(n)))).toEqual([1, 1, 2, 2])
    expect(voices([...posts(50), row('press', 'a')])).toBe(3)
  })
})

test('prices are known up to the last bar; a minute moves the last price and not the days', async () => {
  const days = Array.from({ length: 20 }, (_, i) => {
    const close = `${100 + (i % 4)}`
    return dayBar(i - 20, [close, `${106 + (i % 4)}`, `${98 + (i % 4)}`, close])
  })
  const minute = dayBar(0, ['110', '110', '110', '110'], { timespan: '1m', end_at: MONDAY_OPEN_MS + 60_000 })
  const [early, late] = await signalsOf(
    [extractionOf('a', { known_at: MONDAY_OPEN_MS - 1 }), extractionOf('b', { known_at: MONDAY_OPEN_MS + 60_000 })],
    [...days, minute],
  )
  expect(early!.price).toMatchObject({ last_price: '103', return_1d: 103 / 102 - 1 })
  expect(late!.price).toMatchObject({ last_price: '110', bar_at: MONDAY_OPEN_MS + 60_000, return_1d: 110 / 103 - 1 })
  expect(late!.price!.atr_14).toBe(early!.price!.atr_14)
  expect(Number(late!.price!.atr_14)).toBeGreaterThan(7.9)
  expect(late!.price!.relative_volume).toBe(1)
  expect(decimal('103')).toBe(early!.price!.last_price)
})
