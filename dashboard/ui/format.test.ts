import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  formatAgo,
  formatCount,
  formatDecimal,
  formatDuration,
  formatInstant,
  formatNumber,
  formatPercent,
  formatQty,
  formatRate,
  plural,
} from './format.ts'

test('a decimal is grouped and rounded half away from zero, with a true minus', () => {
  expect(formatDecimal('1234567.895', 2)).toBe('1,234,567.90')
  expect(formatDecimal('-0.005', 2)).toBe('−0.01')
  expect(formatDecimal('999.999', 2)).toBe('1,000.00')
  expect(formatDecimal('12', 2, true)).toBe('+12.00')
  expect(formatDecimal('-0.001', 2, true)).toBe('0.00')
  expect(formatDecimal(null, 2)).toBe('–')
})

test('a number beyond 2^53 keeps every digit', () => {
  expect(formatCount('9007199254740993')).toBe('9,007,199,254,740,993')
  expect(formatDecimal('9007199254740993.01', 2)).toBe('9,007,199,254,740,993.01')
})

test('what is not a decimal is shown as it came, never as NaN', () => {
  expect(formatDecimal('1e5', 2)).toBe('1e5')
  expect(formatNumber(Number.NaN, 2)).toBe('–')
})

test('rounding a decimal to the places it has changes only its look', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
      fc.integer({ min: 0, max: 8 }),
      (digits, places) => {
        const whole = (digits < 0n ? -digits : digits).toString().padStart(places + 1, '0')
        const text = `${digits < 0n ? '-' : ''}${whole.slice(0, whole.length - places)}${places === 0 ? '' : `.${whole.slice(-places)}`}`
        const back = formatDecimal(text, places).replaceAll(',', '').replace('−', '-')
        expect(back).toBe(text)
      },
    ),
  )
})

test('shares show only the places they have', () => {
  expect(formatQty('31')).toBe('31')
  expect(formatQty('0.50000000')).toBe('0.5')
  expect(formatQty('1200.00')).toBe('1,200')
})

test('durations take the unit that suits them', () => {
  expect(formatDuration(0)).toBe('0 ms')
  expect(formatDuration(3.14)).toBe('3.1 ms')
  expect(formatDuration(420)).toBe('0.4 s')
  expect(formatDuration(12_000)).toBe('12 s')
  expect(formatDuration(192_000)).toBe('3 min 12 s')
  expect(formatDuration(7_500_000)).toBe('2 h 5 min')
  expect(formatDuration(352_800_000)).toBe('4 d 2 h')
  expect(formatDuration(null)).toBe('–')
})

test('instants are UTC and ages are whole seconds', () => {
  expect(formatInstant('2026-11-24T14:30:07.250Z')).toBe('2026-11-24 14:30:07')
  expect(formatInstant('nonsense')).toBe('–')
  expect(formatAgo('2026-11-24T14:30:07Z', Date.UTC(2026, 10, 24, 14, 30, 9, 900))).toBe('2.0 s ago')
})

test('rates, percentages and counts carry their unit', () => {
  expect(formatRate(0)).toBe('0/s')
  expect(formatRate(0.42)).toBe('0.4/s')
  expect(formatRate(1234)).toBe('1,234/s')
  expect(formatPercent(0.314)).toBe('31 %')
  expect(formatPercent(-0.0123, 1, true)).toBe('−1.2 %')
  expect([plural(1, 'order'), plural(0, 'order'), plural(2, 'copy', 'copies')]).toEqual([
    '1 order',
    '0 orders',
    '2 copies',
  ])
})
