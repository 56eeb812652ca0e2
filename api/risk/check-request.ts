import { z } from 'zod'

const decimal = z.string().regex(/^-?\d{1,12}(\.\d{1,8})?$/, 'a decimal number as text')
const id = z.string().min(1).max(200)
const symbol = z.string().regex(/^[A-Z0-9.-]{1,12}$/)
const instant = z.iso.datetime({ offset: true })
const side = z.enum(['buy', 'sell'])
const positive = decimal.regex(/^(?=.*[1-9])\d/, 'above zero')

/** Body of POST /v1/checks; unknown fields are refused, since what is not understood cannot be checked. */
export const checkRequest = z.strictObject({
  intent: z.strictObject({
    intent_id: id,
    account_id: id,
    symbol,
    side,
    qty: positive,
    reference_price: positive,
    limit_price: positive.nullable(),
    stop_loss_stop_price: positive.nullable(),
    take_profit_limit_price: positive.nullable(),
    purpose: z.enum(['entry', 'exit_signal', 'exit_time']),
    mode: z.enum(['paper', 'live']),
    recommendation_id: id.nullable(),
  }),
  account: z.strictObject({
    as_of: instant,
    equity: decimal,
    cash: decimal,
    start_of_day_equity: decimal,
    peak_equity: decimal,
    positions: z
      .array(z.strictObject({ symbol, qty: decimal, market_value: decimal, sector: z.string().nullable() }))
      .max(1_000),
    open_orders: z
      .array(z.strictObject({ client_order_id: id, symbol, side, qty: decimal, notional: decimal }))
      .max(1_000),
    orders_last_minute: z.int().min(0),
    orders_last_day: z.int().min(0),
  }),
  as_of: instant,
  price: z.strictObject({ last: decimal, known_at: instant, timespan: z.string().max(20) }).nullable(),
  recommendation: z
    .strictObject({
      action: z.string().max(20),
      expires_at: instant,
      probability: z.number(),
      independent_clusters: z.int().min(0),
      primary_source: z.boolean(),
    })
    .nullable(),
  symbol: z.strictObject({ in_registry: z.boolean(), restricted: z.boolean(), sector: z.string().nullable() }),
  simulated: z.boolean(),
})
