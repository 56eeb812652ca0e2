import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateMarketDay } from '../../processors/index.ts'
import type { Bar, RawDocument } from '../../schemas/index.ts'

const DATE = '2026-03-02'
const MINUTES = 30

/** Writes the first half an hour of an invented day, with the companies its news is about, as a recording. */
export function writeRecording(folder: string): { readonly documents: readonly RawDocument[] } {
  const day = generateMarketDay({ seed: 'chain', date: DATE })
  const fromMs = day.documents[0]?.received_at ?? 0
  const isNear = (ms: number): boolean => ms < fromMs + MINUTES * 60_000
  const documents = day.documents.filter((d) => isNear(d.received_at))
  const symbols = new Set(documents.flatMap((d) => d.symbols))
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
