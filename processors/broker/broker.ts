import {
  addDecimal,
  type Bar,
  type Decimal,
  decimalFromNumber,
  type ExecutionReport,
  multiplyDecimal,
  type OrderRequest,
  roundDecimal,
  subtractDecimal,
  ZERO,
} from '../../schemas/index.ts'
import { type ConfigOf, defineProcessor, field, type ProcessorContext } from '../../streams/index.ts'
import { sessionNumberOf } from '../trading-session.ts'
import { acceptOrder } from './accept-order.ts'
import { shareOfBps, type VenueCosts } from './fill-price.ts'
import { isClosed, type Step, type VenueOrder } from './venue-order.ts'
import { endSession, netFilled, workOrder } from './work-order.ts'

const fields = {
  half_spread_bps: field.number('Half the spread that a market order pays, basis points.', {
    min: 0,
    max: 1000,
    default: 2,
  }),
  slippage_bps: field.number('What a market order pays beyond that, basis points.', { min: 0, max: 1000, default: 1 }),
  fee_bps: field.number('Fee of a fill, basis points of its value.', { min: 0, max: 1000, default: 0 }),
  volume_share_max: field.number("Share of a bar's volume that our fills may be; the rest waits for the next bars.", {
    min: 0.0001,
    max: 1,
    default: 0.01,
  }),
} as const

const costsOf = (config: ConfigOf<typeof fields>): VenueCosts => ({
  takerShare: shareOfBps(config.half_spread_bps + config.slippage_bps),
  feeShare: shareOfBps(config.fee_bps),
  volumeShare: decimalFromNumber(config.volume_share_max),
})

/**
 * A venue of our own: fills paper orders against the bars that come after them.
 *
 * Store: `symbol|AAPL` orders that work and shares held · `order|<client order id>` known once · `session` the newest
 * session and the symbols with working orders. An order sent again is known and changes nothing.
 */
export const broker = defineProcessor({
  type: 'broker',
  summary: 'Fills paper orders against the bars that follow them, and reports as a venue does.',
  records: {
    reads: [{ schema: 'OrderRequest' }, { schema: 'Bar', topic: 'market.bars' }],
    writes: [{ schema: 'ExecutionReport' }],
  },
  fields,
  create: (config) => {
    const costs = costsOf(config)
    return {
      process({ topic, value }, context) {
        if (value === undefined) return
        if (topic === 'market.bars') work(value as Bar, context, costs)
        else take(value as OrderRequest, context)
      },
    }
  },
})

/** What the venue knows of a symbol. */
interface SymbolState {
  readonly orders: readonly VenueOrder[]
  /** Shares by account. */
  readonly held: Readonly<Record<string, Decimal>>
}
interface SessionState {
  readonly session: number
  readonly symbols: readonly string[]
}
const NOTHING: SymbolState = { orders: [], held: {} }
const BEFORE: SessionState = { session: -1, symbols: [] }

const symbolKey = (symbol: string): string => `symbol|${symbol}`
const readSymbol = (context: ProcessorContext, symbol: string): SymbolState =>
  context.store<SymbolState>('working_orders').get(symbolKey(symbol)) ?? NOTHING
const readSession = (context: ProcessorContext): SessionState =>
  context.store<SessionState>('working_orders').get('session') ?? BEFORE

function take(terms: OrderRequest, context: ProcessorContext): void {
  const known = context.store<number>('working_orders')
  const key = `order|${terms.client_order_id}`
  if (known.get(key) !== undefined) return
  known.put(key, terms.submitted_at)
  const state = readSymbol(context, terms.symbol)
  const { step, canceled } = acceptOrder(terms, state.orders, state.held[terms.account_id] ?? ZERO)
  for (const { reports } of canceled) report(context, reports, terms.submitted_at)
  report(context, step.reports, terms.submitted_at)
  const changed = new Map(canceled.map(({ order }) => [order.terms.client_order_id, order]))
  const orders = state.orders.map((order) => changed.get(order.terms.client_order_id) ?? order)
  keep(context, terms.symbol, state, [...orders, step.order])
}

function work(bar: Bar, context: ProcessorContext, costs: VenueCosts): void {
  const session = sessionNumberOf(bar.start_at)
  const before = readSession(context)
  if (session > before.session) openSession(context, before, session, bar)
  const state = readSymbol(context, bar.symbol)
  if (state.orders.length === 0) return
  let available = roundDecimal(multiplyDecimal(bar.volume, costs.volumeShare), 0, 'down')
  const steps = state.orders.map((order) => {
    const step = workOrder(order, bar, session, available, costs)
    available = step.available
    return step
  })
  settle(context, bar.symbol, state, steps, bar.end_at)
}

/** The first bar of a later session: what was good for the one before expires, whether or not its symbol still trades. */
function openSession(context: ProcessorContext, before: SessionState, session: number, bar: Bar): void {
  context.store<SessionState>('working_orders').put('session', { ...before, session })
  for (const symbol of before.symbols) {
    const state = readSymbol(context, symbol)
    const steps = state.orders.map((order) => {
      const isDue = order.session === null && bar.start_at >= order.terms.submitted_at
      return isDue ? { order: { ...order, session }, reports: [] } : endSession(order, session, bar.start_at)
    })
    settle(context, symbol, state, steps, bar.end_at)
  }
}

function settle(
  context: ProcessorContext,
  symbol: string,
  state: SymbolState,
  steps: readonly Step[],
  atMs: number,
): void {
  if (steps.every((step, i) => step.order === state.orders[i])) return
  for (const { reports } of steps) report(context, reports, atMs)
  keep(
    context,
    symbol,
    state,
    steps.map((step) => step.order),
  )
}

function report(context: ProcessorContext, reports: readonly ExecutionReport[], timestampMs: number): void {
  for (const value of reports) context.forward({ key: value.account_id, value, timestampMs })
}

/** Stores what still works, and what fills changed in the shares held. */
function keep(context: ProcessorContext, symbol: string, state: SymbolState, orders: readonly VenueOrder[]): void {
  const filledBefore = new Map(state.orders.map((o) => [o.terms.client_order_id, netFilled(o)]))
  const held = { ...state.held }
  for (const order of orders) {
    const change = subtractDecimal(netFilled(order), filledBefore.get(order.terms.client_order_id) ?? ZERO)
    held[order.terms.account_id] = addDecimal(held[order.terms.account_id] ?? ZERO, change)
  }
  const open = orders.filter((order) => !isClosed(order))
  context.store<SymbolState>('working_orders').put(symbolKey(symbol), { orders: open, held })
  const session = readSession(context)
  if (session.symbols.includes(symbol) === open.length > 0) return
  const others = session.symbols.filter((s) => s !== symbol)
  const symbols = open.length > 0 ? [...others, symbol].sort() : others
  context.store<SessionState>('working_orders').put('session', { ...session, symbols })
}
