import type { Decimal, RiskCheckRequest, RiskReason } from '../../schemas/index.ts'
import type { Limits } from './limits.ts'
import type { State } from './read-state.ts'

/** An approved intent that its account's books may not show yet. */
export interface Reservation {
  readonly intent_id: string
  readonly symbol: string
  readonly side: 'buy' | 'sell'
  readonly qty: Decimal
  readonly notional: Decimal
  readonly sector: string | null
}

/** An intent approved lately, for the duplicate and rate checks. */
export interface RecentIntent {
  readonly intent_id: string
  readonly intent_hash: string
  readonly symbol: string
  readonly side: 'buy' | 'sell'
  readonly purpose: string
  readonly age_ms: number
}

export interface RiskInput {
  readonly request: RiskCheckRequest
  readonly intentHash: string
  readonly limits: Limits
  /** In force for the account. */
  readonly state: State
  readonly mode: 'paper' | 'live'
  readonly reservations: readonly Reservation[]
  readonly recent: readonly RecentIntent[]
}

export interface RiskOutcome {
  readonly decision: 'approved' | 'denied'
  readonly reasons: readonly RiskReason[]
  readonly checksRun: number
  readonly notional: Decimal
  /** A breaker that this request's account tripped; the caller raises the stored state to it. */
  readonly tripped: { readonly state: State; readonly reason: string } | undefined
}

/** What the checks look at, computed once. */
export interface CheckContext extends RiskInput {
  readonly asOfMs: number
  readonly notional: Decimal
  /** A sell: these accounts are long only, so it can only reduce, or be refused as an oversell. */
  readonly isReduction: boolean
  readonly effective: State
  /** Reservations that no open order of the snapshot stands for. */
  readonly unseen: readonly Reservation[]
  /** Losses as shares of where they are counted from; null where that is not positive, which is not known. */
  readonly dailyLoss: Decimal | null
  readonly drawdown: Decimal | null
}

type Failure = Pick<RiskReason, 'message'> & Partial<Pick<RiskReason, 'limit' | 'observed'>>
export interface Check {
  readonly id: string
  readonly code: string
  readonly scope: 'global' | 'account' | 'symbol' | 'order'
  /** Bounds how much is at risk; reductions skip it. */
  readonly sizing?: true
  /** What is wrong, or undefined. */
  readonly run: (c: CheckContext) => Failure | undefined
}
export type CheckFailure = Failure
