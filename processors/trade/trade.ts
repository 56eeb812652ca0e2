import {
  type Bar,
  type Company,
  compareDecimal,
  type Decimal,
  decimal,
  type ExecutionReport,
  multiplyDecimal,
  type OrderIntent,
  type Recommendation,
  type RiskCheckRequest,
  type RiskVerdict,
  subtractDecimal,
  ZERO,
} from '../../schemas/index.ts'
import {
  defineProcessor,
  field,
  type InputRecord,
  type ProcessorContext,
  type ReadOnlyTable,
} from '../../streams/index.ts'
import { accountOf } from './account.ts'
import {
  applyExecution,
  type Books,
  equityOf,
  markPrice,
  noteDecision,
  openBooks,
  placeOrder,
  positionOf,
  startDay,
} from './books.ts'
import { deniedUnreachable, orderOf } from './decisions.ts'
import { intentHashOf, intentIdOf, type Price, reservedOf, riskRequestOf } from './intents.ts'
import { type SizingRules, sizeEntry } from './sizing.ts'

export interface TradePorts {
  /** Asks the risk engine. Throws where no verdict came; nothing is sent then. */
  readonly checkRisk: (request: RiskCheckRequest) => Promise<RiskVerdict>
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

const fields = {
  account_id: field.text('The account.', { default: 'paper-1' }),
  starting_cash: field.text('Cash the paper account starts with.', { default: '100000' }),
  risk_share: field.number('Share of equity at risk between entry and stop.', {
    min: 0.0001,
    max: 0.02,
    default: 0.005,
  }),
  position_share_max: field.number('Largest position as a share of equity.', { min: 0.001, max: 1, default: 0.1 }),
  order_share_max: field.number('Largest order as a share of equity.', { min: 0.001, max: 1, default: 0.05 }),
  order_notional_max: field.text('Largest order.', { default: '10000' }),
  cooldown_minutes: field.number('No entry so long after an exit in the same symbol.', {
    min: 0,
    max: 10_080,
    default: 60,
  }),
  horizon_days: field.number('A position is closed after so many days.', { min: 1, max: 365, default: 7 }),
  equity_every_minutes: field.number('How often the equity curve gets a point.', { min: 1, max: 1_440, default: 5 }),
} as const

/** Sizes what is recommended, asks the risk engine, sends orders, and keeps the books from their executions. */
export const trade = defineProcessor<typeof fields, TradePorts>({
  type: 'trade',
  summary: 'Sizes what is recommended, asks the risk engine, sends orders and keeps the books.',
  fields,
  create: (config, ports) => {
    const desk = new Desk({ ...config, startingCash: decimal(config.starting_cash), sizing: sizingOf(config) }, ports)
    return {
      process(record, context) {
        if (record.value === undefined) return
        if (record.topic === 'market.bars') return desk.onBar(record as InputRecord<Bar>, context)
        if (record.topic === 'executions') return desk.onExecution(record as InputRecord<ExecutionReport>, context)
        return desk.onRecommendation(record as InputRecord<Recommendation>, context)
      },
    }
  },
})

interface DeskRules {
  readonly account_id: string
  readonly startingCash: Decimal
  readonly sizing: SizingRules
  readonly cooldown_minutes: number
  readonly horizon_days: number
  readonly equity_every_minutes: number
}

const sizingOf = (c: {
  risk_share: number
  position_share_max: number
  order_share_max: number
  order_notional_max: string
}): SizingRules => ({
  riskShare: c.risk_share,
  positionShareMax: c.position_share_max,
  orderShareMax: c.order_share_max,
  orderNotionalMax: decimal(c.order_notional_max),
})

/** The desk of one account. All it knows lies in the store `books`. */
class Desk {
  readonly #rules: DeskRules
  readonly #ports: TradePorts
  #atHand: { readonly version: number; readonly books: Books } | undefined

  constructor(rules: DeskRules, ports: TradePorts) {
    this.#rules = rules
    this.#ports = ports
  }

  async onRecommendation(
    { value, timestampMs }: InputRecord<Recommendation>,
    context: ProcessorContext,
  ): Promise<void> {
    const r = value as Recommendation
    const books = startDay(this.#books(context), timestampMs)
    const held = books.holdings[r.symbol]
    const isOrdered = Object.values(books.open_orders).some((o) => o.symbol === r.symbol)
    if (isOrdered || !r.price) return
    const price: Price = {
      last: r.price.last_price,
      known_at: r.price.bar_at,
      timespan: r.expires_at - r.as_of >= DAY_MS ? '1d' : '1m',
    }
    if (held) {
      // Once in, below an even chance is enough to get out.
      if (r.probability >= 0.5) return
      return this.#exit(context, books, r.symbol, 'exit_signal', r.recommendation_id, price, timestampMs, r)
    }
    if (r.action !== 'buy') return
    const exitedAt = books.exited_at[r.symbol]
    if (exitedAt !== undefined && timestampMs - exitedAt < this.#rules.cooldown_minutes * MINUTE_MS) return
    const size = sizeEntry(r.price, equityOf(books), subtractDecimal(books.cash, reservedOf(books)), this.#rules.sizing)
    if (!size) return
    const intent: OrderIntent = {
      intent_id: intentIdOf(this.#rules.account_id, 'entry', r.recommendation_id, r.symbol),
      account_id: this.#rules.account_id,
      symbol: r.symbol,
      side: 'buy',
      qty: size.qty,
      reference_price: price.last,
      limit_price: null,
      stop_loss_stop_price: size.stopPrice,
      take_profit_limit_price: size.targetPrice,
      purpose: 'entry',
      mode: 'paper',
      recommendation_id: r.recommendation_id,
    }
    await this.#send(context, books, intent, price, timestampMs, r, r.simulated)
  }

  onExecution({ value, timestampMs }: InputRecord<ExecutionReport>, context: ProcessorContext): void {
    const report = value as ExecutionReport
    const before = startDay(this.#books(context), timestampMs)
    const books = applyExecution(before, report, companyOf(context, report.symbol)?.sector ?? null)
    if (books === before) return
    this.#keep(context, books)
    if (report.last_qty === null) return
    const { account_id } = this.#rules
    context.forward({
      topic: 'positions',
      key: `${account_id}|${report.symbol}`,
      value: positionOf(books, account_id, report.symbol, timestampMs, report.simulated),
    })
    context.forward({
      topic: 'accounts',
      key: account_id,
      value: accountOf(books, account_id, timestampMs, report.simulated),
    })
  }

  async onBar({ value, timestampMs }: InputRecord<Bar>, context: ProcessorContext): Promise<void> {
    const bar = value as Bar
    const before = this.#books(context)
    const books = markPrice(startDay(before, timestampMs), bar.symbol, bar.close)
    if (books !== before) this.#keep(context, books)
    const held = books.holdings[bar.symbol]
    if (!held) return
    this.#drawEquity(context, books, bar, timestampMs)
    const isDue = held.opened_at !== null && timestampMs - held.opened_at >= this.#rules.horizon_days * DAY_MS
    const isOrdered = Object.values(books.open_orders).some((o) => o.symbol === bar.symbol && o.side === 'sell')
    if (!isDue || isOrdered) return
    const price: Price = { last: bar.close, known_at: bar.end_at, timespan: bar.timespan }
    await this.#exit(
      context,
      books,
      bar.symbol,
      'exit_time',
      held.entry_client_order_id ?? bar.symbol,
      price,
      timestampMs,
      undefined,
    )
  }

  async #exit(
    context: ProcessorContext,
    books: Books,
    symbol: string,
    purpose: 'exit_signal' | 'exit_time',
    cause: string,
    price: Price,
    atMs: number,
    r: Recommendation | undefined,
  ): Promise<void> {
    const held = books.holdings[symbol]
    if (!held || compareDecimal(held.qty, ZERO) <= 0) return
    const intent: OrderIntent = {
      intent_id: intentIdOf(this.#rules.account_id, purpose, cause, symbol),
      account_id: this.#rules.account_id,
      symbol,
      side: 'sell',
      qty: held.qty,
      reference_price: price.last,
      limit_price: null,
      stop_loss_stop_price: null,
      take_profit_limit_price: null,
      purpose,
      mode: 'paper',
      recommendation_id: r?.recommendation_id ?? held.recommendation_id,
    }
    await this.#send(context, books, intent, price, atMs, r, r?.simulated ?? false)
  }

  /** Asks, and sends only what was approved in exactly these terms. No answer is a denial. */
  async #send(
    context: ProcessorContext,
    books: Books,
    intent: OrderIntent,
    price: Price,
    atMs: number,
    r: Recommendation | undefined,
    simulated: boolean,
  ): Promise<void> {
    const { account_id } = this.#rules
    const request = riskRequestOf(intent, books, atMs, price, r, companyOf(context, intent.symbol), simulated)
    const verdict = await this.#ports
      .checkRisk(request)
      .catch((error: unknown) => deniedUnreachable(intent, atMs, error, simulated))
    context.forward({ topic: 'risk.verdicts', key: account_id, value: verdict, timestampMs: atMs })
    const decided = noteDecision(books, atMs)
    const isApproved =
      verdict.decision === 'approved' && verdict.intent_hash === intentHashOf(intent) && verdict.expires_at >= atMs
    if (!isApproved) {
      this.#keep(context, decided)
      return
    }
    const order = orderOf(intent, verdict, atMs, simulated)
    context.forward({ topic: 'orders', key: account_id, value: order, timestampMs: atMs })
    const { client_order_id, symbol, side, qty, purpose, recommendation_id } = order
    this.#keep(
      context,
      placeOrder(decided, {
        client_order_id,
        symbol,
        side,
        qty,
        notional: multiplyDecimal(qty, price.last),
        purpose,
        recommendation_id,
        at: atMs,
      }),
    )
  }

  #drawEquity(context: ProcessorContext, books: Books, bar: Bar, atMs: number): void {
    const drawn = context.store<number>('books')
    const last = drawn.get('equity_drawn_at') ?? Number.NEGATIVE_INFINITY
    if (atMs - last < this.#rules.equity_every_minutes * MINUTE_MS) return
    drawn.put('equity_drawn_at', atMs)
    context.forward({
      topic: 'accounts',
      key: this.#rules.account_id,
      value: accountOf(books, this.#rules.account_id, atMs, bar.simulated),
    })
  }

  /** The books are large and read with every bar, so they are kept at hand for as long as the store's version is theirs. */
  #books(context: ProcessorContext): Books {
    const version = context.store<number>('books').get('version') ?? 0
    if (this.#atHand?.version === version) return this.#atHand.books
    const books = context.store<Books>('books').get('books') ?? openBooks(this.#rules.startingCash)
    this.#atHand = { version, books }
    return books
  }

  #keep(context: ProcessorContext, books: Books): void {
    const version = (context.store<number>('books').get('version') ?? 0) + 1
    context.store<Books>('books').put('books', books)
    context.store<number>('books').put('version', version)
    this.#atHand = { version, books }
  }
}

function companyOf(context: ProcessorContext, symbol: string): Company | undefined {
  const companies: ReadOnlyTable<Company> = context.table('companies')
  return companies.get(`co-${symbol}`)
}
