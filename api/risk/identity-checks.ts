import { absDecimal, type Decimal, divideDecimal, subtractDecimal, ZERO } from '../../schemas/index.ts'
import { above, over, sum } from './check-arithmetic.ts'
import type { Check, CheckContext, CheckFailure as Failure } from './check-context.ts'

const secondsBetween = (fromIso: string, toMs: number): number => (toMs - Date.parse(fromIso)) / 1_000

/** Too old, from the future, or no time at all. */
function ageFailure(what: string, fromIso: string, c: CheckContext, limit: Decimal): Failure | undefined {
  const seconds = secondsBetween(fromIso, c.asOfMs)
  if (seconds >= 0 && seconds <= Number(limit)) return undefined
  return { limit, observed: String(seconds), message: `${what} is ${seconds} s old, at most ${limit} s` }
}

/** Who, what, at which price, and not twice: reductions take these too. */
export const IDENTITY_CHECKS: readonly Check[] = [
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
]
