import {
  absDecimal,
  addDecimal,
  compareDecimal,
  type Decimal,
  decimalFromNumber,
  divideDecimal,
  isZeroDecimal,
  minDecimal,
  multiplyDecimal,
  type RiskReason,
  subtractDecimal,
  ZERO,
} from '../../schemas/index.ts'
import type { CheckContext } from './check-risk.ts'

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

const over = (a: Decimal, b: Decimal): boolean => compareDecimal(a, b) > 0
const sum = (values: readonly Decimal[]): Decimal => values.reduce(addDecimal, ZERO)
const above = (observed: Decimal, limit: Decimal, message: string): Failure | undefined =>
  over(observed, limit) ? { limit, observed, message } : undefined
const secondsBetween = (fromIso: string, toMs: number): number => (toMs - Date.parse(fromIso)) / 1_000

/** Too old, from the future, or no time at all. */
function ageFailure(what: string, fromIso: string, c: CheckContext, limit: Decimal): Failure | undefined {
  const seconds = secondsBetween(fromIso, c.asOfMs)
  if (seconds >= 0 && seconds <= Number(limit)) return undefined
  return { limit, observed: String(seconds), message: `${what} is ${seconds} s old, at most ${limit} s` }
}

const buys = <T extends { readonly side: string }>(items: readonly T[]): readonly T[] =>
  items.filter((i) => i.side === 'buy')
/** Position, open buys and reserved buys of what `picks` picks, with this order. */
function exposureWith(c: CheckContext, picks: (symbol: string, sector: string | null) => boolean): Decimal {
  const { positions, open_orders } = c.request.account
  const sectorOf = (symbol: string): string | null =>
    positions.find((p) => p.symbol === symbol)?.sector ??
    (symbol === c.request.intent.symbol
      ? c.request.symbol.sector
      : (c.reservations.find((r) => r.symbol === symbol)?.sector ?? null))
  return sum([
    c.notional,
    ...positions.flatMap((p) => (picks(p.symbol, sectorOf(p.symbol)) ? absDecimal(p.market_value) : [])),
    ...buys(open_orders).flatMap((o) => (picks(o.symbol, sectorOf(o.symbol)) ? o.notional : [])),
    ...buys(c.unseen).flatMap((r) => (picks(r.symbol, r.sector) ? r.notional : [])),
  ])
}
const shareOfEquity = (c: CheckContext, share: Decimal): Decimal => multiplyDecimal(c.request.account.equity, share)

/** In the order of their numbers. What each looks at may be missing from a request; missing fails. */
export const CHECKS: readonly Check[] = [
  {
    id: 'R01',
    code: 'STATE',
    scope: 'account',
    run: (c) => {
      if (c.effective === 'active' || (c.effective === 'reducing' && c.isReduction)) return undefined
      return { limit: 'active', observed: c.effective, message: `trading is ${c.effective}` }
    },
  },
  {
    id: 'R02',
    code: 'MODE',
    scope: 'account',
    run: ({ request, mode }) =>
      request.intent.mode === mode
        ? undefined
        : {
            limit: mode,
            observed: request.intent.mode,
            message: `the intent is ${request.intent.mode}, this engine ${mode}`,
          },
  },
  {
    id: 'R04',
    code: 'STALE_ACCOUNT',
    scope: 'account',
    run: (c) => ageFailure('the account snapshot', c.request.account.as_of, c, c.limits.stale_account_seconds),
  },
  {
    id: 'R05',
    code: 'SYMBOL',
    scope: 'symbol',
    run: ({ request: { symbol, intent } }) => {
      if (!symbol.in_registry) return { message: `${intent.symbol} is not in the registry` }
      return symbol.restricted ? { message: `${intent.symbol} is restricted` } : undefined
    },
  },
  {
    id: 'R07',
    code: 'PRICE_FRESH',
    scope: 'symbol',
    run: (c) => {
      const { price } = c.request
      if (!price) return { message: 'no price is known' }
      const limit = {
        quote: c.limits.price_age_seconds_quote,
        '1m': c.limits.price_age_seconds_1m,
        '1d': c.limits.price_age_seconds_1d,
      }
      const bound = limit[price.timespan as keyof typeof limit]
      if (bound === undefined)
        return { observed: price.timespan, message: `no limit is set for prices of ${price.timespan}` }
      return ageFailure('the price', price.known_at, c, bound)
    },
  },
  {
    id: 'R09',
    code: 'PRICE_BAND',
    scope: 'order',
    run: (c) => {
      const { price, intent } = c.request
      if (!price || !over(price.last, ZERO)) return { message: 'no price to compare with' }
      const low = over(c.limits.low_priced_below, price.last)
      const band = low ? c.limits.price_band_low_priced : c.limits.price_band
      const used = intent.limit_price ?? intent.reference_price
      const away = divideDecimal(absDecimal(subtractDecimal(used, price.last)), price.last)
      return above(away, band, `the price of the order, ${used}, is too far from the last, ${price.last}`)
    },
  },
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
    id: 'R12',
    code: 'MAX_ORDER_NOTIONAL',
    scope: 'order',
    sizing: true,
    run: (c) => {
      if (!over(c.notional, ZERO)) return { observed: c.notional, message: 'an order needs a value above zero' }
      const limit = minDecimal(c.limits.order_notional_max, shareOfEquity(c, c.limits.order_share_max))
      return above(c.notional, limit, `the order is worth ${c.notional}, at most ${limit}`)
    },
  },
  {
    id: 'R14',
    code: 'MAX_POSITION',
    scope: 'symbol',
    sizing: true,
    run: (c) => {
      const { symbol } = c.request.intent
      const limit = shareOfEquity(c, c.limits.position_share_max)
      return above(
        exposureWith(c, (s) => s === symbol),
        limit,
        `position, open and reserved orders of ${symbol} with this one`,
      )
    },
  },
  {
    id: 'R15',
    code: 'SECTOR',
    scope: 'account',
    sizing: true,
    run: (c) => {
      const { sector } = c.request.symbol
      if (sector === null) return { message: `the sector of ${c.request.intent.symbol} is not known` }
      const limit = shareOfEquity(c, c.limits.sector_share_max)
      // A holding whose sector nobody knows counts in every sector.
      return above(
        exposureWith(c, (_, s) => s === null || s === sector),
        limit,
        `everything in ${sector} with this order`,
      )
    },
  },
  {
    id: 'R16',
    code: 'GROSS',
    scope: 'account',
    sizing: true,
    run: (c) =>
      above(
        exposureWith(c, () => true),
        shareOfEquity(c, c.limits.gross_share_max),
        'everything held with this order',
      ),
  },
  {
    id: 'R17',
    code: 'BUYING_POWER',
    scope: 'account',
    sizing: true,
    run: (c) => {
      const { cash, open_orders } = c.request.account
      const spoken = sum([...buys(open_orders), ...buys(c.unseen)].map((o) => o.notional))
      const free = subtractDecimal(subtractDecimal(cash, spoken), shareOfEquity(c, c.limits.cash_reserve_share))
      return above(c.notional, free, 'cash that is neither spoken for nor held in reserve')
    },
  },
  {
    id: 'R18',
    code: 'OVERSELL',
    scope: 'symbol',
    run: (c) => {
      const { intent, account } = c.request
      if (intent.side === 'buy') return undefined
      const mine = <T extends { readonly symbol: string; readonly side: string; readonly qty: Decimal }>(
        o: T,
      ): Decimal[] => (o.symbol === intent.symbol && o.side === 'sell' ? [o.qty] : [])
      const held = sum(account.positions.flatMap((p) => (p.symbol === intent.symbol ? p.qty : [])))
      const selling = sum([...account.open_orders.flatMap(mine), ...c.unseen.flatMap(mine)])
      return above(intent.qty, subtractDecimal(held, selling), 'more than is held and not being sold already')
    },
  },
  {
    id: 'R20',
    code: 'DUP',
    scope: 'account',
    run: ({ recent, request: { intent }, intentHash, limits }) => {
      const twin = recent.find(
        (r) =>
          r.age_ms <= Number(limits.duplicate_seconds) * 1_000 &&
          (r.intent_hash === intentHash || (r.symbol === intent.symbol && r.side === intent.side)),
      )
      if (!twin) return undefined
      return {
        limit: limits.duplicate_seconds,
        observed: String(twin.age_ms / 1_000),
        message: `like intent ${twin.intent_id}`,
      }
    },
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
    id: 'R25',
    code: 'OPEN_POSITIONS',
    scope: 'account',
    sizing: true,
    run: (c) => {
      const held = c.request.account.positions.filter((p) => !isZeroDecimal(p.qty)).map((p) => p.symbol)
      const coming = [...buys(c.request.account.open_orders), ...buys(c.unseen)].map((o) => o.symbol)
      const count = new Set([...held, ...coming, c.request.intent.symbol]).size
      return above(decimalFromNumber(count), c.limits.open_positions_max, `${count} symbols held with this one`)
    },
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
