import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateMarketDay } from '../../processors/index.ts'
import type { Bar, RawDocument } from '../../schemas/index.ts'

const DATE = '2026-03-02'
const MINUTES = 240
const DOCUMENTS_MAX = 48

/** Writes the first four hours of an invented day, of the companies of its opening news, as a recording. */
export function writeRecording(folder: string): { readonly documents: readonly RawDocument[] } {
  const day = generateMarketDay({ seed: 'chain', date: DATE })
  const symbols = new Set(day.documents.slice(0, 8).flatMap((d) => d.symbols.slice(0, 1)))
  const fromMs = day.documents[0]?.received_at ?? 0
  const isNear = (ms: number): boolean => ms < fromMs + MINUTES * 60_000
  const documents = day.documents
    .filter((d) => isNear(d.received_at) && (d.symbols.length === 0 || d.symbols.some((s) => symbols.has(s))))
    .slice(0, DOCUMENTS_MAX)
  const companies = day.companies.filter((c) => symbols.has(c.symbols[0]?.symbol ?? ''))
  const bars = day.bars.filter((b) => symbols.has(b.symbol) && isNear(b.end_at))
  mkdirSync(folder, { recursive: true })
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
  write('recording.json', JSON.stringify({ name: 'chain', from: new Date(fromMs).toISOString(), simulated: true }))
  const rows = companies.map((c) => `${c.symbols[0]?.symbol},"${c.legal_name ?? c.name}",${c.sector ?? ''}`)
  write('companies.csv', `${['symbol,name,sector', ...rows].join('\n')}\n`)
  write('documents.jsonl', lines(documents.map(documentRow)))
  write('bars.jsonl', lines(bars.map(barRow)))
  return { documents }
}

const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
const iso = (ms: number): string => new Date(ms).toISOString()

const documentRow = (d: RawDocument): object => ({
  id: d.document_id,
  source: d.source_id,
  source_type: d.source_type,
  url: d.url,
  title: d.title,
  body: d.body,
  content_type: d.content_type,
  published_at: d.published_at === null ? null : iso(d.published_at),
  received_at: iso(d.received_at),
  symbols: d.symbols,
})

const barRow = (b: Bar): object => ({
  symbol: b.symbol,
  timespan: b.timespan,
  ...(b.timespan === '1d' ? { date: iso(b.start_at).slice(0, 10) } : { start_at: iso(b.start_at) }),
  open: b.open,
  high: b.high,
  low: b.low,
  close: b.close,
  adjusted_close: b.adjusted_close,
  volume: b.volume,
  vwap: b.vwap,
})
