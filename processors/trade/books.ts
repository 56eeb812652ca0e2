import {
  addDecimal,
  type Decimal,
  divideDecimal,
  maxDecimal,
  multiplyDecimal,
  type OrderRequest,
  type Position,
  subtractDecimal,
  ZERO,
} from '../../schemas/index.ts'
import { sessionNumberOf } from '../trading-session.ts'

export interface Holding {
  readonly symbol: string
  readonly qty: Decimal
  /** What was paid for the shares held, without fees. Exact: the average is derived from it. */
  readonly cost_basis: Decimal
  /** Realized with this position so far, after fees. */
  readonly realized_pl: Decimal
  readonly opened_at: number | null
  readonly entry_client_order_id: string | null
  readonly recommendation_id: string | null
  /** Last known price; every symbol held has one. */
  readonly market_price: Decimal
  readonly sector: string | null
  /** Session in which a time exit was last asked for; it is asked for once a session. */
  readonly time_exit_session: number | null
  readonly simulated: boolean
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
  /** What the positions that are closed brought; the last of each symbol. */
  readonly closed_pl: Readonly<Record<string, Decimal>>
  /** Times of the entries sent in the last day. */
  readonly entered_at: readonly number[]
  readonly day: number
  readonly start_of_day_equity: Decimal
  /** Equity at the end of each of the last 20 days. */
  readonly day_equities: readonly Decimal[]
}

export const openBooks = (cash: Decimal): Books => ({
  cash,
  realized_pl: ZERO,
  fees: ZERO,
  holdings: {},
  open_orders: {},
  booked: [],
  exited_at: {},
  closed_pl: {},
  entered_at: [],
  day: -1,
  start_of_day_equity: cash,
  day_equities: [],
})

export const marketValueOf = (h: Holding): Decimal => multiplyDecimal(h.qty, h.market_price)
export const equityOf = (b: Books): Decimal =>
  Object.values(b.holdings).reduce((sum, h) => addDecimal(sum, marketValueOf(h)), b.cash)
export const unrealizedOf = (b: Books): Decimal =>
  Object.values(b.holdings).reduce((sum, h) => addDecimal(sum, subtractDecimal(marketValueOf(h), h.cost_basis)), ZERO)
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
  const day = sessionNumberOf(atMs)
  if (day <= b.day) return b
  const equity = equityOf(b)
  return {
    ...b,
    day,
    start_of_day_equity: equity,
    day_equities: [...b.day_equities.slice(-(DAYS_KEPT - 1)), equity],
    entered_at: b.entered_at.filter((at) => atMs - at < DAY_MS),
  }
}

/** An order was sent: it is open until its last report. */
export const placeOrder = (b: Books, order: OpenOrder): Books => ({
  ...b,
  open_orders: { ...b.open_orders, [order.client_order_id]: order },
  entered_at: order.purpose === 'entry' ? [...b.entered_at, order.at] : b.entered_at,
})

/** A time exit was asked for; whatever the answer, the next is for another session. */
export function noteTimeExit(b: Books, symbol: string, session: number): Books {
  const held = b.holdings[symbol]
  return held ? { ...b, holdings: { ...b.holdings, [symbol]: { ...held, time_exit_session: session } } } : b
}

export const averageOf = (h: Holding): Decimal => divideDecimal(h.cost_basis, h.qty)

/** The position of a symbol as a record; closed ones have quantity zero. */
export function positionOf(b: Books, accountId: string, symbol: string, atMs: number, simulated: boolean): Position {
  const h = b.holdings[symbol]
  const qty = h?.qty ?? ZERO
  const cost = h?.cost_basis ?? ZERO
  const value = h ? marketValueOf(h) : ZERO
  return {
    account_id: accountId,
    symbol,
    qty,
    avg_entry_price: h ? averageOf(h) : ZERO,
    cost_basis: cost,
    market_price: h?.market_price ?? ZERO,
    market_value: value,
    unrealized_pl: subtractDecimal(value, cost),
    realized_pl: h?.realized_pl ?? b.closed_pl[symbol] ?? ZERO,
    opened_at: h?.opened_at ?? null,
    entry_client_order_id: h?.entry_client_order_id ?? null,
    recommendation_id: h?.recommendation_id ?? null,
    updated_at: atMs,
    simulated,
  }
}
