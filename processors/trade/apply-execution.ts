import {
  addDecimal,
  compareDecimal,
  type Decimal,
  divideDecimal,
  type ExecutionReport,
  isZeroDecimal,
  multiplyDecimal,
  subtractDecimal,
  ZERO,
} from '../../schemas/index.ts'
import type { Books, Holding } from './books.ts'

const BOOKED_KEPT = 500

interface Fill {
  readonly qty: Decimal
  readonly price: Decimal
  readonly fee: Decimal
}

/**
 * Books after a report. One booked before changes nothing. Cash and cost basis move together: cash + cost of what is held
 * = starting cash + realized profit, always. Throws where more is sold than is held: the books and the venue disagree
 * then, and a person has to look.
 */
export function applyExecution(b: Books, report: ExecutionReport, sector: string | null): Books {
  if (b.booked.includes(report.execution_id)) return b
  const { last_qty: qty, last_price: price, fee } = report
  const filled = qty !== null && price !== null ? bookFill(b, report, { qty, price, fee }, sector) : b
  const isClosed = isZeroDecimal(report.leaves_qty) && report.leg === 'entry'
  const { [report.client_order_id]: order, ...others } = filled.open_orders
  return {
    ...filled,
    open_orders: isClosed && order ? others : filled.open_orders,
    booked: [...filled.booked.slice(1 - BOOKED_KEPT), report.execution_id],
  }
}

const bookFill = (b: Books, report: ExecutionReport, fill: Fill, sector: string | null): Books =>
  report.side === 'buy' ? bookBuy(b, report, fill, sector) : bookSell(b, report, fill)

function bookBuy(b: Books, report: ExecutionReport, { qty, price, fee }: Fill, sector: string | null): Books {
  const held = b.holdings[report.symbol]
  const value = multiplyDecimal(qty, price)
  const after: Holding = {
    symbol: report.symbol,
    qty: addDecimal(held?.qty ?? ZERO, qty),
    cost_basis: addDecimal(held?.cost_basis ?? ZERO, value),
    realized_pl: subtractDecimal(held?.realized_pl ?? ZERO, fee),
    opened_at: held?.opened_at ?? report.transact_at,
    entry_client_order_id: held?.entry_client_order_id ?? report.client_order_id,
    recommendation_id: held?.recommendation_id ?? report.recommendation_id,
    market_price: price,
    sector,
    time_exit_session: held?.time_exit_session ?? null,
    simulated: report.simulated,
  }
  return {
    ...b,
    cash: subtractDecimal(subtractDecimal(b.cash, value), fee),
    fees: addDecimal(b.fees, fee),
    realized_pl: subtractDecimal(b.realized_pl, fee),
    holdings: { ...b.holdings, [report.symbol]: after },
  }
}

function bookSell(b: Books, report: ExecutionReport, { qty, price, fee }: Fill): Books {
  const { symbol } = report
  const held = b.holdings[symbol]
  if (!held || compareDecimal(qty, held.qty) > 0)
    throw new RangeError(
      `execution ${report.execution_id} sells ${qty} of ${symbol}, the books hold ${held?.qty ?? ZERO}: reconcile the account`,
    )
  const rest = subtractDecimal(held.qty, qty)
  const isLast = isZeroDecimal(rest)
  // The last sale takes the whole cost that is left, so that rounding leaves nothing behind.
  const cost = isLast ? held.cost_basis : divideDecimal(multiplyDecimal(held.cost_basis, qty), held.qty)
  const value = multiplyDecimal(qty, price)
  const gain = subtractDecimal(subtractDecimal(value, cost), fee)
  const { [symbol]: _, ...others } = b.holdings
  const after: Holding = {
    ...held,
    qty: rest,
    cost_basis: subtractDecimal(held.cost_basis, cost),
    realized_pl: addDecimal(held.realized_pl, gain),
    market_price: price,
  }
  return {
    ...b,
    cash: subtractDecimal(addDecimal(b.cash, value), fee),
    fees: addDecimal(b.fees, fee),
    realized_pl: addDecimal(b.realized_pl, gain),
    holdings: isLast ? others : { ...others, [symbol]: after },
    exited_at: isLast ? { ...b.exited_at, [symbol]: report.received_at } : b.exited_at,
    closed_pl: isLast ? { ...b.closed_pl, [symbol]: after.realized_pl } : b.closed_pl,
  }
}
