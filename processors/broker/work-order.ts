import {
  addDecimal,
  type Bar,
  compareDecimal,
  type Decimal,
  isZeroDecimal,
  minDecimal,
  multiplyDecimal,
  type OrderLeg,
  subtractDecimal,
  ZERO,
} from '../../schemas/index.ts'
import { limitPrice, stopPrice, takerPrice, type VenueCosts } from './fill-price.ts'
import { apply, isClosed, isFinal, leavesOf, openLeg, type Step, type VenueOrder } from './venue-order.ts'

export interface BarStep extends Step {
  /** Shares of the bar nobody has taken yet. */
  readonly available: Decimal
}

/**
 * What a bar does to an order. Nothing looks ahead: a bar counts only where it starts at or after the moment the order was
 * submitted, and what it brought is known when it ends.
 *
 *   entry    at the open, as much as the volume allows, the rest on the next bars of the session
 *   exits    from the bar on that completed the entry; both reached in one bar: the stop came first
 *   partial  an entry that ends partly filled is protected for the part that was bought
 */
export function workOrder(
  order: VenueOrder,
  bar: Bar,
  session: number,
  available: Decimal,
  costs: VenueCosts,
): BarStep {
  let step: BarStep = { order, reports: [], available }
  if (!isFinal(order.entry) && bar.start_at >= order.terms.submitted_at) {
    const worked = { ...order, session: order.session ?? session }
    step = workEntry({ ...step, order: worked }, bar, costs)
  }
  return workExits(step, bar, costs)
}

function workEntry(step: BarStep, bar: Bar, costs: VenueCosts): BarStep {
  const { terms, entry } = step.order
  const price =
    terms.type === 'limit'
      ? limitPrice(bar, terms.limit_price as Decimal, terms.side)
      : takerPrice(bar.open, terms.side, costs)
  if (price === null) return step
  return protect(fill(step, 'entry', leavesOf(entry), price, bar.start_at, bar, costs), bar.start_at, bar.end_at)
}

/** Exits go live once the entry is done and something was bought. */
export function protect<S extends Step>(step: S, transactAt: number, receivedAt: number): S {
  const { terms, entry, exits } = step.order
  const { take_profit_limit_price: target, stop_loss_stop_price: stop } = terms
  if (terms.order_class !== 'bracket' || exits || !isFinal(entry) || isZeroDecimal(entry.filled_qty)) return step
  if (target === null || stop === null) return step
  const opened: VenueOrder = {
    ...step.order,
    exits: {
      stop_loss: openLeg('stop_loss', 'sell', entry.filled_qty),
      take_profit: openLeg('take_profit', 'sell', entry.filled_qty),
    },
    exits_from: transactAt,
  }
  const at = { event: 'new', transactAt, receivedAt } as const
  const both = apply(apply({ order: opened, reports: step.reports }, 'stop_loss', at), 'take_profit', at)
  return { ...step, ...both }
}

function workExits(step: BarStep, bar: Bar, costs: VenueCosts): BarStep {
  const { exits, exits_from, terms } = step.order
  if (!exits || isClosed(step.order) || bar.start_at < exits_from) return step
  const begun = [exits.stop_loss, exits.take_profit].find((leg) => leg.status === 'partially_filled')
  // The rest of an exit that began is sold at the market: it has no partner left that would protect it.
  if (begun)
    return fill(step, begun.leg, leavesOf(begun), takerPrice(bar.open, 'sell', costs), bar.start_at, bar, costs)
  const stop = stopPrice(bar, terms.stop_loss_stop_price as Decimal, costs)
  if (stop !== null) return exitBy(step, 'stop_loss', 'take_profit', stop, bar, costs)
  const target = limitPrice(bar, terms.take_profit_limit_price as Decimal, 'sell')
  return target === null ? step : exitBy(step, 'take_profit', 'stop_loss', target, bar, costs)
}

function exitBy(step: BarStep, hit: OrderLeg, other: OrderLeg, price: Decimal, bar: Bar, costs: VenueCosts): BarStep {
  const leg = hit === 'stop_loss' ? step.order.exits?.stop_loss : step.order.exits?.take_profit
  if (!leg) return step
  const filled = fill(step, hit, leavesOf(leg), price, bar.end_at, bar, costs)
  if (filled === step) return step
  const reason = `the ${hit} of the bracket was reached`
  return {
    ...filled,
    ...apply(filled, other, { event: 'canceled', transactAt: bar.end_at, receivedAt: bar.end_at, reason }),
  }
}

function fill(
  step: BarStep,
  leg: OrderLeg,
  wanted: Decimal,
  price: Decimal,
  transactAt: number,
  bar: Bar,
  costs: VenueCosts,
): BarStep {
  const qty = minDecimal(wanted, step.available)
  if (compareDecimal(qty, ZERO) <= 0) return step
  const fee = multiplyDecimal(multiplyDecimal(qty, price), costs.feeShare)
  const done = apply(step, leg, { event: 'fill', transactAt, receivedAt: bar.end_at, fill: { qty, price, fee } })
  return { ...done, available: subtractDecimal(step.available, qty) }
}

/** The session is over: what is left of the entry expires; with day orders the exits too. */
export function endSession(order: VenueOrder, session: number, atMs: number): Step {
  const at = { event: 'expired', transactAt: atMs, receivedAt: atMs, reason: 'the session ended' } as const
  let step: Step = { order, reports: [] }
  if (order.session !== null && session > order.session) {
    step = protect(apply(step, 'entry', at), atMs, atMs)
    if (order.terms.time_in_force === 'day') step = apply(apply(step, 'stop_loss', at), 'take_profit', at)
  }
  return step
}

/** Takes back whatever still works of the order. */
export function cancelOrder(order: VenueOrder, atMs: number, reason: string): Step {
  const at = { event: 'canceled', transactAt: atMs, receivedAt: atMs, reason } as const
  const legs: readonly OrderLeg[] = ['entry', 'stop_loss', 'take_profit']
  return legs.reduce<Step>((step, leg) => apply(step, leg, at), { order, reports: [] })
}

/** What the fills of an order add to what is held; negative for a sell. */
export function netFilled({ entry, exits }: VenueOrder): Decimal {
  const out = addDecimal(exits?.stop_loss.filled_qty ?? ZERO, exits?.take_profit.filled_qty ?? ZERO)
  return entry.side === 'buy' ? subtractDecimal(entry.filled_qty, out) : subtractDecimal(ZERO, entry.filled_qty)
}
