import { Decimal as Big } from 'decimal.js'

declare const brand: unique symbol
/** Money and quantity: decimal digits in a string, never an IEEE double. At most 12 digits before the point and 8 after. */
export type Decimal = string & { readonly [brand]: 'Decimal' }

/** Digits after the point in every decimal of the schemas. */
export const DECIMAL_SCALE = 8
const WHOLE_DIGITS_MAX = 12
const Exact = Big.clone({ precision: 40, rounding: Big.ROUND_HALF_EVEN })
export const ZERO = '0' as Decimal

/** Checks and normalises text: `+1.50` is not a decimal, `1.50` becomes `1.5`. Throws TypeError naming the text. */
export function decimal(text: string): Decimal {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)
  if (!match) throw new TypeError(`not a decimal number: ${JSON.stringify(text)}`)
  const whole = (match[2] as string).replace(/^0+(?=\d)/, '')
  const fraction = (match[3] ?? '').replace(/0+$/, '')
  if (whole.length > WHOLE_DIGITS_MAX || fraction.length > DECIMAL_SCALE) {
    throw new TypeError(
      `decimal out of range (${WHOLE_DIGITS_MAX} digits before the point, ${DECIMAL_SCALE} after): ${text}`,
    )
  }
  const digits = fraction ? `${whole}.${fraction}` : whole
  return (match[1] && digits !== '0' ? `-${digits}` : digits) as Decimal
}

/** Exact text of a number of units of 10^-8. */
export function decimalFromUnits(units: bigint): Decimal {
  const negative = units < 0n
  const digits = (negative ? -units : units).toString().padStart(DECIMAL_SCALE + 1, '0')
  const whole = digits.slice(0, -DECIMAL_SCALE)
  const fraction = digits.slice(-DECIMAL_SCALE).replace(/0+$/, '')
  return `${negative ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}` as Decimal
}

/** Units of 10^-8. */
export function decimalToUnits(value: Decimal): bigint {
  const negative = value.startsWith('-')
  const [whole = '0', fraction = ''] = (negative ? value.slice(1) : value).split('.')
  const units = BigInt(whole + fraction.padEnd(DECIMAL_SCALE, '0'))
  return negative ? -units : units
}

export const addDecimal = (a: Decimal, b: Decimal): Decimal => decimalFromUnits(decimalToUnits(a) + decimalToUnits(b))
export const subtractDecimal = (a: Decimal, b: Decimal): Decimal =>
  decimalFromUnits(decimalToUnits(a) - decimalToUnits(b))
export const negateDecimal = (a: Decimal): Decimal => decimalFromUnits(-decimalToUnits(a))
/** Rounded half to even at eight places. */
export const multiplyDecimal = (a: Decimal, b: Decimal): Decimal => fromBig(new Exact(a).times(b))
/** Rounded half to even at eight places. Throws RangeError on a zero divisor. */
export function divideDecimal(a: Decimal, b: Decimal): Decimal {
  if (isZeroDecimal(b)) throw new RangeError(`division of ${a} by zero`)
  return fromBig(new Exact(a).div(b))
}
export const compareDecimal = (a: Decimal, b: Decimal): number => {
  const difference = decimalToUnits(a) - decimalToUnits(b)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}
export const isZeroDecimal = (a: Decimal): boolean => decimalToUnits(a) === 0n
export const minDecimal = (a: Decimal, b: Decimal): Decimal => (compareDecimal(a, b) <= 0 ? a : b)
export const maxDecimal = (a: Decimal, b: Decimal): Decimal => (compareDecimal(a, b) >= 0 ? a : b)
export const absDecimal = (a: Decimal): Decimal => (a.startsWith('-') ? (a.slice(1) as Decimal) : a)

export type Rounding = 'down' | 'up' | 'half_even'
const MODES = { down: Big.ROUND_DOWN, up: Big.ROUND_UP, half_even: Big.ROUND_HALF_EVEN } as const
/** `down` is towards zero, `up` away from it. */
export const roundDecimal = (a: Decimal, places: number, rounding: Rounding): Decimal =>
  fromBig(new Exact(a).toDecimalPlaces(places, MODES[rounding]))

/** For statistics only: the nearest double. */
export const decimalToNumber = (a: Decimal): number => Number(a)
/** From a computed ratio or model output; never from a price that arrived as text. Rounded half to even. */
export function decimalFromNumber(value: number, places: number = DECIMAL_SCALE): Decimal {
  if (!Number.isFinite(value)) throw new TypeError(`not a finite number: ${value}`)
  return fromBig(new Exact(value).toDecimalPlaces(places, Big.ROUND_HALF_EVEN))
}

const fromBig = (value: Big): Decimal => decimal(value.toDecimalPlaces(DECIMAL_SCALE, Big.ROUND_HALF_EVEN).toFixed())
