import { compareDecimal, type Decimal, type OrderRequest, ZERO } from '../../schemas/index.ts'
import { apply, isClosed, openOrder, type Step, type VenueOrder } from './venue-order.ts'
import { cancelOrder } from './work-order.ts'

export interface Accepted {
  /** The new order with the reports it makes: new, or rejected. */
  readonly step: Step
  /** Orders of the same account and symbol that had to give way, after that. */
  readonly canceled: readonly Step[]
}

/**
 * Takes an order, or rejects it. A sell takes back what else works in the symbol first, so that the shares it sells are
 * not promised to a stop at the same time.
 */
export function acceptOrder(terms: OrderRequest, others: readonly VenueOrder[], held: Decimal): Accepted {
  const at = { transactAt: terms.submitted_at, receivedAt: terms.submitted_at }
  const opened: Step = { order: openOrder(terms), reports: [] }
  const reason = whyRejected(terms, held)
  if (reason) return { step: apply(opened, 'entry', { event: 'rejected', ...at, reason }), canceled: [] }
  const canceled =
    terms.side === 'sell'
      ? others
          .filter((o) => o.terms.account_id === terms.account_id && !isClosed(o))
          .map((o) => cancelOrder(o, terms.submitted_at, `replaced by the sell order ${terms.client_order_id}`))
      : []
  return { step: apply(opened, 'entry', { event: 'new', ...at }), canceled }
}

/** The first thing that is wrong with an order, in words; undefined where nothing is. */
function whyRejected(terms: OrderRequest, held: Decimal): string | undefined {
  if (terms.mode !== 'paper') return `the paper venue takes no ${terms.mode} orders`
  if (terms.verdict_id === '' || terms.intent_hash === '') return 'the order carries no approval of the risk engine'
  if (compareDecimal(terms.qty, ZERO) <= 0) return `quantity ${terms.qty} is not above zero`
  if (terms.type !== 'market' && terms.type !== 'limit') return `the paper venue takes no ${terms.type} orders`
  if (terms.type === 'limit' && terms.limit_price === null) return 'a limit order needs a limit price'
  if (terms.order_class === 'bracket') return whyNoBracket(terms)
  if (terms.order_class !== 'simple') return `the paper venue takes no ${terms.order_class} orders`
  if (terms.side === 'sell' && compareDecimal(terms.qty, held) > 0)
    return `${terms.qty} to sell, ${held} held: the paper venue sells nothing short`
  return undefined
}

function whyNoBracket(terms: OrderRequest): string | undefined {
  const { take_profit_limit_price: target, stop_loss_stop_price: stop } = terms
  if (terms.side !== 'buy') return 'a bracket opens a long position: its side is buy'
  if (target === null || stop === null) return 'a bracket needs a stop and a target'
  return compareDecimal(stop, target) < 0 ? undefined : `the stop ${stop} must lie below the target ${target}`
}
