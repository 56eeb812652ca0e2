import {
  addDecimal,
  compareDecimal,
  type Decimal,
  decimal,
  decimalFromNumber,
  divideDecimal,
  maxDecimal,
  minDecimal,
  multiplyDecimal,
  type PriceContext,
  roundDecimal,
  subtractDecimal,
  ZERO,
} from '../../schemas/index.ts'

export interface SizingRules {
  /** Share of equity at risk between entry and stop, 0.005. */
  readonly riskShare: number
  readonly positionShareMax: number
  readonly orderNotionalMax: Decimal
  readonly orderShareMax: number
}

export interface Size {
  readonly qty: Decimal
  readonly stopPrice: Decimal
  readonly targetPrice: Decimal
}

const STOP_ATRS = decimal('2')
const STOP_SHARE_MIN = decimal('0.03')
const TARGET_RISKS = decimal('2')
const CENT_FROM = decimal('1')

/**
 * Fixed fractional: qty = floor(equity x f / (entry - stop)), whole shares, bounded by position, order and cash. The stop
 * lies two average true ranges below, at least 3 %; the target twice as far above. Undefined where not one share fits.
 */
export function sizeEntry(price: PriceContext, equity: Decimal, cash: Decimal, rules: SizingRules): Size | undefined {
  const entry = price.last_price
  if (compareDecimal(entry, ZERO) <= 0) return undefined
  const distance = maxDecimal(multiplyDecimal(price.atr_14 ?? ZERO, STOP_ATRS), multiplyDecimal(entry, STOP_SHARE_MIN))
  const stop = toTick(subtractDecimal(entry, distance), 'down')
  const target = toTick(addDecimal(entry, multiplyDecimal(distance, TARGET_RISKS)), 'up')
  if (compareDecimal(stop, ZERO) <= 0) return undefined
  const share = (of: number): Decimal => multiplyDecimal(equity, decimalFromNumber(of))
  const byRisk = divideDecimal(share(rules.riskShare), subtractDecimal(entry, stop))
  const notionalMax = [
    share(rules.positionShareMax),
    share(rules.orderShareMax),
    rules.orderNotionalMax,
    multiplyDecimal(cash, decimal('0.95')),
  ].reduce(minDecimal)
  const qty = roundDecimal(minDecimal(byRisk, divideDecimal(notionalMax, entry)), 0, 'down')
  return compareDecimal(qty, ZERO) > 0 ? { qty, stopPrice: stop, targetPrice: target } : undefined
}

/** Two places from one dollar up, four below (the venue's tick). */
export const toTick = (price: Decimal, rounding: 'down' | 'up'): Decimal =>
  roundDecimal(price, compareDecimal(price, CENT_FROM) >= 0 ? 2 : 4, rounding)
