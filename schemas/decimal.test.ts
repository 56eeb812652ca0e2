import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addDecimal,
  compareDecimal,
  type Decimal,
  decimal,
  decimalFromUnits,
  decimalToUnits,
  divideDecimal,
  multiplyDecimal,
  roundDecimal,
  subtractDecimal,
} from './decimal.ts'

const units = fc.bigInt(-(10n ** 20n) + 1n, 10n ** 20n - 1n)
const anyDecimal = units.map(decimalFromUnits)
const money = fc.bigInt(-(10n ** 14n), 10n ** 14n).map(decimalFromUnits)

describe('a decimal', () => {
  test('has one text for one value', () => {
    expect(['1.50', '01.5', '1.5000'].map(decimal)).toEqual(['1.5', '1.5', '1.5'])
    expect(decimal('-0.00')).toBe('0')
    expect(decimal('0.00000001')).toBe('0.00000001')
  })

  test.each(['', '1e3', '+1', '1.', '.5', ' 1', 'NaN', '1234567890123', '0.000000001'])('refuses %j', (text) => {
    expect(() => decimal(text)).toThrow(TypeError)
  })

  test('goes to units and back', () => {
    fc.assert(fc.property(units, (u) => decimalToUnits(decimalFromUnits(u)) === u))
    fc.assert(fc.property(anyDecimal, (d) => decimal(d) === d))
  })

  test('adds and subtracts exactly', () => {
    fc.assert(fc.property(money, money, (a, b) => subtractDecimal(addDecimal(a, b), b) === a))
    expect(addDecimal('0.1' as Decimal, '0.2' as Decimal)).toBe('0.3')
  })

  test('compares as a number line', () => {
    fc.assert(
      fc.property(
        money,
        money,
        (a, b) => Math.sign(compareDecimal(a, b)) === Math.sign(Number(decimalToUnits(a) - decimalToUnits(b))),
      ),
    )
  })

  test('multiplies and divides with rounding half to even at eight places', () => {
    expect(multiplyDecimal(decimal('0.00000001'), decimal('0.5'))).toBe('0')
    expect(multiplyDecimal(decimal('0.00000003'), decimal('0.5'))).toBe('0.00000002')
    expect(divideDecimal(decimal('1'), decimal('3'))).toBe('0.33333333')
    expect(() => divideDecimal(decimal('1'), decimal('0'))).toThrow(/by zero/)
  })

  test('rounds towards and away from zero', () => {
    expect(roundDecimal(decimal('-1.239'), 2, 'down')).toBe('-1.23')
    expect(roundDecimal(decimal('-1.231'), 2, 'up')).toBe('-1.24')
  })
})
