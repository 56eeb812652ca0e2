import type { Decimal, RiskCheckRequest } from '../../schemas/index.ts'

const d = (text: string): Decimal => text as Decimal
type Changes = { readonly [K in keyof RiskCheckRequest]?: Partial<RiskCheckRequest[K]> | null }

/** A request that passes every check: buy 10 at 100 for an account of 100,000 in cash. */
export function riskRequest(id: string, changes: Changes = {}): RiskCheckRequest {
  const asOf = '2026-03-02T15:00:00.000Z'
  const base: RiskCheckRequest = {
    intent: {
      intent_id: id,
      account_id: 'paper',
      symbol: 'NVDA',
      side: 'buy',
      qty: d('10'),
      reference_price: d('100'),
      limit_price: null,
      stop_loss_stop_price: d('95'),
      take_profit_limit_price: null,
      purpose: 'entry',
      mode: 'paper',
      recommendation_id: 'r1',
    },
    account: {
      as_of: asOf,
      equity: d('100000'),
      cash: d('100000'),
      start_of_day_equity: d('100000'),
      peak_equity: d('100000'),
      positions: [],
      open_orders: [],
      orders_last_minute: 0,
      orders_last_day: 0,
    },
    as_of: asOf,
    price: { last: d('100'), known_at: asOf, timespan: '1m' },
    recommendation: {
      action: 'buy',
      expires_at: '2026-03-02T15:10:00.000Z',
      probability: 0.7,
      independent_clusters: 2,
      primary_source: false,
    },
    symbol: { in_registry: true, restricted: false, sector: 'Technology' },
    simulated: true,
  }
  const merged = Object.entries(base).map(([key, value]) => {
    const change = changes[key as keyof RiskCheckRequest]
    if (change === undefined) return [key, value]
    return [key, typeof change === 'object' && change !== null ? { ...(value as object), ...change } : change]
  })
  return Object.fromEntries(merged) as RiskCheckRequest
}
