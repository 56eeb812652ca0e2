import type { Decimal } from '../../schemas/index.ts'

/** Every limit by name: shares of equity are 0 to 1, money is in the account's currency, times are seconds. */
export const LIMIT_NAMES = [
  'stale_account_seconds',
  'price_age_seconds_quote',
  'price_age_seconds_1m',
  'price_age_seconds_1d',
  'price_band',
  'price_band_low_priced',
  'low_priced_below',
  'min_price',
  'order_notional_max',
  'order_share_max',
  'position_share_max',
  'sector_share_max',
  'gross_share_max',
  'cash_reserve_share',
  'duplicate_seconds',
  'orders_per_minute_max',
  'orders_per_day_max',
  'symbol_entries_per_hour_max',
  'daily_loss_reduce',
  'daily_loss_halt',
  'drawdown_reduce',
  'drawdown_halt',
  'open_positions_max',
  'stop_risk_share_max',
  'probability_min',
  'independent_clusters_min',
  'verdict_seconds',
] as const
export type LimitName = (typeof LIMIT_NAMES)[number]
export type Limits = Readonly<Record<LimitName, Decimal>>
export interface VersionedLimits {
  readonly limits_version: string
  readonly limits: Limits
}

/** Throws naming the limits that are missing: a limit nobody set is not "no limit". */
export function parseLimits(version: string, raw: Readonly<Record<string, string>>): VersionedLimits {
  const missing = LIMIT_NAMES.filter((name) => !/^\d+(\.\d+)?$/.test(raw[name] ?? ''))
  if (missing.length > 0) throw new Error(`risk limits ${version} lack ${missing.join(', ')}: nothing may trade`)
  return { limits_version: version, limits: raw as Limits }
}
