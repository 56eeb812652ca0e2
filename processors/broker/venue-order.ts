import {
  addDecimal,
  compareDecimal,
  type Decimal,
  divideDecimal,
  type ExecutionReport,
  multiplyDecimal,
  type OrderLeg,
  type OrderRequest,
  roundDecimal,
  type Side,
  subtractDecimal,
  ZERO,
} from '../../schemas/index.ts'
import { deriveId } from '../derive-id.ts'

export type Status = 'new' | 'partially_filled' | 'filled' | 'canceled' | 'expired' | 'rejected'
const FINAL: readonly Status[] = ['filled', 'canceled', 'expired', 'rejected']

/** One order at the venue: the entry, or one exit of a bracket. While it works, qty = filled + leaves. */
export interface VenueLeg {
  readonly leg: OrderLeg
  readonly side: Side
  readonly qty: Decimal
  readonly filled_qty: Decimal
  readonly filled_value: Decimal
  readonly status: Status
}

/** An order request at the venue with the exits that travel with it. Plain JSON: it lies in the store. */
export interface VenueOrder {
  readonly terms: OrderRequest
  readonly entry: VenueLeg
  /** Present once the entry is done and something was bought. */
  readonly exits: { readonly stop_loss: VenueLeg; readonly take_profit: VenueLeg } | null
  /** Bars that start before this say nothing about the exits. */
  readonly exits_from: number
  /** The session the entry is worked in; null before its first bar. */
  readonly session: number | null
  /** How many reports were made; numbers the next. */
  readonly report_count: number
}

export interface Step {
  readonly order: VenueOrder
  readonly reports: readonly ExecutionReport[]
}

export const isFinal = (leg: VenueLeg): boolean => FINAL.includes(leg.status)
export const leavesOf = (leg: VenueLeg): Decimal => (isFinal(leg) ? ZERO : subtractDecimal(leg.qty, leg.filled_qty))

/** Nothing of it can change any more. */
export function isClosed(order: VenueOrder): boolean {
  if (!isFinal(order.entry)) return false
  return order.exits === null || (isFinal(order.exits.stop_loss) && isFinal(order.exits.take_profit))
}

export const openLeg = (leg: OrderLeg, side: Side, qty: Decimal): VenueLeg => ({
  leg,
  side,
  qty,
  filled_qty: ZERO,
  filled_value: ZERO,
  status: 'new',
})

export const openOrder = (terms: OrderRequest): VenueOrder => ({
  terms,
  entry: openLeg('entry', terms.side, terms.qty),
  exits: null,
  exits_from: 0,
  session: null,
  report_count: 0,
})

export interface Happening {
  readonly event: 'new' | 'fill' | 'canceled' | 'expired' | 'rejected'
  readonly transactAt: number
  readonly receivedAt: number
  readonly fill?: { readonly qty: Decimal; readonly price: Decimal; readonly fee: Decimal }
  readonly reason?: string
}

/** What happened to one leg: the order after it, with the report. A final leg stays as it is and reports nothing. */
export function apply(step: Step, leg: OrderLeg, happening: Happening): Step {
  const { order } = step
  const before = legOf(order, leg)
  if (!before || isFinal(before)) return step
  const after = legAfter(before, happening)
  const next = { ...withLeg(order, after), report_count: order.report_count + 1 }
  return { order: next, reports: [...step.reports, reportOf(next, after, happening)] }
}

const legOf = (order: VenueOrder, leg: OrderLeg): VenueLeg | undefined =>
  leg === 'entry' ? order.entry : order.exits?.[leg]

function withLeg(order: VenueOrder, leg: VenueLeg): VenueOrder {
  if (leg.leg === 'entry') return { ...order, entry: leg }
  return order.exits ? { ...order, exits: { ...order.exits, [leg.leg]: leg } } : order
}

function legAfter(leg: VenueLeg, { event, fill }: Happening): VenueLeg {
  if (!fill) return { ...leg, status: event === 'fill' ? leg.status : event }
  const filled = addDecimal(leg.filled_qty, fill.qty)
  return {
    ...leg,
    filled_qty: filled,
    filled_value: addDecimal(leg.filled_value, multiplyDecimal(fill.qty, fill.price)),
    status: compareDecimal(filled, leg.qty) >= 0 ? 'filled' : 'partially_filled',
  }
}

function reportOf({ terms, report_count }: VenueOrder, leg: VenueLeg, happening: Happening): ExecutionReport {
  const { fill } = happening
  const hasFills = compareDecimal(leg.filled_qty, ZERO) > 0
  return {
    execution_id: deriveId('ex', terms.client_order_id, leg.leg, report_count),
    order_id: deriveId('po', terms.client_order_id, leg.leg),
    client_order_id: terms.client_order_id,
    account_id: terms.account_id,
    symbol: terms.symbol,
    side: leg.side,
    leg: leg.leg,
    event: fill && leg.status !== 'filled' ? 'partial_fill' : happening.event,
    status: leg.status,
    qty: leg.qty,
    filled_qty: leg.filled_qty,
    leaves_qty: leavesOf(leg),
    filled_avg_price: hasFills ? roundDecimal(divideDecimal(leg.filled_value, leg.filled_qty), 6, 'half_even') : null,
    last_qty: fill?.qty ?? null,
    last_price: fill?.price ?? null,
    fee: fill?.fee ?? ZERO,
    transact_at: happening.transactAt,
    received_at: happening.receivedAt,
    reason: happening.reason ?? null,
    recommendation_id: terms.recommendation_id,
    simulated: terms.simulated,
  }
}
