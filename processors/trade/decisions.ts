import {
  intentHashOf,
  multiplyDecimal,
  type OrderIntent,
  type OrderRequest,
  type RiskVerdict,
} from '../../schemas/index.ts'
import { deriveId } from '../derive-id.ts'
import { clientOrderIdOf } from './intents.ts'

const ATTEMPT = 0

/** The order of an approved intent. Its id is the intent's, so that a replay cannot order twice. */
export const orderOf = (i: OrderIntent, verdict: RiskVerdict, atMs: number, simulated: boolean): OrderRequest => ({
  client_order_id: clientOrderIdOf(i.account_id, i.intent_id, ATTEMPT),
  intent_id: i.intent_id,
  intent_hash: verdict.intent_hash,
  verdict_id: verdict.verdict_id,
  account_id: i.account_id,
  recommendation_id: i.recommendation_id,
  symbol: i.symbol,
  side: i.side,
  type: 'market',
  // The exits of a bracket guard the position for as long as it is held, not for a day.
  time_in_force: i.stop_loss_stop_price === null ? 'day' : 'gtc',
  order_class: i.stop_loss_stop_price === null ? 'simple' : 'bracket',
  qty: i.qty,
  limit_price: i.limit_price,
  stop_price: null,
  take_profit_limit_price: i.take_profit_limit_price,
  stop_loss_stop_price: i.stop_loss_stop_price,
  purpose: i.purpose,
  submitted_at: atMs,
  mode: i.mode,
  simulated,
})

/** Denied by ourselves: there is no verdict, or not one that holds. `code` says which, `message` what happened. */
export function deniedHere(
  i: OrderIntent,
  atMs: number,
  code: 'RISK_UNREACHABLE' | 'VERDICT_MISMATCH' | 'VERDICT_EXPIRED',
  message: string,
  simulated: boolean,
): RiskVerdict {
  const hash = intentHashOf(i)
  return {
    verdict_id: deriveId('rv', i.intent_id, hash, code),
    intent_id: i.intent_id,
    intent_hash: hash,
    account_id: i.account_id,
    recommendation_id: i.recommendation_id,
    symbol: i.symbol,
    side: i.side,
    qty: i.qty,
    notional: multiplyDecimal(i.qty, i.reference_price),
    decision: 'denied',
    reasons: [
      {
        id: 'R00',
        code,
        scope: 'global',
        limit: null,
        observed: null,
        message,
      },
    ],
    checks_run: 0,
    limits_version: '',
    epoch: 0,
    input_hash: hash,
    decided_at: atMs,
    expires_at: atMs,
    simulated,
  }
}
