import fc from 'fast-check'
import { expect, test } from 'vitest'
import { statsOf } from './column-bounds.ts'

const optional = <T>(of: fc.Arbitrary<T>) => fc.array(fc.option(of, { nil: null }), { maxLength: 8 })
const bytesLess = (a: Uint8Array, b: Uint8Array): number => Buffer.compare(a, b)

test('no text of a column lies outside its bounds, in the order of its UTF-8 bytes', () => {
  fc.assert(
    fc.property(optional(fc.string({ unit: 'binary', maxLength: 40 })), (values) => {
      const stats = statsOf('string', values)
      for (const value of values) {
        if (value === null) continue
        const bytes = Buffer.from(value)
        if (stats?.lower) expect(bytesLess(stats.lower, bytes)).toBeLessThanOrEqual(0)
        if (stats?.upper) expect(bytesLess(bytes, stats.upper)).toBeLessThanOrEqual(0)
      }
      expect(stats?.nulls).toBe(BigInt(values.filter((value) => value === null).length))
    }),
  )
})

test('numbers are bounded by the least and the most of them, NaN by nothing', () => {
  fc.assert(
    fc.property(optional(fc.double()), (values) => {
      const stats = statsOf('double', values)
      const real = values.filter((value): value is number => value !== null && !Number.isNaN(value))
      expect(stats?.nans).toBe(BigInt(values.filter((value) => Number.isNaN(value)).length))
      if (real.length === 0) expect([stats?.lower, stats?.upper]).toEqual([undefined, undefined])
      else {
        expect(Buffer.from(stats?.lower ?? []).readDoubleLE() + 0).toBe(Math.min(...real) + 0)
        expect(Buffer.from(stats?.upper ?? []).readDoubleLE() + 0).toBe(Math.max(...real) + 0)
      }
    }),
  )
})

test.each([
  [0n, '00'],
  [127n, '7f'],
  [128n, '0080'],
  [-128n, '80'],
  [-129n, 'ff7f'],
  [10n ** 38n - 1n, '4b3b4ca85a86c47a098a223fffffffff'],
])('the decimal %s is %s, as few bytes as hold it', (units, hex) => {
  expect(Buffer.from(statsOf('decimal(38, 8)', [units])?.lower ?? []).toString('hex')).toBe(hex)
})

test('the two zeros are one: bounds hold both', () => {
  const stats = statsOf('double', [0])
  expect(Object.is(Buffer.from(stats?.lower ?? []).readDoubleLE(), -0)).toBe(true)
  expect(Object.is(Buffer.from(stats?.upper ?? []).readDoubleLE(), 0)).toBe(true)
})
