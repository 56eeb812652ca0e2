import { compareDecimal, type Decimal, multiplyDecimal, subtractDecimal, ZERO } from '../../schemas/index.ts'
import { above, over, shareOfEquity } from './check-arithmetic.ts'
import type { Check, CheckFailure as Failure } from './check-context.ts'

/** What an entry needs beside room: a price of size, a pace, no losing streak, a stop, a reason. */
export const ENTRY_CHECKS: readonly Check[] = [
  {
    id: 'R11',
    code: 'MIN_PRICE',
    scope: 'symbol',
    sizing: true,
    run: ({ request: { price }, limits }) =>
      price && !over(limits.min_price, price.last)
        ? undefined
        : { limit: limits.min_price, observed: price?.last ?? null, message: `below ${limits.min_price}` },
  },
  {
    id: 'R21',
    code: 'RATE',
    scope: 'account',
    sizing: true,
    run: ({ request: { account, intent }, recent, limits }) => {
      const perHour = recent.filter(
        (r) => r.symbol === intent.symbol && r.side === 'buy' && r.age_ms <= 3_600_000,
      ).length
      const counts = [
        [account.orders_last_minute, limits.orders_per_minute_max, 'in the last minute'],
        [account.orders_last_day, limits.orders_per_day_max, 'in the last day'],
        [perHour, limits.symbol_entries_per_hour_max, `of ${intent.symbol} in the last hour`],
      ] as const
      const hit = counts.find(([count, limit]) => !(count < Number(limit)))
      return hit && { limit: hit[1], observed: String(hit[0]), message: `${hit[0]} entries ${hit[2]}` }
    },
  },
  {
    id: 'R22',
    code: 'DAILY_LOSS',
    scope: 'account',
    sizing: true,
    run: (c) => lossFailure(c.dailyLoss, c.limits.daily_loss_reduce, 'lost since the start of the day'),
  },
  {
    id: 'R23',
    code: 'DRAWDOWN',
    scope: 'account',
    sizing: true,
    run: (c) => lossFailure(c.drawdown, c.limits.drawdown_reduce, 'below the highest of the last 20 days'),
  },
  {
    id: 'R27',
    code: 'STOP_REQUIRED',
    scope: 'order',
    sizing: true,
    run: (c) => {
      const { intent } = c.request
      const stop = intent.stop_loss_stop_price
      const entry = intent.limit_price ?? intent.reference_price
      if (stop === null || !over(stop, ZERO)) return { message: 'an entry must carry a stop' }
      if (!over(entry, stop))
        return { limit: entry, observed: stop, message: 'the stop of a buy must lie below its price' }
      const atRisk = multiplyDecimal(intent.qty, subtractDecimal(entry, stop))
      return above(atRisk, shareOfEquity(c, c.limits.stop_risk_share_max), 'what is lost when the stop is hit')
    },
  },
  {
    id: 'R28',
    code: 'RECOMMENDATION',
    scope: 'order',
    sizing: true,
    run: ({ request: { recommendation, intent }, asOfMs, limits }) => {
      if (!recommendation || intent.recommendation_id === null) return { message: 'no recommendation stands behind it' }
      if (recommendation.action !== intent.side)
        return { limit: intent.side, observed: recommendation.action, message: 'the recommendation says otherwise' }
      if (!(Date.parse(recommendation.expires_at) > asOfMs))
        return { limit: recommendation.expires_at, message: 'the recommendation has expired' }
      return recommendation.probability >= Number(limits.probability_min)
        ? undefined
        : { limit: limits.probability_min, observed: String(recommendation.probability), message: 'too unsure' }
    },
  },
  {
    id: 'R29',
    code: 'EVIDENCE',
    scope: 'order',
    sizing: true,
    run: ({ request: { recommendation }, limits }) => {
      const clusters = recommendation?.independent_clusters ?? 0
      if (recommendation?.primary_source || clusters >= Number(limits.independent_clusters_min)) return undefined
      return {
        limit: limits.independent_clusters_min,
        observed: String(clusters),
        message: 'neither a primary source nor enough that are independent',
      }
    },
  },
]

function lossFailure(found: Decimal | null, limit: Decimal, message: string): Failure | undefined {
  if (found === null) return { limit, message: `not known: ${message}` }
  return compareDecimal(found, limit) >= 0 ? { limit, observed: found, message: `${found} ${message}` } : undefined
}
