import { parseFeed } from './parse-feed.ts'

/** A filing as the list of latest filings shows it. One filing can be listed under several filers. */
export interface EdgarEntry {
  readonly accession: string
  readonly form: string
  /** Ten digits. */
  readonly cik: string
  readonly name: string
  /** Filer, Issuer, Reporting, Subject. */
  readonly role: string
  /** When the SEC accepted it, as the list says. */
  readonly acceptedAt: number | null
  readonly indexUrl: string
  /** The whole submission as one text file. */
  readonly submissionUrl: string
}

const TITLE = /^(.+?) - (.*) \((\d{10})\) \(([^)]+)\)$/s
const ACCESSION = /accession-number=(\d{10}-\d{2}-\d{6})/

/** Entries of an EDGAR Atom page, in its order. An entry without accession number, title or link is left out. */
export function parseEdgarAtom(bytes: Uint8Array, contentType: string = '', baseUrl?: string): readonly EdgarEntry[] {
  return parseFeed(bytes, contentType, baseUrl).flatMap((item) => {
    const accession = ACCESSION.exec(item.id)?.[1]
    const [, form, name, cik, role] = TITLE.exec(item.title ?? '') ?? []
    if (!accession || !form || name === undefined || !cik || !role || !item.url) return []
    const submissionUrl = item.url.replace(/-index\.html?$/, '.txt')
    const entry = { accession, form: item.category ?? form, cik, name, role, acceptedAt: item.publishedAt }
    return [{ ...entry, indexUrl: item.url, submissionUrl }]
  })
}

/** One entry a filing: that of the filer or issuer where several are listed. */
export function byFiling(entries: readonly EdgarEntry[]): readonly EdgarEntry[] {
  const found = new Map<string, EdgarEntry>()
  for (const entry of entries) {
    const known = found.get(entry.accession)
    if (!known || (known.role === 'Reporting' && entry.role !== 'Reporting')) found.set(entry.accession, entry)
  }
  return [...found.values()]
}

/** What the header of a submission says of itself. */
export interface SubmissionHeader {
  readonly form: string | null
  readonly cik: string | null
  readonly company: string | null
  /** `ACCEPTANCE-DATETIME`, a New York wall time, as an instant. */
  readonly acceptedAt: number | null
}

const HEADER_BYTES = 8192
const NEW_YORK_OFFSETS_H = [4, 5]

export function parseSubmissionHeader(bytes: Uint8Array): SubmissionHeader {
  const head = Buffer.from(bytes.subarray(0, HEADER_BYTES)).toString('latin1')
  const find = (pattern: RegExp): string | null => pattern.exec(head)?.[1]?.trim() ?? null
  return {
    form: find(/CONFORMED SUBMISSION TYPE:\s*(.+)/),
    cik: find(/CENTRAL INDEX KEY:\s*(\d+)/)?.padStart(10, '0') ?? null,
    company: find(/COMPANY CONFORMED NAME:\s*(.+)/),
    acceptedAt: newYorkInstant(find(/<ACCEPTANCE-DATETIME>(\d{14})/)),
  }
}

/** The instant whose New York wall time is this: one of two offsets fits; inside the repeated hour, the earlier. */
function newYorkInstant(digits: string | null): number | null {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits ?? '') ?? []
  if (y === undefined) return null
  const wall = Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s))
  const fits = NEW_YORK_OFFSETS_H.map((hours) => wall + hours * 3_600_000).find(
    (instant) => hourInNewYork(instant) === Number(h),
  )
  return fits ?? null
}

const hours = new Intl.DateTimeFormat('en-US', { timeZone: 'America/New_York', hourCycle: 'h23', hour: 'numeric' })
const hourInNewYork = (instantMs: number): number => Number(hours.format(instantMs))
