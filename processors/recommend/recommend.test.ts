import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decimal, type PriceContext, type Recommendation, type Signal } from '../../schemas/index.ts'
import { parseConfig } from '../../streams/index.ts'
import type { EvidenceRow } from '../aggregate/evidence.ts'
import { signalOf } from '../aggregate/signal.ts'
import { decayedWeight } from '../aggregate/windows.ts'
import { DAY_MS, HOUR_MS, MONDAY_OPEN_MS } from '../testing/facts.ts'
import { runChain } from '../testing/run-chain.ts'
import { recommend } from './recommend.ts'

const KAPPA = 0.5
const price: PriceContext = {
  last_price: decimal('100'),
  bar_at: MONDAY_OPEN_MS - HOUR_MS,
  return_1d: 0,
  return_5d: 0,
  rsi_14: 50,
  atr_14: decimal('2'),
  gap: 0,
  relative_volume: 1,
  volatility_1d: 0.02,
}
const row = (id: string, over: Partial<EvidenceRow> = {}): EvidenceRow => ({
  cluster_id: id,
  extraction_id: id,
  document_id: `d-${id}`,
  raw_sha256: 'raw',
  source_id: 'desk',
  source_type: 'press',
  owner: id,
  title: `News ${id}`,
  url: null,
  event_type: 'earnings',
  sentiment: 0.8,
  weight: 0.4,
  half_life_ms: 60 * HOUR_MS,
  known_at: MONDAY_OPEN_MS - HOUR_MS,
  copies: 1,
  copy_ids: [],
  sketch: [],
  quote: 'profit rose',
  quote_start: 0,
  quote_end: 11,
  ...over,
})
const signal = (rows: readonly EvidenceRow[], over: Partial<Signal> = {}): Signal => ({
  ...signalOf({ symbol: 'ZQX', asOfMs: MONDAY_OPEN_MS, trigger: 't', rows, price, kappa: KAPPA, simulated: true }),
  ...over,
})
async function recommendationOn(value: Signal): Promise<Recommendation> {
  const processor = recommend.create(parseConfig(recommend, {}), {})
  const records = [{ topic: 'signals', key: 'ZQX', value, timestampMs: value.as_of }]
  const seen = await runChain({ recommend: { processor, from: ['signals'], to: 'recommendations' } }, records)
  return seen.at(-1)!.value as Recommendation
}

test('two independent good stories are a buy; two bad ones a sell', async () => {
  expect(await recommendationOn(signal([row('a'), row('b')]))).toMatchObject({ action: 'buy', hold_reasons: [] })
  const bad = [row('a', { sentiment: -0.8 }), row('b', { sentiment: -0.8 })]
  expect(await recommendationOn(signal(bad))).toMatchObject({ action: 'sell', hold_reasons: [] })
})

test('the same signal makes the same recommendation, id included', async () => {
  const s = signal([row('a'), row('b')])
  expect(await recommendationOn(s)).toEqual(await recommendationOn(s))
})

describe('a hold says why, with every reason that applies', () => {
  const good = [row('a'), row('b')]
  test.each<readonly [string, Signal, readonly string[]]>([
    ['nothing is known', signal([]), ['no_evidence']],
    ['one voice', signal([row('a', { weight: 0.9 })]), ['single_source']],
    [
      'voices that differ',
      signal([row('a'), row('b', { sentiment: -0.7 })]),
      ['weak_score', 'low_confidence', 'conflict', 'cost'],
    ],
    ['no price', signal(good, { price: null }), ['no_price']],
    ['an old price', signal(good, { price: { ...price, bar_at: MONDAY_OPEN_MS - 5 * DAY_MS } }), ['stale']],
    ['a price that has moved already', signal(good, { price: { ...price, return_1d: 0.05 } }), ['priced_in']],
    ['a stock that hardly moves', signal(good, { price: { ...price, volatility_1d: 0.0001 } }), ['cost']],
  ])('%s', async (_, s, reasons) => {
    const r = await recommendationOn(s)
    expect(r.action).toBe('hold')
    expect(r.hold_reasons).toEqual(reasons)
  })
  test('one voice is enough where it is the issuer', async () => {
    const r = await recommendationOn(signal([row('a', { weight: 0.9, source_type: 'issuer' })]))
    expect(r.action).toBe('buy')
  })
})

const anyRow = fc
  .record({
    id: fc.integer({ min: 0, max: 999 }),
    sentiment: fc.double({ min: -1, max: 1, noNaN: true }),
    weight: fc.double({ min: 0.01, max: 0.9, noNaN: true }),
    hours: fc.double({ min: 0, max: 160, noNaN: true }),
  })
  .map(({ id, sentiment, weight, hours }) =>
    row(`c${id}`, { sentiment, weight, known_at: Math.round(MONDAY_OPEN_MS - hours * HOUR_MS) }),
  )
const anyRows = fc.uniqueArray(anyRow, { minLength: 1, maxLength: 10, selector: (r) => r.cluster_id })

test('the contributions add up to the score, and p is its logistic', async () => {
  await fc.assert(
    fc.asyncProperty(anyRows, async (rows) => {
      const r = await recommendationOn(signal(rows))
      expect(r.contributions.reduce((sum, c) => sum + c.contribution, 0)).toBe(r.score)
      for (const c of r.contributions) expect(c.value * c.weight).toBe(c.contribution)
      expect(r.probability).toBeCloseTo(1 / (1 + Math.exp(-r.score)), 12)
      expect(r.supporting.length + r.opposing.length).toBe(rows.length)
      expect(r.hold_reasons.length === 0).toBe(r.action !== 'hold')
    }),
  )
})

test('without a cluster it is what it would have been had the cluster never come', async () => {
  await fc.assert(
    fc.asyncProperty(anyRows, async (rows) => {
      const r = await recommendationOn(signal(rows))
      for (const { cluster_id, score, action } of r.counterfactuals) {
        const others = rows.filter((o) => o.cluster_id !== cluster_id)
        const never = await recommendationOn(signal(others))
        expect(score).toBeCloseTo(never.score, 9)
        if (Math.abs(never.agreement - 0.6) > 1e-6) expect(action).toBe(never.action)
      }
    }),
  )
})

test('evidence shows the weight it has now', () => {
  const [a] = signal([row('a')]).evidence
  expect(a!.weight).toBe(decayedWeight(row('a'), MONDAY_OPEN_MS))
})
