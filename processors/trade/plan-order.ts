import { compareDecimal, type OrderIntent, type Recommendation, subtractDecimal, ZERO } from '../../schemas/index.ts'
import { sessionNumberOf } from '../trading-session.ts'
import { type Books, equityOf } from './books.ts'
import { intentIdOf, type Price, reservedOf } from './intents.ts'
import { type SizingRules, sizeEntry } from './sizing.ts'

/** How one account trades. */
export interface DeskRules {
  readonly accountId: string
  readonly sizing: SizingRules
  /** No entry so long after an exit in the same symbol. */
  readonly cooldownMs: number
  /** A position is closed after so long. */
  readonly horizonMs: number
  /** At most one point of the equity curve in so long. */
  readonly equityEveryMs: number
}

const hasOpenOrder = (books: Books, symbol: string, side?: 'buy' | 'sell'): boolean =>
  Object.values(books.open_orders).some((o) => o.symbol === symbol && (side === undefined || o.side === side))

/**
 * The order a recommendation asks for, if any. In from flat only, never more of what is held: a buy while a stop rests is
 * refused by venues as a wash. Out once the chance falls below even, although in takes more: that is the hysteresis.
 */
export function planForRecommendation(
  books: Books,
  r: Recommendation,
  atMs: number,
  rules: DeskRules,
): OrderIntent | undefined {
  if (!r.price || hasOpenOrder(books, r.symbol)) return undefined
  if (books.holdings[r.symbol])
    return r.probability < 0.5
      ? exitIntent(books, r.symbol, 'exit_signal', r.recommendation_id, priceOf(r), rules, r.recommendation_id)
      : undefined
  if (r.action !== 'buy' || r.expires_at <= atMs) return undefined
  const exitedAt = books.exited_at[r.symbol]
  if (exitedAt !== undefined && atMs - exitedAt < rules.cooldownMs) return undefined
  const size = sizeEntry(r.price, equityOf(books), subtractDecimal(books.cash, reservedOf(books)), rules.sizing)
  if (!size) return undefined
  return {
    intent_id: intentIdOf(rules.accountId, 'entry', r.recommendation_id, r.symbol),
    account_id: rules.accountId,
    symbol: r.symbol,
    side: 'buy',
    qty: size.qty,
    reference_price: r.price.last_price,
    limit_price: null,
    stop_loss_stop_price: size.stopPrice,
    take_profit_limit_price: size.targetPrice,
    purpose: 'entry',
    mode: 'paper',
    recommendation_id: r.recommendation_id,
  }
}

/**
 * The exit that is due because a position was held long enough. Once a session: a refused exit is asked for again in the
 * next, as an intent of its own, because the terms behind an intent's id never change.
 */
export function planTimeExit(
  books: Books,
  symbol: string,
  price: Price,
  atMs: number,
  rules: DeskRules,
): OrderIntent | undefined {
  const held = books.holdings[symbol]
  if (!held || held.opened_at === null || atMs - held.opened_at < rules.horizonMs) return undefined
  const session = sessionNumberOf(atMs)
  if (held.time_exit_session === session || hasOpenOrder(books, symbol, 'sell')) return undefined
  const cause = `${held.entry_client_order_id ?? symbol} ${session}`
  return exitIntent(books, symbol, 'exit_time', cause, price, rules, held.recommendation_id)
}

/** A sale of everything held, at the market. */
function exitIntent(
  books: Books,
  symbol: string,
  purpose: 'exit_signal' | 'exit_time',
  cause: string,
  price: Price,
  rules: DeskRules,
  recommendationId: string | null,
): OrderIntent | undefined {
  const qty = books.holdings[symbol]?.qty ?? ZERO
  if (compareDecimal(qty, ZERO) <= 0) return undefined
  return {
    intent_id: intentIdOf(rules.accountId, purpose, cause, symbol),
    account_id: rules.accountId,
    symbol,
    side: 'sell',
    qty,
    reference_price: price.last,
    limit_price: null,
    stop_loss_stop_price: null,
    take_profit_limit_price: null,
    purpose,
    mode: 'paper',
    recommendation_id: recommendationId,
  }
}

const DAY_MS = 86_400_000

/** The price a recommendation was made at. One that holds for a day was made from daily bars. */
export function priceOf(r: Recommendation): Price {
  if (!r.price) throw new TypeError(`recommendation ${r.recommendation_id} has no price to trade at`)
  return {
    last: r.price.last_price,
    known_at: r.price.bar_at,
    timespan: r.expires_at - r.as_of >= DAY_MS ? '1d' : '1m',
  }
}
