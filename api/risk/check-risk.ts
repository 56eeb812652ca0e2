import {
  compareDecimal,
  type Decimal,
  divideDecimal,
  maxDecimal,
  multiplyDecimal,
  type RiskReason,
  subtractDecimal,
  ZERO,
} from '../../schemas/index.ts'
import type { Check, CheckContext, Reservation, RiskInput, RiskOutcome } from './check-context.ts'
import { CHECKS } from './checks.ts'
import type { Limits } from './limits.ts'
import { strictest } from './read-state.ts'

/**
 * May this order be sent? A pure function: every check runs, every failure is returned, and what is not known is a
 * failure. Reductions skip the checks of size, never those of identity, price, repetition and oversell.
 */
export function checkRisk(input: RiskInput): RiskOutcome {
  const { request, limits } = input
  const { equity, start_of_day_equity, peak_equity } = request.account
  const dailyLoss = lossFrom(start_of_day_equity, equity)
  const drawdown = lossFrom(peak_equity, equity)
  const tripped = trip(dailyLoss, drawdown, limits)
  const context: CheckContext = {
    ...input,
    asOfMs: Date.parse(request.as_of),
    notional: multiplyDecimal(request.intent.qty, request.intent.limit_price ?? request.intent.reference_price),
    isReduction: request.intent.side === 'sell',
    effective: strictest(input.state, tripped?.state ?? 'active'),
    unseen: unseenReservations(input),
    dailyLoss,
    drawdown,
  }
  const applicable = CHECKS.filter((check) => !(context.isReduction && check.sizing))
  const reasons = applicable.flatMap((check) => failuresOf(check, context))
  return {
    decision: reasons.length === 0 ? 'approved' : 'denied',
    reasons,
    checksRun: applicable.length,
    notional: context.notional,
    tripped: tripped && strictest(input.state, tripped.state) !== input.state ? tripped : undefined,
  }
}

function failuresOf(check: Check, context: CheckContext): readonly RiskReason[] {
  const failure = check.run(context)
  if (failure === undefined) return []
  return [{ id: check.id, code: check.code, scope: check.scope, limit: null, observed: null, ...failure }]
}

function lossFrom(start: Decimal, now: Decimal): Decimal | null {
  if (compareDecimal(start, ZERO) <= 0) return null
  return maxDecimal(ZERO, divideDecimal(subtractDecimal(start, now), start))
}

function trip(dailyLoss: Decimal | null, drawdown: Decimal | null, limits: Limits): RiskOutcome['tripped'] {
  const over = (found: Decimal | null, limit: Decimal): boolean => found !== null && compareDecimal(found, limit) >= 0
  if (over(dailyLoss, limits.daily_loss_halt)) return { state: 'halted', reason: `R22 DAILY_LOSS ${dailyLoss}` }
  if (over(drawdown, limits.drawdown_halt)) return { state: 'halted', reason: `R23 DRAWDOWN ${drawdown}` }
  if (over(dailyLoss, limits.daily_loss_reduce)) return { state: 'reducing', reason: `R22 DAILY_LOSS ${dailyLoss}` }
  if (over(drawdown, limits.drawdown_reduce)) return { state: 'reducing', reason: `R23 DRAWDOWN ${drawdown}` }
  return undefined
}

/** A reservation whose order is in the snapshot already must not count twice: same symbol, side and quantity, one for one. */
function unseenReservations({ request, reservations }: RiskInput): readonly Reservation[] {
  const open = request.account.open_orders.map((o) => `${o.symbol} ${o.side} ${o.qty}`)
  return reservations.filter((r) => {
    const at = open.indexOf(`${r.symbol} ${r.side} ${r.qty}`)
    if (at >= 0) open.splice(at, 1)
    return at < 0
  })
}
