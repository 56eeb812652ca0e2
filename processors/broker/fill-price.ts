import {
  addDecimal,
  type Bar,
  compareDecimal,
  type Decimal,
  decimalFromNumber,
  maxDecimal,
  minDecimal,
  multiplyDecimal,
  roundDecimal,
  type Side,
  subtractDecimal,
  ZERO,
} from '../../schemas/index.ts'

/** What trading costs at the paper venue. */
export interface VenueCosts {
  /** Half spread and slippage of an order that takes the price, as a share of it. */
  readonly takerShare: Decimal
  /** Fee as a share of the value of a fill. */
  readonly feeShare: Decimal
  /** Share of a bar's volume that may be ours. */
  readonly volumeShare: Decimal
}

export const shareOfBps = (bps: number): Decimal => decimalFromNumber(bps / 10_000)

/** Prices of fills have at most four places; rounding is against us. */
const PLACES = 4

/** A price taken from the market: worse by half the spread and slippage. */
export function takerPrice(price: Decimal, side: Side, { takerShare }: VenueCosts): Decimal {
  const cost = multiplyDecimal(price, takerShare)
  return side === 'buy'
    ? roundDecimal(addDecimal(price, cost), PLACES, 'up')
    : roundDecimal(maxDecimal(ZERO, subtractDecimal(price, cost)), PLACES, 'down')
}

/** A stop to sell: it triggers when the bar reaches it, and fills at the open where the bar opened below it. */
export function stopPrice(bar: Bar, stop: Decimal, costs: VenueCosts): Decimal | null {
  return compareDecimal(bar.low, stop) > 0 ? null : takerPrice(minDecimal(bar.open, stop), 'sell', costs)
}

/** A limit: filled at its price or, where the bar opened beyond it, at the open. It rests, so it pays no spread. */
export function limitPrice(bar: Bar, limit: Decimal, side: Side): Decimal | null {
  if (side === 'sell') return compareDecimal(bar.high, limit) < 0 ? null : maxDecimal(bar.open, limit)
  return compareDecimal(bar.low, limit) > 0 ? null : minDecimal(bar.open, limit)
}
