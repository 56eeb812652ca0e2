import {
  absDecimal,
  type Decimal,
  decimalFromNumber,
  isZeroDecimal,
  minDecimal,
  subtractDecimal,
  ZERO,
} from '../../schemas/index.ts'
import { above, over, shareOfEquity, sum } from './check-arithmetic.ts'
import type { Check, CheckContext } from './check-context.ts'

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

/** How much would be held. */
export const EXPOSURE_CHECKS: readonly Check[] = [
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
]
