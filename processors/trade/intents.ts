import type { Company, OrderIntent, OrderPurpose, Recommendation, RiskCheckRequest } from '../../schemas/index.ts'
import { addDecimal, type Decimal, ZERO } from '../../schemas/index.ts'
import { deriveId } from '../derive-id.ts'
import { type Books, equityOf, marketValueOf, peakOf } from './books.ts'

export interface Price {
  readonly last: Decimal
  readonly known_at: number
  readonly timespan: string
}

const iso = (ms: number): string => new Date(ms).toISOString()

/** Derived from account, cause and symbol, so that a replay has the same intent. */
export const intentIdOf = (accountId: string, purpose: OrderPurpose, cause: string, symbol: string): string =>
  deriveId('in', accountId, purpose, cause, symbol)

/** `so-` and 26 characters derived from account, intent and attempt: the same in every replay. */
export const clientOrderIdOf = (accountId: string, intentId: string, attempt: number): string =>
  deriveId('so', accountId, intentId, attempt)

/** Everything the risk engine decides from, as the trading engine knows it at that moment. */
export function riskRequestOf(
  intent: OrderIntent,
  books: Books,
  atMs: number,
  price: Price,
  recommendation: Recommendation | undefined,
  company: Company | undefined,
  simulated: boolean,
): RiskCheckRequest {
  return {
    intent,
    account: snapshotOf(books, atMs),
    as_of: iso(atMs),
    price: { last: price.last, known_at: iso(price.known_at), timespan: price.timespan },
    recommendation: recommendation
      ? {
          action: recommendation.action,
          expires_at: iso(recommendation.expires_at),
          probability: recommendation.probability,
          independent_clusters: recommendation.independent_clusters,
          primary_source: recommendation.primary_source,
        }
      : null,
    symbol: {
      in_registry: company !== undefined,
      restricted: company?.restricted ?? true,
      sector: company?.sector ?? null,
    },
    simulated,
  }
}

function snapshotOf(books: Books, atMs: number): RiskCheckRequest['account'] {
  const minute = books.entered_at.filter((at) => atMs - at < 60_000).length
  return {
    as_of: iso(atMs),
    equity: equityOf(books),
    cash: books.cash,
    start_of_day_equity: books.start_of_day_equity,
    peak_equity: peakOf(books),
    positions: Object.values(books.holdings).map((h) => ({
      symbol: h.symbol,
      qty: h.qty,
      market_value: marketValueOf(h),
      sector: h.sector,
    })),
    open_orders: Object.values(books.open_orders).map(({ client_order_id, symbol, side, qty, notional }) => ({
      client_order_id,
      symbol,
      side,
      qty,
      notional,
    })),
    orders_last_minute: minute,
    orders_last_day: books.entered_at.filter((at) => atMs - at < 86_400_000).length,
  }
}

/** What open buys will cost. */
export const reservedOf = (books: Books): Decimal =>
  Object.values(books.open_orders).reduce((sum, o) => (o.side === 'buy' ? addDecimal(sum, o.notional) : sum), ZERO)
