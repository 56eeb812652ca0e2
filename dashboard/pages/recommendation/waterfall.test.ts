import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RECOMMENDATION } from '../../testing/records.ts'
import { sentenceOf } from './sentence.ts'
import { followedOf, knownOf } from './timeline.tsx'
import { waterfallOf } from './waterfall.ts'

const part = fc.double({ min: -3, max: 3, noNaN: true })

test('the bars lie end to end from zero to the score, and add up to it', () => {
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 12 }), part, (parts, threshold) => {
      const score = parts.reduce((sum, p) => sum + p, 0)
      const { bars, total, zeroAt, thresholdAt, sum } = waterfallOf(parts, score, threshold)
      expect(sum).toBe(score)
      let at = zeroAt
      bars.forEach((bar, index) => {
        const up = parts[index]! >= 0
        expect(up ? bar.left : bar.left + bar.width).toBeCloseTo(at, 9)
        at = up ? bar.left + bar.width : bar.left
      })
      expect(at).toBeCloseTo(score >= 0 ? total.left + total.width : total.left, 9)
      for (const place of [zeroAt, thresholdAt, total.left, ...bars.map((b) => b.left)]) {
        expect(place).toBeGreaterThanOrEqual(0.0199)
        expect(place).toBeLessThanOrEqual(0.9801)
      }
    }),
  )
})

test('the sentence says what, how strong and from where on', () => {
  expect(sentenceOf(RECOMMENDATION)).toBe('Buy NVDA: the score is +0.31, over the +0.25 from which it is a buy.')
  expect(
    sentenceOf({
      ...RECOMMENDATION,
      action: 'hold',
      score: 0.12,
      hold_reasons: ['weak_score', 'single_source', 'new_code'],
    }),
  ).toBe('Hold NVDA: the score is +0.12, short of +0.25; the signal is too weak, only one source says so and new code.')
  expect(sentenceOf({ ...RECOMMENDATION, action: 'hold', score: -0.5, hold_reasons: ['conflict'] })).toBe(
    'Hold NVDA, although the score is −0.50: the evidence contradicts itself.',
  )
  expect(sentenceOf({ ...RECOMMENDATION, action: 'sell', score: -0.5 })).toBe(
    'Sell NVDA: the score is −0.50, under the −0.25 from which it is a sell.',
  )
})

test('everything known is listed before the recommendation, everything that followed in order', () => {
  const known = knownOf(RECOMMENDATION)
  expect(known.at(-1)?.what).toBe('recommended')
  expect(known).toHaveLength(5)
  expect(followedOf(RECOMMENDATION).map((m) => m.what)).toEqual([
    'risk approved',
    'order sent',
    'new',
    'partial fill',
    'fill',
  ])
})
