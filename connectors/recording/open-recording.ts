import { basename, resolve } from 'node:path'
import type { Bar } from '../../schemas/index.ts'
import { parseBar, parseCompany, parseDocument, splitCsvLine } from './parse-rows.ts'
import { at, parseLines, readText } from './read-lines.ts'
import { type CompanyRow, type RecordedDocument, type Recording, RecordingError } from './recording.ts'

/**
 * Reads a recording's folder and checks every line of it before anything runs. Throws RecordingError naming file and
 * line: what does not parse, documents out of order of `received_at`, bars out of order, an id given twice.
 */
export function openRecording(folder: string): Recording {
  const meta = readMeta(folder)
  const companies = readCompanies(folder)
  const documents = readDocuments(folder)
  const bars = readBars(folder, meta.name, meta.simulated)
  return { ...meta, companies, documents, bars }
}

function readMeta(folder: string): Pick<Recording, 'name' | 'fromMs' | 'simulated'> {
  const { path, text } = readText(folder, 'recording.json')
  return at(path, () => {
    const meta = JSON.parse(text) as Record<string, unknown>
    const from = meta['from']
    const fromMs = typeof from === 'string' ? Date.parse(from) : Number.NaN
    if (Number.isNaN(fromMs))
      throw new TypeError(`from is ${JSON.stringify(from) ?? 'missing'}, expected a date such as 2015-07-01`)
    const name = typeof meta['name'] === 'string' && meta['name'] !== '' ? meta['name'] : basename(resolve(folder))
    return { name, fromMs, simulated: meta['simulated'] === true }
  })
}

function readCompanies(folder: string): CompanyRow[] {
  const { path, text } = readText(folder, 'companies.csv')
  const [first = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  const header = splitCsvLine(first).map((cell) => cell.trim())
  if (!header.includes('symbol') || !header.includes('name')) {
    throw new RecordingError(
      `${path}:1: the first line is ${JSON.stringify(first.slice(0, 60))}, expected symbol,name,sector`,
    )
  }
  return lines.flatMap((line, index) =>
    line.trim() === '' ? [] : [at(`${path}:${index + 2}`, () => parseCompany(header, splitCsvLine(line)))],
  )
}

function readDocuments(folder: string): RecordedDocument[] {
  const { path, text } = readText(folder, 'documents.jsonl')
  const ids = new Set<string>()
  let last = Number.NEGATIVE_INFINITY
  return parseLines(path, text, (row) => {
    const document = parseDocument(row)
    if (ids.has(document.id))
      throw new TypeError(`id ${document.id} was given to an earlier line; give each document its own`)
    if (document.received_at < last) {
      throw new TypeError(
        `received_at ${String(row['received_at'])} is before the line above; sort the file by received_at`,
      )
    }
    ids.add(document.id)
    last = document.received_at
    return document
  })
}

function readBars(folder: string, name: string, simulated: boolean): Bar[] {
  const { path, text } = readText(folder, 'bars.jsonl')
  let last = Number.NEGATIVE_INFINITY
  return parseLines(path, text, (row) => {
    const bar = parseBar(row, name, simulated)
    if (bar.end_at < last) throw new TypeError('the bar ends before the line above; sort the file by date or start_at')
    last = bar.end_at
    return bar
  })
}
