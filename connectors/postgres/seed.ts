import type { Database } from './database.ts'

/** Where documents can come from; each is enabled by a person, who also gives what it needs. */
const SOURCES = [
  {
    source_id: 'edgar-8k',
    source_type: 'edgar',
    url: 'https://www.sec.gov',
    cadence_seconds: 60,
    credibility: 0.98,
    owner: 'sec.gov',
  },
  {
    source_id: 'massive-news',
    source_type: 'massive_news',
    url: 'https://api.massive.com',
    cadence_seconds: 60,
    credibility: 0.8,
    owner: 'massive.com',
  },
  {
    source_id: 'massive-bars',
    source_type: 'massive_bars',
    url: 'https://api.massive.com',
    cadence_seconds: 60,
    credibility: 1,
    owner: 'massive.com',
  },
  {
    source_id: 'federal-reserve',
    source_type: 'rss',
    url: 'https://www.federalreserve.gov/feeds/press_all.xml',
    cadence_seconds: 300,
    credibility: 0.95,
    owner: 'federalreserve.gov',
  },
] as const

/** Limits a new installation starts with: shares of equity are 0 to 1, money is in the account's currency. */
export const DEFAULT_LIMITS: Readonly<Record<string, string>> = {
  stale_account_seconds: '30',
  price_age_seconds_quote: '5',
  price_age_seconds_1m: '900',
  price_age_seconds_1d: '345600',
  price_band: '0.05',
  price_band_low_priced: '0.1',
  low_priced_below: '5',
  min_price: '3',
  order_notional_max: '10000',
  order_share_max: '0.05',
  position_share_max: '0.1',
  sector_share_max: '0.25',
  gross_share_max: '1',
  cash_reserve_share: '0.05',
  duplicate_seconds: '60',
  orders_per_minute_max: '20',
  orders_per_day_max: '100',
  symbol_entries_per_hour_max: '3',
  daily_loss_reduce: '0.02',
  daily_loss_halt: '0.03',
  drawdown_reduce: '0.08',
  drawdown_halt: '0.12',
  open_positions_max: '20',
  stop_risk_share_max: '0.01',
  probability_min: '0.5',
  independent_clusters_min: '2',
  verdict_seconds: '10',
}

/** Puts in what a new installation needs and leaves what is there. Every account starts halted until it is reconciled. */
export async function seed(database: Database, at: Date): Promise<void> {
  await database.transaction(async (tx) => {
    for (const s of SOURCES)
      await tx.query(
        `insert into sources (source_id, source_type, url, cadence_seconds, credibility, source_owner, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
        [s.source_id, s.source_type, s.url, s.cadence_seconds, s.credibility, s.owner, at],
      )
    await tx.query(`insert into risk_limits (limits_version, limits) values ('default-1', $1) on conflict do nothing`, [
      JSON.stringify(DEFAULT_LIMITS),
    ])
    await tx.query(
      `insert into risk_state (account_id, state, epoch, reason, changed_by, changed_at)
       values ('*', 'active', 1, 'installed', 'seed', $1) on conflict do nothing`,
      [at],
    )
  })
}
