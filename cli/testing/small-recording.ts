import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bar } from '../../schemas/index.ts'
import { loadMarketDay } from '../runtime/market-day.ts'

const lines = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
const instant = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())

/** Writes the first `documents` of the simulated market day, with the prices until then, in the recording format. */
export function writeSmallRecording(folder: string, documents: number): string {
  const day = loadMarketDay()
  const chosen = day.documents.slice(0, documents)
  // Orders are filled by the prices that come after the news.
  const untilMs = (chosen.at(-1)?.received_at ?? 0) + 10 * 60_000
  const bars = day.bars.filter((bar) => bar.end_at <= untilMs)
  mkdirSync(folder, { recursive: true })
  const put = (name: string, text: string): void => writeFileSync(join(folder, name), text)
  put('recording.json', JSON.stringify({ name: 'small', from: instant(day.fromMs), simulated: true }))
  put(
    'companies.csv',
    ['symbol,name,sector', ...day.companies.map((c) => `${c.symbol},"${c.name}",${c.sector ?? ''}`)].join('\n'),
  )
  put(
    'documents.jsonl',
    lines(chosen.map((d) => ({ ...d, published_at: instant(d.published_at), received_at: instant(d.received_at) }))),
  )
  put('bars.jsonl', lines(bars.map(barRow)))
  return folder
}

function barRow({ start_at, end_at: _, source_id: __, simulated: ___, ...bar }: Bar): unknown {
  const at = new Date(start_at).toISOString()
  return bar.timespan === '1d' ? { ...bar, date: at.slice(0, 10) } : { ...bar, start_at: at }
}
