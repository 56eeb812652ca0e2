import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type IngestionJob, rawDocumentOf } from '../../schemas/index.ts'
import { type OutputRecord, type SourceContext, systemClock } from '../../streams/index.ts'
import { openPoliteFetch } from '../http/polite-fetch.ts'
import { openFetchJob } from './open-fetch-job.ts'
import { parseSubmissionHeader } from './parse-edgar.ts'
import { parseFeed } from './parse-feed.ts'
import { dueTimeOf, type SourceDefinition, schedulerSource } from './scheduler-source.ts'

const data = join(process.env['STONKS_SHARED'] ?? '../shared', 'data')
const edgar = join(data, 'edgar/http')
const fetchPolitely = openPoliteFetch({
  contact: 'Jo Doe jo@example.org',
  clock: systemClock,
  allowLoopback: true,
  ratesPerSecond: { '127.0.0.1': 5000 },
})
let server: Server
let base = ''
let answer: (
  path: string,
  headers: NodeJS.Dict<string | string[]>,
) => { status?: number; body: string | Buffer; headers?: Record<string, string> }
beforeAll(async () => {
  server = createServer((request, response) => {
    const { status = 200, body, headers } = answer(request.url ?? '', request.headers)
    response.writeHead(status, headers).end(body)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())

const job = (sourceType: string, more: Partial<IngestionJob> = {}): IngestionJob => ({
  job_id: 'j1',
  source_id: 's',
  source_type: sourceType,
  url: `${base}/feed`,
  symbols: [],
  cursor: null,
  attempt: 0,
  scheduled_at: Date.parse('2005-04-05T12:00:00Z'),
  credibility: 0.5,
  source_owner: null,
  ...more,
})
const open = () => openFetchJob({ fetch: fetchPolitely, clock: systemClock, massiveApiKey: 'secret' })

describe('a feed', () => {
  const rss = (items: string): string =>
    `<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>${items}</channel></rss>`
  const item = (n: number): string =>
    `<item><title>A & B ${n}</title><link>/story/${n}</link><guid isPermaLink="false">g${n}</guid><pubDate>Tue, 01 Jul 2025 10:00:00 GMT</pubDate><description>&lt;p&gt;text ${n}&lt;/p&gt;</description></item>`

  test('gives a document an item, the same one every time, and only what is new later', async () => {
    answer = () => ({ body: rss(item(1) + item(2)), headers: { etag: '"a"' } })
    const fetchJob = open()
    const first = await fetchJob(job('rss'))
    if (first.kind !== 'fetched') throw new Error(first.reason)
    expect(first.documents.map((d) => [d.claims.title, d.claims.url, d.claims.publishedAt])).toEqual([
      ['A & B 1', `${base}/story/1`, Date.parse('2025-07-01T10:00:00Z')],
      ['A & B 2', `${base}/story/2`, Date.parse('2025-07-01T10:00:00Z')],
    ])
    const again = await fetchJob(job('rss'))
    if (again.kind !== 'fetched') throw new Error(again.reason)
    const ids = (all: typeof first.documents) => all.map((d) => rawDocumentOf(d.bytes, d.claims).document_id)
    expect(ids(again.documents)).toEqual(ids(first.documents))
    answer = (_path, headers) =>
      headers['if-none-match'] === '"a"' ? { status: 304, body: '' } : { body: rss(item(2) + item(3)) }
    expect((await fetchJob(job('rss', { job_id: 'j2' }))).kind).toBe('unchanged')
    answer = () => ({ body: rss(item(2) + item(3)) })
    const later = await fetchJob(job('rss', { job_id: 'j3' }))
    expect(later.kind === 'fetched' && later.documents.map((d) => d.claims.title)).toEqual(['A & B 3'])
  })

  test('that is none is refused, a throttle and an outage are told apart', async () => {
    answer = () => ({ body: 'not a feed' })
    expect(await open()(job('rss'))).toMatchObject({ kind: 'refused' })
    answer = () => ({ status: 500, body: '' })
    expect(await open()(job('rss'))).toMatchObject({ kind: 'outage' })
    expect(await open()(job('carrier_pigeon'))).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('expected one of rss'),
    })
  })

  test('in Latin-1 keeps its letters', () => {
    const bytes = Buffer.from(
      '<?xml version="1.0" encoding="ISO-8859-1"?><rss version="2.0"><channel><title>T</title><item><title>Nestl\u00e9</title></item></channel></rss>',
      'latin1',
    )
    expect(parseFeed(bytes)[0]?.title).toBe('Nestl\u00e9')
  })
})

describe.skipIf(!existsSync(edgar))('EDGAR', () => {
  const submission = (): Buffer => readFileSync(join(edgar, 'meta-8k-submission.txt'))
  test('five pages of latest filings are read, each filing fetched once', async () => {
    const fetched: string[] = []
    answer = (path) => {
      const start = new URL(path, base).searchParams.get('start')
      if (path.includes('browse-edgar')) {
        const file = join(edgar, `getcurrent-all-start${start?.padStart(3, '0')}.atom`)
        const empty = '<feed xmlns="http://www.w3.org/2005/Atom"><title>Latest</title></feed>'
        return { body: existsSync(file) ? readFileSync(file, 'latin1').replaceAll('https://www.sec.gov', base) : empty }
      }
      fetched.push(path)
      return { body: submission() }
    }
    const fetchJob = open()
    let entries = 0
    let cursor: string | null = null
    for (let page = 0; page < 8; page++) {
      const result = await fetchJob(
        job('edgar_atom', { url: `${base}/cgi-bin/browse-edgar?action=getcurrent`, cursor }),
      )
      if (result.kind !== 'fetched') break
      entries += result.documents.length
      cursor = result.nextCursor
      if (cursor === null) break
    }
    expect(fetched.length).toBe(entries)
    expect(new Set(fetched).size).toBeGreaterThan(200)
    expect(fetched.every((path) => path.endsWith('.txt'))).toBe(true)
  }, 60_000)

  test('the header of a submission gives form, filer and the time of acceptance', () => {
    expect(parseSubmissionHeader(submission())).toEqual({
      form: '8-K',
      cik: '0001326801',
      company: 'Meta Platforms, Inc.',
      acceptedAt: Date.parse('2025-12-19T22:00:37Z'),
    })
  })

  test('at least 400 entries are on its pages', async () => {
    const { parseEdgarAtom } = await import('./parse-edgar.ts')
    const pages = ['000', '100', '200', '300', '400'].map((n) =>
      parseEdgarAtom(readFileSync(join(edgar, `getcurrent-all-start${n}.atom`))),
    )
    expect(pages.flat().length).toBeGreaterThanOrEqual(400)
    expect(pages.flat()[0]).toMatchObject({
      form: '4',
      cik: '0002063236',
      role: 'Reporting',
      acceptedAt: Date.parse('2025-12-12T23:02:43Z'),
    })
  })
})

describe.skipIf(!existsSync(data))('Massive', () => {
  const mock = (path: string): string => readFileSync(join(data, 'specs/polygon/mocks/v2', path), 'utf8')
  test('bars keep their digits, and the page after comes with the key', async () => {
    const keys: unknown[] = []
    const page = mock('aggs/ticker/AAPL/range/1/day/2005-04-01/2005-04-04.json')
    answer = (path, headers) => {
      keys.push(headers['authorization'])
      return {
        body: path.includes('cursor')
          ? page
          : page.replace('"status": "OK"', `"status": "DELAYED", "next_url": "${base}/v2/aggs?cursor=x"`),
      }
    }
    const result = await open()(job('massive_bars', { symbols: ['AAPL'], url: base }))
    if (result.kind !== 'fetched') throw new Error(result.reason)
    expect(result.bars[0]).toMatchObject({
      symbol: 'AAPL',
      open: '1.5032',
      volume: '642646396',
      vwap: '1.469',
      end_at: Date.parse('2005-04-01T21:00:00Z'),
    })
    expect([result.delayed, result.nextCursor]).toEqual([true, `0 ${base}/v2/aggs?cursor=x`])
    const next = await open()(job('massive_bars', { symbols: ['AAPL'], url: base, cursor: result.nextCursor }))
    expect(next.kind === 'fetched' && next.nextCursor).toBe(null)
    expect(keys).toEqual(['Bearer secret', 'Bearer secret'])
  })

  test('news carry the tags of the publisher; a page elsewhere never gets the key', async () => {
    answer = () => ({ body: mock('reference/news&ticker=NFLX.json') })
    const result = await open()(job('massive_news', { symbols: ['NFLX'], url: base }))
    if (result.kind !== 'fetched') throw new Error(result.reason)
    expect(result.documents[0]?.claims).toMatchObject({
      symbols: ['MSFT', 'TSN', 'NFLX', 'AMZN'],
      sourceOwner: 'MarketWatch',
    })
    const elsewhere = await open()(job('massive_news', { url: base, cursor: 'https://evil.example/next' }))
    expect(elsewhere).toMatchObject({ kind: 'refused', reason: expect.stringContaining('the key is not sent there') })
  })

  test('a throttle and an error in its words', async () => {
    answer = () => ({ status: 429, body: '{}', headers: { 'retry-after': '0' } })
    expect(await open()(job('massive_news', { url: base }))).toMatchObject({ kind: 'throttled', retryAfterMs: 0 })
    answer = () => ({ body: '{"status":"NOT_AUTHORIZED","message":"upgrade your plan"}' })
    expect(await open()(job('massive_news', { url: base }))).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('upgrade your plan'),
    })
  })
})

test('a due source makes one job a due time, the same one in every scheduler', async () => {
  const source: SourceDefinition = {
    source_id: 'rss-1',
    source_type: 'rss',
    url: 'https://n.example',
    symbols: [],
    cadence_seconds: 10,
    credibility: 0.5,
    source_owner: null,
  }
  let now = 1_000_000_000
  const stores = new Map<string, unknown>()
  const jobs: OutputRecord[] = []
  const context = {
    forward: (record: OutputRecord) => jobs.push(record),
    store: () => ({ get: (k: string) => stores.get(k), put: (k: string, v: unknown) => stores.set(k, v) }),
  } as unknown as SourceContext
  const make = () =>
    schedulerSource.create({}, { dueSources: async () => [source], clock: { ...systemClock, now: () => now } })
  const scheduler = make()
  for (let i = 0; i < 20; i++) {
    await scheduler.poll(context)
    now += 60_000
  }
  const ids = jobs.map((j) => (j.value as IngestionJob).job_id)
  expect(ids.length).toBe(5)
  stores.clear()
  now -= 60_000
  await make().poll(context)
  expect(jobs.at(-1)?.value).toMatchObject({ job_id: ids.at(-1) })
  expect(dueTimeOf(source, now) % 300_000).toBe(0)
})
