import {
  addDecimal,
  compareDecimal,
  type Decimal,
  divideDecimal,
  type ExecutionReport,
  isZeroDecimal,
  maxDecimal,
  multiplyDecimal,
  type OrderRequest,
  type Position,
  subtractDecimal,
  ZERO,
} from '../../schemas/index.ts'

export interface Holding {
  readonly symbol: string
  readonly qty: Decimal
  readonly avg_entry_price: Decimal
  readonly realized_pl: Decimal
  readonly opened_at: number | null
  readonly entry_client_order_id: string | null
  readonly recommendation_id: string | null
  /** Last known price; every symbol held has one. */
  readonly market_price: Decimal
  readonly sector: string | null
}

export interface OpenOrder {
  readonly client_order_id: string
  readonly symbol: string
  readonly side: 'buy' | 'sell'
  readonly qty: Decimal
  readonly notional: Decimal
  readonly purpose: OrderRequest['purpose']
  readonly recommendation_id: string | null
  readonly at: number
}

/** The books of one account. Decimals throughout; every change is a function from books to books. */
export interface Books {
  readonly cash: Decimal
  readonly realized_pl: Decimal
  readonly fees: Decimal
  readonly holdings: Readonly<Record<string, Holding>>
  readonly open_orders: Readonly<Record<string, OpenOrder>>
  /** Executions of open orders already booked, so that one delivered twice counts once. */
  readonly booked: readonly string[]
  /** When the last position in a symbol was closed. */
  readonly exited_at: Readonly<Record<string, number>>
  /** Times of decisions of the last day. */
  readonly decided_at: readonly number[]
  readonly day: number
  readonly start_of_day_equity: Decimal
  /** Equity at the end of each of the last 20 days. */
  readonly day_equities: readonly Decimal[]
}

const BOOKED_KEPT = 200

export const openBooks = (cash: Decimal): Books => ({
  cash,
  realized_pl: ZERO,
  fees: ZERO,
  holdings: {},
  open_orders: {},
  booked: [],
  exited_at: {},
  decided_at: [],
  day: -1,
  start_of_day_equity: cash,
  day_equities: [],
})

export const marketValueOf = (h: Holding): Decimal => multiplyDecimal(h.qty, h.market_price)
export const equityOf = (b: Books): Decimal =>
  Object.values(b.holdings).reduce((sum, h) => addDecimal(sum, marketValueOf(h)), b.cash)
export const unrealizedOf = (b: Books): Decimal =>
  Object.values(b.holdings).reduce(
    (sum, h) => addDecimal(sum, subtractDecimal(marketValueOf(h), multiplyDecimal(h.qty, h.avg_entry_price))),
    ZERO,
  )
export const peakOf = (b: Books): Decimal => b.day_equities.reduce(maxDecimal, equityOf(b))

/** A new price of a symbol that is held. */
export function markPrice(b: Books, symbol: string, price: Decimal): Books {
  const held = b.holdings[symbol]
  if (!held || held.market_price === price) return b
  return { ...b, holdings: { ...b.holdings, [symbol]: { ...held, market_price: price } } }
}

const DAY_MS = 86_400_000
const DAYS_KEPT = 20

/** Rolls over to the day of a moment: the equity before it is where the day starts. */
export function startDay(b: Books, atMs: number): Books {
  const day = Math.floor(atMs / DAY_MS)
  if (day <= b.day) return b
  const equity = equityOf(b)
  return {
    ...b,
    day,
    start_of_day_equity: equity,
    day_equities: [...b.day_equities.slice(-(DAYS_KEPT - 1)), equity],
    decided_at: b.decided_at.filter((at) => atMs - at < DAY_MS),
  }
}

/** An order was sent: it is open until its last report. */
export const placeOrder = (b: Books, order: OpenOrder): Books => ({
  ...b,
  open_orders: { ...b.open_orders, [order.client_order_id]: order },
})

export const noteDecision = (b: Books, atMs: number): Books => ({ ...b, decided_at: [...b.decided_at, atMs] })

/** Books after a report. One booked before changes nothing. */
export function applyExecution(b: Books, report: ExecutionReport, sector: string | null): Books {
  if (b.booked.includes(report.execution_id)) return b
  const filled =
    report.last_qty !== null && report.last_price !== null
      ? bookFill(b, report, report.last_qty, report.last_price, sector)
      : b
  const isClosed = isZeroDecimal(report.leaves_qty) && report.leg === 'entry'
  const { [report.client_order_id]: order, ...others } = filled.open_orders
  return {
    ...filled,
    open_orders: isClosed && order ? others : filled.open_orders,
    booked: [...filled.booked.slice(-BOOKED_KEPT), report.execution_id],
  }
}

function bookFill(b: Books, report: ExecutionReport, qty: Decimal, price: Decimal, sector: string | null): Books {
  const value = multiplyDecimal(qty, price)
  const held = b.holdings[report.symbol]
  const fees = addDecimal(b.fees, report.fee)
  if (report.side === 'buy') {
    const cash = subtractDecimal(subtractDecimal(b.cash, value), report.fee)
    return {
      ...b,
      cash,
      fees,
      realized_pl: subtractDecimal(b.realized_pl, report.fee),
      holdings: { ...b.holdings, [report.symbol]: bought(held, report, qty, price, sector) },
    }
  }
  const gain = subtractDecimal(multiplyDecimal(qty, subtractDecimal(price, held?.avg_entry_price ?? price)), report.fee)
  const books = {
    ...b,
    cash: subtractDecimal(addDecimal(b.cash, value), report.fee),
    fees,
    realized_pl: addDecimal(b.realized_pl, gain),
  }
  const rest = subtractDecimal(held?.qty ?? qty, qty)
  if (held && compareDecimal(rest, ZERO) > 0) {
    return {
      ...books,
      holdings: {
        ...b.holdings,
        [report.symbol]: { ...held, qty: rest, realized_pl: addDecimal(held.realized_pl, gain) },
      },
    }
  }
  const { [report.symbol]: _closed, ...others } = b.holdings
  return { ...books, holdings: others, exited_at: { ...b.exited_at, [report.symbol]: report.transact_at } }
}

function bought(
  held: Holding | undefined,
  report: ExecutionReport,
  qty: Decimal,
  price: Decimal,
  sector: string | null,
): Holding {
  const before = held?.qty ?? ZERO
  const total = addDecimal(before, qty)
  const cost = addDecimal(multiplyDecimal(before, held?.avg_entry_price ?? ZERO), multiplyDecimal(qty, price))
  return {
    symbol: report.symbol,
    qty: total,
    avg_entry_price: divideDecimal(cost, total),
    realized_pl: held?.realized_pl ?? ZERO,
    opened_at: held?.opened_at ?? report.transact_at,
    entry_client_order_id: held?.entry_client_order_id ?? report.client_order_id,
    recommendation_id: held?.recommendation_id ?? report.recommendation_id,
    market_price: price,
    sector,
  }
}

/** The position of a symbol as a record; closed ones have quantity zero. */
export function positionOf(b: Books, accountId: string, symbol: string, atMs: number, simulated: boolean): Position {
  const h = b.holdings[symbol]
  const qty = h?.qty ?? ZERO
  const cost = h ? multiplyDecimal(qty, h.avg_entry_price) : ZERO
  const value = h ? marketValueOf(h) : ZERO
  return {
    account_id: accountId,
    symbol,
    qty,
    avg_entry_price: h?.avg_entry_price ?? ZERO,
    cost_basis: cost,
    market_price: h?.market_price ?? ZERO,
    market_value: value,
    unrealized_pl: subtractDecimal(value, cost),
    realized_pl: h?.realized_pl ?? ZERO,
    opened_at: h?.opened_at ?? null,
    entry_client_order_id: h?.entry_client_order_id ?? null,
    recommendation_id: h?.recommendation_id ?? null,
    updated_at: atMs,
    simulated,
  }
}
