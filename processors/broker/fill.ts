import {
  addDecimal,
  type Bar,
  compareDecimal,
  type Decimal,
  decimal,
  decimalFromNumber,
  minDecimal,
  multiplyDecimal,
  type OrderRequest,
  roundDecimal,
  subtractDecimal,
  ZERO,
} from '../../schemas/index.ts'

/** An order the broker works on: waiting for its entry to fill, or holding with its exits in the market. */
export interface WorkingOrder {
  readonly order_id: string
  readonly request: OrderRequest
  readonly filled_qty: Decimal
  /** Sum of quantity times price of the fills. */
  readonly filled_value: Decimal
  /** Shares of a complete bracket entry that its exits still guard. */
  readonly guarded_qty: Decimal
  readonly reports: number
}

export interface FillRules {
  readonly halfSpreadBps: number
  readonly slippageBps: number
  readonly feePerShare: Decimal
  /** Largest share of a bar's volume that one order takes. */
  readonly volumeShareMax: number
}

export interface Fill {
  readonly leg: 'entry' | 'take_profit' | 'stop_loss'
  readonly qty: Decimal
  readonly price: Decimal
  readonly atMs: number
}

const BPS = decimal('0.0001')

/** A price made worse by spread and slippage: up for a buy, down for a sell, to the tick. */
export function worsened(price: Decimal, side: 'buy' | 'sell', rules: FillRules): Decimal {
  const cost = multiplyDecimal(price, multiplyDecimal(decimalFromNumber(rules.halfSpreadBps + rules.slippageBps), BPS))
  const worse = side === 'buy' ? addDecimal(price, cost) : subtractDecimal(price, cost)
  return roundDecimal(worse, compareDecimal(price, decimal('1')) >= 0 ? 2 : 4, side === 'buy' ? 'up' : 'down')
}

/**
 * The entry's fill in a bar: at the open of the first bar that starts when the order is there already, worsened by
 * spread and slippage, at most a share of the bar's volume. A bar that started before the order says nothing about it.
 */
export function entryFill(order: WorkingOrder, bar: Bar, rules: FillRules): Fill | undefined {
  if (bar.start_at < order.request.submitted_at) return undefined
  const leaves = subtractDecimal(order.request.qty, order.filled_qty)
  const available = roundDecimal(multiplyDecimal(bar.volume, decimalFromNumber(rules.volumeShareMax)), 0, 'down')
  const qty = minDecimal(leaves, available)
  if (compareDecimal(qty, ZERO) <= 0) return undefined
  return { leg: 'entry', qty, price: worsened(bar.open, order.request.side, rules), atMs: bar.start_at }
}

/**
 * The exit of a bracket in a bar. The stop comes first where both prices were touched: what happened inside a bar is not
 * known, so the worse is assumed. A bar that opens beyond a price fills at its open.
 */
export function exitFill(order: WorkingOrder, bar: Bar, rules: FillRules): Fill | undefined {
  const { stop_loss_stop_price: stop, take_profit_limit_price: target } = order.request
  const qty = order.guarded_qty
  if (compareDecimal(qty, ZERO) <= 0) return undefined
  if (stop !== null && compareDecimal(bar.low, stop) <= 0) {
    return { leg: 'stop_loss', qty, price: worsened(minDecimal(bar.open, stop), 'sell', rules), atMs: bar.end_at }
  }
  if (target !== null && compareDecimal(bar.high, target) >= 0) {
    const price = compareDecimal(bar.open, target) > 0 ? bar.open : target
    return { leg: 'take_profit', qty, price, atMs: bar.end_at }
  }
  return undefined
}
