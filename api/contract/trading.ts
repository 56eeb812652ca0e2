import type { RiskStateJson } from './risk.ts'

export interface RiskReasonJson {
  readonly id: string
  readonly code: string
  readonly scope: string
  readonly limit: string | null
  readonly observed: string | null
  readonly message: string
}

export interface RiskVerdictJson {
  readonly verdict_id: string
  readonly intent_id: string
  readonly intent_hash: string
  readonly account_id: string
  readonly recommendation_id: string | null
  readonly symbol: string
  readonly side: 'buy' | 'sell'
  readonly qty: string
  readonly notional: string
  readonly decision: 'approved' | 'denied'
  readonly reasons: readonly RiskReasonJson[]
  readonly checks_run: number
  readonly limits_version: string
  readonly epoch: number
  readonly input_hash: string
  readonly decided_at: string
  readonly expires_at: string
  readonly simulated: boolean
}

/** An order with how it stands now: its own terms, and the status of its newest execution report. */
export interface OrderJson {
  readonly client_order_id: string
  readonly intent_id: string
  readonly intent_hash: string
  readonly verdict_id: string
  readonly account_id: string
  readonly recommendation_id: string | null
  readonly symbol: string
  readonly side: 'buy' | 'sell'
  readonly type: string
  readonly time_in_force: string
  readonly order_class: string
  readonly qty: string
  readonly limit_price: string | null
  readonly stop_price: string | null
  readonly take_profit_limit_price: string | null
  readonly stop_loss_stop_price: string | null
  readonly purpose: 'entry' | 'exit_signal' | 'exit_time'
  readonly submitted_at: string
  readonly mode: 'paper' | 'live'
  readonly simulated: boolean
  /** As the venue says; `pending_new` before its first word. */
  readonly status: string
  readonly order_id: string | null
  readonly filled_qty: string
  readonly leaves_qty: string
  readonly filled_avg_price: string | null
  readonly status_at: string
  readonly status_reason: string | null
}

/** GET /api/v1/orders/{client_order_id} */
export interface OrderDetail extends OrderJson {
  readonly verdict: RiskVerdictJson | null
  readonly executions: readonly ExecutionJson[]
}

export interface ExecutionJson {
  readonly execution_id: string
  readonly order_id: string
  readonly client_order_id: string
  readonly account_id: string
  readonly symbol: string
  readonly side: 'buy' | 'sell'
  readonly leg: 'entry' | 'take_profit' | 'stop_loss'
  readonly event: string
  readonly status: string
  readonly qty: string
  readonly filled_qty: string
  readonly leaves_qty: string
  readonly filled_avg_price: string | null
  readonly last_qty: string | null
  readonly last_price: string | null
  readonly fee: string
  readonly transact_at: string
  readonly received_at: string
  readonly reason: string | null
  readonly recommendation_id: string | null
  readonly simulated: boolean
}

/** A position with quantity zero is closed and stays for its realized result; lists leave it out unless `?closed=true`. */
export interface PositionJson {
  readonly account_id: string
  readonly symbol: string
  readonly qty: string
  readonly avg_entry_price: string
  readonly cost_basis: string
  readonly market_price: string
  readonly market_value: string
  readonly unrealized_pl: string
  readonly realized_pl: string
  readonly opened_at: string | null
  readonly entry_client_order_id: string | null
  readonly recommendation_id: string | null
  readonly updated_at: string
  readonly simulated: boolean
}

/** One point of the equity line: GET /api/v1/equity answers `{ items }`, oldest first. */
export interface AccountJson {
  readonly account_id: string
  readonly as_of: string
  readonly cash: string
  readonly equity: string
  readonly realized_pl: string
  readonly unrealized_pl: string
  readonly fees: string
  readonly open_positions: number
  readonly mode: 'paper' | 'live'
  readonly simulated: boolean
}

export interface EquitySeries {
  readonly account_id: string | null
  readonly items: readonly AccountJson[]
}

/** GET /api/v1/symbols/{symbol}/bars?timespan=1d&limit=200, oldest first. */
export interface BarJson {
  readonly symbol: string
  readonly timespan: string
  readonly start_at: string
  readonly end_at: string
  readonly open: string
  readonly high: string
  readonly low: string
  readonly close: string
  readonly adjusted_close: string | null
  readonly volume: string
  readonly vwap: string | null
  readonly source_id: string
  readonly simulated: boolean
}

export interface BarSeries {
  readonly symbol: string
  readonly timespan: string
  readonly items: readonly BarJson[]
}

/** GET /trading/v1/account: the newest books of the account, and whether it may trade. */
export interface TradingAccount {
  readonly account: AccountJson | null
  readonly mode: 'paper' | 'live'
  readonly state: RiskStateJson
}
