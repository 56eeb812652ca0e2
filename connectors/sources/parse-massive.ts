import { type Bar, type Decimal, decimal, decimalFromNumber } from '../../schemas/index.ts'
import { sessionOf } from '../recording/new-york-time.ts'

/** A page of an answer: its rows, where the next begins, and whether the plan shows prices late. */
export interface MassivePage<T> {
  readonly rows: readonly T[]
  readonly nextUrl: string | null
  readonly delayed: boolean
}
export interface MassiveArticle {
  readonly id: string
  readonly title: string
  readonly publisher: string | null
  readonly url: string | null
  readonly publishedAt: number | null
  readonly symbols: readonly string[]
  /** The article as it came: a teaser, not the body; the sentiments (`insights`) in it are a model's opinions. */
  readonly json: string
}

type Json = Readonly<Record<string, unknown>>

/** Throws where the answer is an error or not of this shape, in the vendor's words. */
export function parseArticles(text: string): MassivePage<MassiveArticle> {
  const { body, results } = envelopeOf(text)
  return { ...pageOf(body), rows: results.map(toArticle) }
}

function toArticle(row: Json): MassiveArticle {
  const publisher = row['publisher'] as Json | undefined
  const published = Date.parse(String(row['published_utc']))
  return {
    id: String(row['id']),
    title: String(row['title'] ?? ''),
    publisher: typeof publisher?.['name'] === 'string' ? publisher['name'] : null,
    url: typeof row['article_url'] === 'string' ? row['article_url'] : null,
    publishedAt: Number.isNaN(published) ? null : published,
    symbols: Array.isArray(row['tickers']) ? row['tickers'].map(String) : [],
    json: JSON.stringify(row),
  }
}

/** Aggregates of one symbol. `t` is the start of the span; a daily bar is known at the close of its session. */
export function parseAggregates(text: string, timespan: string, sourceId: string): MassivePage<Bar> {
  const { body, results } = envelopeOf(text, true)
  const symbol = String(body['ticker'] ?? '')
  return { ...pageOf(body), rows: results.map((row) => toBar(row, symbol, timespan, sourceId)) }
}

function toBar(row: Json, symbol: string, timespan: string, sourceId: string): Bar {
  return {
    symbol,
    timespan,
    ...spanOf(Number(row['t']), timespan),
    open: exact(row['o']),
    high: exact(row['h']),
    low: exact(row['l']),
    close: exact(row['c']),
    adjusted_close: null,
    volume: exact(row['v']),
    vwap: row['vw'] === undefined ? null : exact(row['vw']),
    source_id: sourceId,
    simulated: false,
  }
}

const newYorkDate = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York' })
function spanOf(startMs: number, timespan: string): { readonly start_at: number; readonly end_at: number } {
  if (timespan !== '1d') return { start_at: startMs, end_at: startMs + Number.parseInt(timespan, 10) * 60_000 }
  const session = sessionOf(newYorkDate.format(startMs))
  return { start_at: session.openMs, end_at: session.closeMs }
}

/** Digits as they were sent; a number in exponent form or with more than eight places is rounded to eight. */
function exact(source: unknown): Decimal {
  const digits = String(source)
  return /^-?\d+(\.\d{1,8})?$/.test(digits) ? decimal(digits) : decimalFromNumber(Number(digits))
}

/** Numbers stay text with `numbersAsText`, so that no price passes through a double. */
function envelopeOf(text: string, numbersAsText = false): { readonly body: Json; readonly results: readonly Json[] } {
  const body = (numbersAsText ? JSON.parse(text, keepDigits) : JSON.parse(text)) as Json
  const status = String(body['status'] ?? '')
  if (status !== 'OK' && status !== 'DELAYED') {
    throw new TypeError(
      `the vendor answered ${status || 'without status'}: ${String(body['error'] ?? body['message'] ?? '')}`,
    )
  }
  return { body, results: Array.isArray(body['results']) ? (body['results'] as Json[]) : [] }
}

const keepDigits = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
  typeof value === 'number' ? (context?.source ?? String(value)) : value

const pageOf = (body: Json): { readonly nextUrl: string | null; readonly delayed: boolean } => ({
  nextUrl: typeof body['next_url'] === 'string' ? body['next_url'] : null,
  delayed: body['status'] === 'DELAYED',
})
