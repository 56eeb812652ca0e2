import { describe, expect, test } from 'vitest'
import { parseTarget } from './reset-target.ts'

const NOW_MS = Date.parse('2026-03-02T10:00:00Z')

describe('where to reset to', () => {
  test.each([
    ['earliest', { kind: 'earliest' }],
    ['1200', { kind: 'offset', offset: 1200n }],
    ['9007199254740993', { kind: 'offset', offset: 9_007_199_254_740_993n }],
    ['-90m', { kind: 'time', timestampMs: NOW_MS - 5_400_000 }],
    ['2028-02-29', { kind: 'time', timestampMs: Date.parse('2028-02-29T00:00:00Z') }],
    ['2026-03-02T23:30:00-05:00', { kind: 'time', timestampMs: Date.parse('2026-03-03T04:30:00Z') }],
  ])('%s', (text, target) => {
    expect(parseTarget(text, NOW_MS)).toEqual(target)
  })

  // Kafka takes -1 for the latest and -2 for the earliest, and refuses other times before 1970.
  test.each(['1969-12-31T23:59:59.999Z', '1969-12-31T23:59:59.998Z', '-30000d', '-99999999999999999999d'])(
    'a time before all records is the first there can be: %s',
    (text) => {
      expect(parseTarget(text, NOW_MS)).toEqual({ kind: 'time', timestampMs: 0 })
    },
  )

  test.each(['2026-02-31', '2026-02-29T10:00:00Z', '2026-13-01', '2026-03-02T10:00:00', 'yesterday', '-90', '1.5', ''])(
    'no day that there is, no zone, no unit: %s is refused',
    (text) => {
      expect(() => parseTarget(text, NOW_MS)).toThrow(/--to is/)
    },
  )
})
