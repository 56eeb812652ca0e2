/** GET /risk/v1/state?account_id=; the answer of POST /risk/v1/state/{halt,reduce,resume} and /trading/v1/{halt,resume}. */
export interface RiskStateJson {
  readonly account_id: string
  /** In force: the strictest of the account's own and the global one. Unknown is halted. */
  readonly state: 'active' | 'reducing' | 'halted'
  readonly epoch: number
  readonly reason: string
  readonly changed_by: string
  readonly changed_at: string
}

/** Body of halt, reduce and resume. `account_id` left out means all accounts. */
export interface StateChange {
  readonly account_id?: string
  readonly reason: string
  readonly by: string
}

export interface RiskLimitsJson {
  readonly limits_version: string
  readonly limits: Readonly<Record<string, string>>
}

/** GET /risk/v1/exposure?account_id= */
export interface ExposureJson {
  readonly account_id: string
  readonly equity: string | null
  readonly gross: string
  readonly reserved: string
  readonly open_reservations: number
  readonly by_symbol: readonly { readonly symbol: string; readonly market_value: string; readonly reserved: string }[]
}
