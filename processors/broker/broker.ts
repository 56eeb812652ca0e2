import {
  addDecimal,
  type Bar,
  compareDecimal,
  type Decimal,
  decimal,
  divideDecimal,
  type ExecutionReport,
  multiplyDecimal,
  type OrderRequest,
  subtractDecimal,
  ZERO,
} from '../../schemas/index.ts'
import { defineProcessor, field, type InputRecord, type ProcessorContext } from '../../streams/index.ts'
import { deriveId } from '../derive-id.ts'
import { entryFill, exitFill, type Fill, type FillRules, type WorkingOrder } from './fill.ts'

const fields = {
  half_spread_bps: field.number('Half the spread, basis points.', { min: 0, max: 1_000, default: 2 }),
  slippage_bps: field.number('Slippage, basis points.', { min: 0, max: 1_000, default: 1 }),
  fee_per_share: field.text('Fee of a share.', { default: '0' }),
  volume_share_max: field.number('Largest share of a bar’s volume that an order takes.', {
    min: 0.0001,
    max: 1,
    default: 0.01,
  }),
  expire_after_days: field.number('An order nothing was filled of is expired after so long.', {
    min: 1,
    max: 90,
    default: 5,
  }),
} as const

const DAY_MS = 86_400_000

/** The paper broker: fills against bars, without seeing more of them than was known. */
export const broker = defineProcessor({
  type: 'broker',
  summary: 'The paper broker: fills orders against bars, with spread, slippage and partial fills.',
  fields,
  create: (config) => {
    const rules: FillRules = {
      halfSpreadBps: config.half_spread_bps,
      slippageBps: config.slippage_bps,
      feePerShare: decimal(config.fee_per_share),
      volumeShareMax: config.volume_share_max,
    }
    return {
      process(record, context) {
        if (record.value === undefined) return
        if (record.topic === 'orders') accept(record as InputRecord<OrderRequest>, context)
        else onBar(record as InputRecord<Bar>, context, rules, config.expire_after_days * DAY_MS)
      },
    }
  },
})

type Venue = Readonly<Record<string, WorkingOrder>>
const venueOf = (context: ProcessorContext, symbol: string): Venue =>
  context.store<Venue>('working_orders').get(`symbol|${symbol}`) ?? {}

function keep(context: ProcessorContext, symbol: string, venue: Venue): void {
  const store = context.store<Venue>('working_orders')
  if (Object.keys(venue).length > 0) store.put(`symbol|${symbol}`, venue)
  else store.delete(`symbol|${symbol}`)
}

/** An order seen before is the same order. A sell takes the place of the exits that guarded the shares. */
function accept({ value, timestampMs }: InputRecord<OrderRequest>, context: ProcessorContext): void {
  const request = value as OrderRequest
  const seen = context.store<boolean>('working_orders')
  if (seen.get(`seen|${request.client_order_id}`)) return
  seen.put(`seen|${request.client_order_id}`, true)
  const venue: Record<string, WorkingOrder> = { ...venueOf(context, request.symbol) }
  if (request.side === 'sell') {
    for (const [id, order] of Object.entries(venue)) {
      if (order.request.side !== 'buy' || compareDecimal(order.guarded_qty, ZERO) <= 0) continue
      for (const leg of ['stop_loss', 'take_profit'] as const)
        report(context, order, {
          leg,
          event: 'canceled',
          status: 'canceled',
          atMs: timestampMs,
          leaves: ZERO,
          reason: 'replaced by a sell order',
        })
      delete venue[id]
    }
  }
  const order: WorkingOrder = {
    order_id: deriveId('po', request.client_order_id),
    request,
    filled_qty: ZERO,
    filled_value: ZERO,
    guarded_qty: ZERO,
    reports: 0,
  }
  venue[request.client_order_id] = report(context, order, {
    leg: 'entry',
    event: 'new',
    status: 'new',
    atMs: timestampMs,
    leaves: request.qty,
  })
  keep(context, request.symbol, venue)
}

function onBar(
  { value, timestampMs }: InputRecord<Bar>,
  context: ProcessorContext,
  rules: FillRules,
  expireAfterMs: number,
): void {
  const bar = value as Bar
  const venue = venueOf(context, bar.symbol)
  if (Object.keys(venue).length === 0) return
  const next: Record<string, WorkingOrder> = {}
  for (const [id, order] of Object.entries(venue)) {
    const after = work(context, order, bar, timestampMs, rules, expireAfterMs)
    if (after) next[id] = after
  }
  keep(context, bar.symbol, next)
}

/** One order against one bar; undefined where nothing of it is left to work on. */
function work(
  context: ProcessorContext,
  order: WorkingOrder,
  bar: Bar,
  atMs: number,
  rules: FillRules,
  expireAfterMs: number,
): WorkingOrder | undefined {
  if (compareDecimal(order.guarded_qty, ZERO) > 0) {
    const fill = exitFill(order, bar, rules)
    if (!fill) return order
    const exited = report(context, order, {
      leg: fill.leg,
      event: 'fill',
      status: 'filled',
      atMs,
      leaves: ZERO,
      fill,
      fee: multiplyDecimal(rules.feePerShare, fill.qty),
    })
    report(context, exited, {
      leg: fill.leg === 'stop_loss' ? 'take_profit' : 'stop_loss',
      event: 'canceled',
      status: 'canceled',
      atMs,
      leaves: ZERO,
      reason: 'the other exit filled',
    })
    return undefined
  }
  const fill = entryFill(order, bar, rules)
  if (!fill) return expired(context, order, atMs, expireAfterMs)
  const filled = addDecimal(order.filled_qty, fill.qty)
  const leaves = subtractDecimal(order.request.qty, filled)
  const isComplete = compareDecimal(leaves, ZERO) === 0
  const grown: WorkingOrder = {
    ...order,
    filled_qty: filled,
    filled_value: addDecimal(order.filled_value, multiplyDecimal(fill.qty, fill.price)),
  }
  const after = report(context, grown, {
    leg: 'entry',
    event: isComplete ? 'fill' : 'partial_fill',
    status: isComplete ? 'filled' : 'partially_filled',
    atMs,
    leaves,
    fill,
    fee: multiplyDecimal(rules.feePerShare, fill.qty),
  })
  if (!isComplete) return after
  return after.request.order_class === 'bracket' ? { ...after, guarded_qty: filled } : undefined
}

/** What was not filled in time is let go of; shares that were bought stay guarded by the exits. */
function expired(
  context: ProcessorContext,
  order: WorkingOrder,
  atMs: number,
  afterMs: number,
): WorkingOrder | undefined {
  if (atMs - order.request.submitted_at < afterMs) return order
  const after = report(context, order, {
    leg: 'entry',
    event: 'expired',
    status: 'expired',
    atMs,
    leaves: ZERO,
    reason: 'no bar filled it in time',
  })
  const isGuarded = order.request.order_class === 'bracket' && compareDecimal(order.filled_qty, ZERO) > 0
  return isGuarded ? { ...after, guarded_qty: order.filled_qty } : undefined
}

interface Happening {
  readonly leg: Fill['leg']
  readonly event: string
  readonly status: string
  readonly atMs: number
  readonly leaves: Decimal
  readonly fill?: Fill
  readonly fee?: Decimal
  readonly reason?: string
}

function report(context: ProcessorContext, order: WorkingOrder, h: Happening): WorkingOrder {
  const { request } = order
  const isExit = h.leg !== 'entry'
  const filledQty = isExit ? (h.fill?.qty ?? ZERO) : order.filled_qty
  const average = isExit
    ? (h.fill?.price ?? null)
    : compareDecimal(order.filled_qty, ZERO) > 0
      ? divideDecimal(order.filled_value, order.filled_qty)
      : null
  const value: ExecutionReport = {
    execution_id: deriveId('ex', request.client_order_id, h.leg, h.event, order.reports),
    order_id: order.order_id,
    client_order_id: request.client_order_id,
    account_id: request.account_id,
    symbol: request.symbol,
    side: isExit ? 'sell' : request.side,
    leg: h.leg,
    event: h.event,
    status: h.status,
    qty: isExit ? order.guarded_qty : request.qty,
    filled_qty: filledQty,
    leaves_qty: h.leaves,
    filled_avg_price: average,
    last_qty: h.fill?.qty ?? null,
    last_price: h.fill?.price ?? null,
    fee: h.fee ?? ZERO,
    transact_at: h.fill?.atMs ?? h.atMs,
    received_at: h.atMs,
    reason: h.reason ?? null,
    recommendation_id: request.recommendation_id,
    simulated: request.simulated,
  }
  context.forward({ topic: 'executions', key: request.account_id, value, timestampMs: h.atMs })
  return { ...order, reports: order.reports + 1 }
}
