import {
  type Bar,
  type Company,
  type Decimal,
  type ExecutionReport,
  multiplyDecimal,
  type OrderIntent,
  type Recommendation,
} from '../../schemas/index.ts'
import type { InputRecord, ProcessorContext } from '../../streams/index.ts'
import { sessionNumberOf } from '../trading-session.ts'
import { accountOf } from './account.ts'
import { applyExecution } from './apply-execution.ts'
import { askRisk, type TradePorts } from './ask-risk.ts'
import { type Books, markPrice, noteTimeExit, openBooks, placeOrder, positionOf, startDay } from './books.ts'
import { CompaniesBySymbol } from './company-by-symbol.ts'
import { orderOf } from './decisions.ts'
import { type Price, riskRequestOf } from './intents.ts'
import { type DeskRules, planForRecommendation, planTimeExit, priceOf } from './plan-order.ts'

/** The desk of one account: plans with pure functions, asks, sends, and keeps what it knows in the store `books`. */
export class Desk {
  readonly #rules: DeskRules
  readonly #startingCash: Decimal
  readonly #ports: TradePorts
  readonly #companies = new CompaniesBySymbol()
  #atHand: { readonly version: number; readonly books: Books } | undefined

  constructor(rules: DeskRules, startingCash: Decimal, ports: TradePorts) {
    this.#rules = rules
    this.#startingCash = startingCash
    this.#ports = ports
  }

  onRecommendation(r: Recommendation, atMs: number, context: ProcessorContext): Promise<void> | undefined {
    const books = startDay(this.#books(context), atMs)
    this.#beginEquity(context, books, r, atMs)
    const intent = planForRecommendation(books, r, atMs, this.#rules)
    return intent && this.#send(context, books, intent, priceOf(r), atMs, r, r.simulated)
  }

  onExecution({ value, timestampMs }: InputRecord<ExecutionReport>, context: ProcessorContext): void {
    const report = value as ExecutionReport
    const before = startDay(this.#books(context), timestampMs)
    const books = applyExecution(before, report, this.#companyOf(context, report.symbol)?.sector ?? null)
    if (books === before) return
    this.#keep(context, books)
    if (report.last_qty === null) return
    this.#showPosition(context, books, report.symbol, timestampMs, report.simulated)
    this.#showAccount(context, books, timestampMs, report.simulated)
  }

  onBar(bar: Bar, atMs: number, context: ProcessorContext): Promise<void> | undefined {
    const before = this.#books(context)
    const books = markPrice(startDay(before, atMs), bar.symbol, bar.close)
    if (books !== before) this.#keep(context, books)
    this.#drawEquity(context, books, bar, atMs)
    const price: Price = { last: bar.close, known_at: bar.end_at, timespan: bar.timespan }
    const intent = planTimeExit(books, bar.symbol, price, atMs, this.#rules)
    if (!intent) return undefined
    const noted = noteTimeExit(books, bar.symbol, sessionNumberOf(atMs))
    return this.#send(context, noted, intent, price, atMs, undefined, bar.simulated)
  }

  /** Asks, and sends only what was approved in exactly these terms. */
  async #send(
    context: ProcessorContext,
    books: Books,
    intent: OrderIntent,
    price: Price,
    atMs: number,
    r: Recommendation | undefined,
    simulated: boolean,
  ): Promise<void> {
    const company = this.#companyOf(context, intent.symbol)
    const request = riskRequestOf(intent, books, atMs, price, r, company, simulated)
    const verdict = await askRisk(intent, request, atMs, this.#ports)
    context.forward({ topic: 'risk.verdicts', key: intent.account_id, value: verdict, timestampMs: atMs })
    if (verdict.decision !== 'approved') return this.#keep(context, books)
    const order = orderOf(intent, verdict, atMs, simulated)
    context.forward({ topic: 'orders', key: intent.account_id, value: order, timestampMs: atMs })
    const { client_order_id, symbol, side, qty, purpose, recommendation_id } = order
    const notional = multiplyDecimal(qty, price.last)
    const open = { client_order_id, symbol, side, qty, notional, purpose, recommendation_id, at: atMs }
    this.#keep(context, placeOrder(books, open))
  }

  /** The curve begins with the first recommendation: bars before it are history. */
  #beginEquity(context: ProcessorContext, books: Books, r: Recommendation, atMs: number): void {
    const drawn = context.store<number>('books')
    if (drawn.get('equity_drawn_at') !== undefined) return
    drawn.put('equity_drawn_at', atMs)
    this.#showAccount(context, books, atMs, r.simulated)
  }

  /** A point of the equity curve: with each daily close of what is held, and at most so often between. */
  #drawEquity(context: ProcessorContext, books: Books, bar: Bar, atMs: number): void {
    const drawn = context.store<number>('books')
    const begun = drawn.get('equity_drawn_at')
    if (begun === undefined && Object.keys(books.holdings).length === 0) return
    const last = begun ?? Number.NEGATIVE_INFINITY
    const isHeld = books.holdings[bar.symbol] !== undefined
    const isDailyClose = bar.timespan === '1d' && isHeld
    const isDue = atMs - last >= this.#rules.equityEveryMs
    if (!isDailyClose && !isDue) return
    if (isDue) drawn.put('equity_drawn_at', atMs)
    this.#showAccount(context, books, atMs, bar.simulated)
    const shown = isDue ? Object.keys(books.holdings) : [bar.symbol]
    for (const symbol of shown) this.#showPosition(context, books, symbol, atMs, bar.simulated)
  }

  #showAccount(context: ProcessorContext, books: Books, atMs: number, simulated: boolean): void {
    const { accountId } = this.#rules
    context.forward({ topic: 'accounts', key: accountId, value: accountOf(books, accountId, atMs, simulated) })
  }

  #showPosition(context: ProcessorContext, books: Books, symbol: string, atMs: number, simulated: boolean): void {
    const { accountId } = this.#rules
    const value = positionOf(books, accountId, symbol, atMs, simulated)
    context.forward({ topic: 'positions', key: `${accountId}|${symbol}`, value })
  }

  #companyOf(context: ProcessorContext, symbol: string): Company | undefined {
    return this.#companies.find(context.table('companies'), symbol)
  }

  /** The books are large and read with every bar, so they are kept at hand for as long as the store's version is theirs. */
  #books(context: ProcessorContext): Books {
    const version = context.store<number>('books').get('version') ?? 0
    if (this.#atHand?.version === version) return this.#atHand.books
    const books = context.store<Books>('books').get('books') ?? openBooks(this.#startingCash)
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
