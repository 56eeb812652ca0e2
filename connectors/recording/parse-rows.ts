import { type Bar, type Decimal, decimal } from '../../schemas/index.ts'
import { sessionOf } from './new-york-time.ts'
import type { CompanyRow, RecordedDocument } from './recording.ts'

type Row = Readonly<Record<string, unknown>>
const SOURCE_TYPES = ['regulator', 'issuer', 'wire', 'press', 'trade', 'aggregator', 'social']
const MINUTE_MS = 60_000

export function parseDocument(row: Row): RecordedDocument {
  const sourceType = text(row, 'source_type')
  if (!SOURCE_TYPES.includes(sourceType))
    throw misfit('source_type', row['source_type'], `one of ${SOURCE_TYPES.join(', ')}`)
  const symbols = row['symbols'] ?? []
  if (!Array.isArray(symbols) || symbols.some((s) => typeof s !== 'string'))
    throw misfit('symbols', symbols, 'a list of text')
  return {
    id: text(row, 'id'),
    source: text(row, 'source'),
    source_type: sourceType,
    url: optionalText(row, 'url'),
    title: optionalText(row, 'title'),
    body: text(row, 'body'),
    content_type: text(row, 'content_type'),
    published_at: row['published_at'] == null ? null : instant(row, 'published_at'),
    received_at: instant(row, 'received_at'),
    symbols: symbols as readonly string[],
  }
}

/** A daily bar has `date` and spans the session; a minute bar has `start_at`. */
export function parseBar(row: Row, sourceId: string, simulated: boolean): Bar {
  const timespan = text(row, 'timespan')
  const span = spanOf(row, timespan)
  return {
    symbol: text(row, 'symbol'),
    timespan,
    ...span,
    open: price(row, 'open'),
    high: price(row, 'high'),
    low: price(row, 'low'),
    close: price(row, 'close'),
    adjusted_close: row['adjusted_close'] == null ? null : price(row, 'adjusted_close'),
    volume: price(row, 'volume'),
    vwap: row['vwap'] == null ? null : price(row, 'vwap'),
    source_id: sourceId,
    simulated,
  }
}

function spanOf(row: Row, timespan: string): { readonly start_at: number; readonly end_at: number } {
  if (timespan === '1d' && row['date'] !== undefined) {
    const { openMs, closeMs } = sessionOf(text(row, 'date'))
    return { start_at: openMs, end_at: closeMs }
  }
  const minutes = /^(\d+)m$/.exec(timespan)?.[1]
  if (minutes === undefined) throw misfit('timespan', timespan, '1d with date, or minutes such as 1m with start_at')
  const start = instant(row, 'start_at')
  return { start_at: start, end_at: start + Number(minutes) * MINUTE_MS }
}

/** Rows of `companies.csv` in RFC 4180 quoting, with the columns symbol, name and sector. */
export function parseCompany(header: readonly string[], cells: readonly string[]): CompanyRow {
  const cell = (name: string): string => (cells[header.indexOf(name)] ?? '').trim()
  if (cell('symbol') === '' || cell('name') === '') throw new TypeError('needs a symbol and a name')
  return { symbol: cell('symbol'), name: cell('name'), sector: cell('sector') || null }
}

export function splitCsvLine(line: string): string[] {
  const cells = line.match(/("([^"]|"")*"|[^,]*)(,|$)/g) ?? []
  if (!line.endsWith(',')) cells.pop()
  return cells.map((raw) => {
    const cell = raw.replace(/,$/, '')
    return cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell
  })
}

function text(row: Row, name: string): string {
  const value = row[name]
  if (typeof value === 'string' && value !== '') return value
  if (name === 'body' && value === '') return ''
  throw misfit(name, value, 'text')
}

function optionalText(row: Row, name: string): string | null {
  const value = row[name] ?? null
  if (value === null || typeof value === 'string') return value
  throw misfit(name, value, 'text or null')
}

function instant(row: Row, name: string): number {
  const value = row[name]
  const ms = typeof value === 'string' && /T.*(Z|[+-]\d\d:?\d\d)$/.test(value) ? Date.parse(value) : Number.NaN
  if (Number.isNaN(ms)) throw misfit(name, value, 'an ISO 8601 instant with zone, such as 2015-07-01T07:10:52Z')
  return ms
}

function price(row: Row, name: string): Decimal {
  const value = row[name]
  if (typeof value !== 'string') throw misfit(name, value, 'decimal digits in a string, such as "64.389999"')
  try {
    return decimal(value)
  } catch (error) {
    throw misfit(name, value, (error as Error).message)
  }
}

const misfit = (name: string, found: unknown, expected: string): TypeError =>
  new TypeError(`${name} is ${JSON.stringify(found)?.slice(0, 60) ?? 'missing'}, expected ${expected}`)
