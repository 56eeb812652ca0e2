import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RawDocument } from '../../schemas/index.ts'
import type { OutputRecord, ProcessorContext } from '../../streams/index.ts'
import { indexCompanies } from './company-index.ts'
import { companyOf } from './company-of.ts'
import { parse } from './parse.ts'
import { parseDocument } from './parse-document.ts'
import { sketchOf, sketchSimilarity } from './text-sketch.ts'

const companies = [
  companyOf({ symbol: 'AAPL', name: 'Apple Inc.' }),
  companyOf({ symbol: 'GPS', name: 'The Gap, Inc.' }),
  companyOf({ symbol: 'F', name: 'Ford Motor Company' }),
  companyOf({ symbol: 'MSFT', name: 'Microsoft Corporation' }),
  companyOf({ symbol: 'ZQX', name: 'Zaquix Corp.', cik: '1234' }),
]
const index = indexCompanies(companies)
const raw = (over: Partial<RawDocument>): RawDocument => ({
  document_id: 'd1',
  source_id: 's',
  source_type: 'press',
  source_owner: null,
  url: null,
  title: null,
  content_type: 'text/plain',
  object_key: 'k',
  sha256: 'h',
  size_bytes: 1,
  body: '',
  published_at: null,
  received_at: 1000,
  symbols: [],
  form_type: null,
  cik: null,
  job_id: null,
  simulated: false,
  ...over,
})
const parsed = (over: Partial<RawDocument>) => parseDocument(raw(over), over.body ?? '', index)
const linked = (body: string, symbols: string[] = []) => [
  ...new Set(parsed({ body, symbols }).links.map((link) => link.symbol)),
]

describe('companies are linked with precision first', () => {
  test.each([
    ['a cashtag', '$AAPL up', ['AAPL']],
    ['an exchange ticker', 'Somebody (NASDAQ: MSFT) said', ['MSFT']],
    ['a legal name', 'The Gap, Inc. opened shops', ['GPS']],
    ['a common name with company context', 'Apple shares rose', ['AAPL']],
    ['a common word as such', 'She ate an apple near the gap', []],
    ['a common word that opens a sentence', 'Gap in the fence repaired', []],
    ['an uncommon short name in lower case', 'microsoft rises', ['MSFT']],
    ['a bare ticker alone', 'ZQX was written on the wall', []],
    ['a bare ticker after its cashtag', '$ZQX and again ZQX', ['ZQX']],
    ['money that looks like a cashtag', 'costs $F 25 only', []],
    ['the possessive', "Microsoft's results", ['MSFT']],
  ])('%s', (_what, body, symbols) => expect(linked(body)).toEqual(symbols))

  test('the tag of the publisher confirms a mention and never makes one', () => {
    expect(linked('ZQX to the moon', ['ZQX'])).toEqual(['ZQX'])
    expect(linked('Nothing to see', ['ZQX'])).toEqual([])
  })

  test('an alias counts only within its dates', () => {
    const [first] = companies
    const dated = {
      ...first!,
      name: 'Pomona',
      legal_name: null,
      aliases: [{ alias: 'Pomonix', strength: 'medium' as const, valid_from: 500, valid_to: null }],
    }
    const at = (received: number) =>
      parseDocument(raw({ received_at: received }), 'Pomonix grows', indexCompanies([dated])).links.length
    expect([at(400), at(600)]).toEqual([0, 1])
  })

  test('relevance falls where many companies share the text', () => {
    const one = parsed({ title: 'Microsoft rises', body: 'Microsoft again.' }).links[0]!.relevance
    const two = parsed({ title: 'Other', body: 'Far away in the text. $AAPL and $MSFT' }).links[0]!.relevance
    expect(one).toBe(1)
    expect(two).toBeLessThan(one)
  })

  test('the filer is found by its CIK', () => {
    expect(parsed({ body: 'The Company reports.', cik: '0000001234' }).links.map((link) => link.symbol)).toEqual([
      'ZQX',
    ])
  })
})

describe('documents', () => {
  test('hidden text, scripts and boilerplate are removed, and it says so', () => {
    const body = `<html lang="en"><head><title>News</title><link rel="canonical" href="https://a.example/1"><style>.x{display:none}</style></head>
      <body><nav>Menu</nav><article><p>Seen text about Microsoft.</p><p style="display:none">secret one</p><p class="x">secret two</p><script>secret()</script></article></body></html>`
    const document = parsed({ content_type: 'text/html', body })
    expect(document.text).toContain('Seen text about Microsoft.')
    expect(document.text).not.toMatch(/secret|Menu/)
    expect(document).toMatchObject({
      hidden_text_removed: true,
      language: 'en',
      canonical_url: 'https://a.example/1',
      title: 'News',
    })
  })

  test('bidirectional and zero-width characters go', () => {
    const document = parsed({ body: 'Micro\u200bsoft \u202erises' })
    expect(document.text).toBe('Microsoft rises')
    expect(document.hidden_text_removed).toBe(true)
  })

  test('a submission is split into items and exhibits', () => {
    const body = `<SEC-DOCUMENT>x\n<ACCEPTANCE-DATETIME>20250102170000\nCONFORMED SUBMISSION TYPE:\t8-K\nCOMPANY CONFORMED NAME:\t\tZAQUIX CORP\nCENTRAL INDEX KEY:\t0000001234\n</SEC-HEADER>
<DOCUMENT>\n<TYPE>8-K\n<TEXT>\n<html><body><p>Cover</p><p>Item 2.02 Results of Operations</p><p>${'Revenue rose in the quarter. '.repeat(4)}</p><p>Item 9.01 Exhibits</p><p>99.1 Release</p><p>SIGNATURES</p><p>Somebody</p></body></html>\n</TEXT>\n</DOCUMENT>
<DOCUMENT>\n<TYPE>EX-99.1\n<TEXT>\n<p>Zaquix beats estimates.</p>\n</TEXT>\n</DOCUMENT>\n<DOCUMENT>\n<TYPE>GRAPHIC\n<TEXT>\nM%^&\n</TEXT>\n</DOCUMENT>`
    const document = parsed({ content_type: 'text/x-edgar-submission', body })
    expect(document.items).toEqual(['2.02', '9.01'])
    expect(document.form_type).toBe('8-K')
    const exhibit = document.sections.find((section) => section.kind === 'exhibit')!
    expect([exhibit.label, document.text.slice(exhibit.start, exhibit.end)]).toEqual([
      'EX-99.1',
      'Zaquix beats estimates.',
    ])
    expect(document.known_at).toBe(Date.parse('2025-01-02T22:00:00Z'))
  })

  test('a news record gives title, text and time', () => {
    const body = JSON.stringify({
      title: 'Microsoft wins',
      description: 'It <b>won</b>.',
      author: 'A',
      published_utc: '2025-01-01T00:00:00Z',
      article_url: 'https://n.example/1',
    })
    expect(parsed({ content_type: 'application/json', body })).toMatchObject({
      text: 'Microsoft wins\n\nIt won.',
      byline: 'A',
      known_at: Date.parse('2025-01-01T00:00:00Z'),
      canonical_url: 'https://n.example/1',
    })
  })

  test('sections and links point at what they say', () => {
    const words = fc.constantFrom('$AAPL', 'Microsoft', 'rises', '\n\n', '  ', 'ß', '😀', '\u200b', 'Gap', 'shares')
    fc.assert(
      fc.property(fc.array(words, { maxLength: 30 }), fc.array(words, { maxLength: 6 }), (body, title) => {
        const document = parsed({ title: title.join(' ').replace(/\n/g, ' '), body: body.join(' ') })
        for (const link of document.links) expect(document.text.slice(link.start, link.end)).toBe(link.surface)
        let last = 0
        for (const section of document.sections) {
          expect(section.start).toBeGreaterThanOrEqual(last)
          expect(section.end).toBeGreaterThan(section.start)
          last = section.end
        }
        expect(last).toBeLessThanOrEqual(document.text.length)
      }),
    )
  })
})

test('sketches: equal texts are 1, similarity is symmetric and lies between 0 and 1', () => {
  const text = fc.array(fc.constantFrom('profit', 'rose', 'fell', '12%', 'at', 'Zaquix', 'today'), {
    minLength: 1,
    maxLength: 120,
  })
  fc.assert(
    fc.property(text, text, (a, b) => {
      const [x, y] = [sketchOf(a.join(' ')), sketchOf(b.join(' '))]
      expect(sketchSimilarity(x, x)).toBe(1)
      expect(sketchSimilarity(x, y)).toBe(sketchSimilarity(y, x))
      expect(sketchSimilarity(x, y)).toBeGreaterThanOrEqual(0)
      expect(sketchSimilarity(x, y)).toBeLessThanOrEqual(1)
    }),
  )
})

test('the processor forwards at once where the body travels with the record, and reads the store where not', async () => {
  const out: OutputRecord[] = []
  const table = {
    get: () => undefined,
    entries: () => new Map(companies.map((c) => [c.company_id, c])).entries(),
    size: 5,
    version: 1,
  }
  const context = {
    table: () => table,
    forward: (record: OutputRecord) => void out.push(record),
  } as unknown as ProcessorContext
  const processor = parse.create({}, { readRaw: async () => new TextEncoder().encode('$MSFT from the store') })
  const record = { topic: 'documents.raw', partition: 0, offset: 0n, timestampMs: 1, key: 'd1', headers: {} }
  expect(processor.process({ ...record, value: raw({ body: '$AAPL inline' }) }, context)).toBeUndefined()
  expect(out).toHaveLength(1)
  await processor.process({ ...record, value: raw({ body: null }) }, context)
  expect(out[1]?.value).toMatchObject({ text: '$MSFT from the store' })
})
