import type { Listing } from './page.ts'

const DOCUMENT_COLUMNS =
  'document_id, source_id, source_type, source_owner, url, title, published_at, received_at, known_at, symbols, simulated'

export const documents: Listing = {
  from: 'documents',
  select: DOCUMENT_COLUMNS,
  time: 'known_at',
  id: 'document_id',
}
export const extractions: Listing = { from: 'extractions', select: 'record', time: 'known_at', id: 'extraction_id' }
export const signals: Listing = { from: 'signals', select: 'record', time: 'as_of', id: 'signal_id' }
export const recommendations: Listing = {
  from: 'recommendations',
  select: 'record',
  time: 'as_of',
  id: 'recommendation_id',
}

const ORDER_TERMS = [
  'client_order_id intent_id intent_hash verdict_id account_id recommendation_id symbol side type time_in_force',
  'order_class qty limit_price stop_price take_profit_limit_price stop_loss_stop_price purpose submitted_at mode simulated',
]
  .join(' ')
  .split(' ')
  .map((name) => `o.${name}`)
  .join(', ')

/** An order joined with how its entry leg stands. */
export const orders: Listing = {
  from: 'orders o left join order_status s on s.client_order_id = o.client_order_id',
  select: `${ORDER_TERMS}, coalesce(s.status, 'pending_new') as status, s.order_id,
    coalesce(s.filled_qty, 0) as filled_qty, coalesce(s.leaves_qty, o.qty) as leaves_qty, s.filled_avg_price,
    coalesce(s.transact_at, o.submitted_at) as status_at, s.reason as status_reason`,
  time: 'o.submitted_at',
  id: 'o.client_order_id',
}
export const executions: Listing = {
  from: 'executions',
  select: `execution_id, order_id, client_order_id, account_id, symbol, side, leg, event, status, qty, filled_qty, leaves_qty,
    filled_avg_price, last_qty, last_price, fee, transact_at, received_at, reason, recommendation_id, simulated`,
  time: 'transact_at',
  id: 'execution_id',
}

export const POSITION_COLUMNS = `account_id, symbol, qty, avg_entry_price, cost_basis, market_price, market_value,
  unrealized_pl, realized_pl, opened_at, entry_client_order_id, recommendation_id, updated_at, simulated`
export const ACCOUNT_COLUMNS =
  'account_id, as_of, cash, equity, realized_pl, unrealized_pl, fees, open_positions, mode, simulated'
export const BAR_COLUMNS =
  'symbol, timespan, start_at, end_at, open, high, low, close, adjusted_close, volume, vwap, source_id, simulated'
export const RECOMMENDATION_SUMMARY = `record->>'recommendation_id' as recommendation_id, symbol, signal_id, as_of,
  record->'expires_at' as expires_at, action, record->'hold_reasons' as hold_reasons, record->'score' as score,
  record->'threshold' as threshold, record->'probability' as probability, simulated`
export const verdicts: Listing = { from: 'risk_verdicts', select: 'record', time: 'decided_at', id: 'verdict_id' }
