import type { Decimal } from './decimal.ts'
import type { OrderPurpose, Side, TradingMode } from './types.generated.ts'

/** The terms of an order before it is approved. Its hash binds the verdict to exactly these terms. */
export interface OrderIntent {
  readonly intent_id: string
  readonly account_id: string
  readonly symbol: string
  readonly side: Side
  readonly qty: Decimal
  /** Price the sizing used, for notional and price checks. */
  readonly reference_price: Decimal
  readonly limit_price: Decimal | null
  readonly stop_loss_stop_price: Decimal | null
  readonly take_profit_limit_price: Decimal | null
  readonly purpose: OrderPurpose
  readonly mode: TradingMode
  readonly recommendation_id: string | null
}

/** The books the decision is made against: what the trading engine knows at `as_of`. */
export interface AccountSnapshot {
  readonly as_of: string
  readonly equity: Decimal
  readonly cash: Decimal
  /** Equity at the start of the day and the highest of the last 20 days. */
  readonly start_of_day_equity: Decimal
  readonly peak_equity: Decimal
  readonly positions: readonly {
    readonly symbol: string
    readonly qty: Decimal
    readonly market_value: Decimal
    readonly sector: string | null
  }[]
  readonly open_orders: readonly {
    readonly client_order_id: string
    readonly symbol: string
    readonly side: Side
    readonly qty: Decimal
    readonly notional: Decimal
  }[]
  /** Entries decided in the last minute and the last 24 hours. */
  readonly orders_last_minute: number
  readonly orders_last_day: number
}

/** `POST /v1/checks` of the risk engine: snake_case, decimals as strings, instants ISO 8601. Answered by a RiskVerdict. */
export interface RiskCheckRequest {
  readonly intent: OrderIntent
  readonly account: AccountSnapshot
  /** The moment the decision holds for: event time in a recording, now when live. */
  readonly as_of: string
  readonly price: { readonly last: Decimal; readonly known_at: string; readonly timespan: string } | null
  readonly recommendation: {
    readonly action: string
    readonly expires_at: string
    readonly probability: number
    readonly independent_clusters: number
    readonly primary_source: boolean
  } | null
  readonly symbol: { readonly in_registry: boolean; readonly restricted: boolean; readonly sector: string | null }
  readonly simulated: boolean
}
