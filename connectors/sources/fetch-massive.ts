import type { IngestionJob } from '../../schemas/index.ts'
import { decodeText } from './decode-text.ts'
import { type FetchedDocument, type FetchResult, fetched, withoutContent } from './fetch-result.ts'
import { type MassiveArticle, type MassivePage, parseAggregates, parseArticles } from './parse-massive.ts'
import type { SourcePorts } from './source-ports.ts'

const BASE = 'https://api.massive.com'
const DAY_MS = 86_400_000
const BARS_BACK_DAYS = 7

/** A page of `/v2/reference/news`: one document an article, of the JSON that came. */
export async function fetchMassiveNews(job: IngestionJob, ports: SourcePorts): Promise<FetchResult> {
  const url = new URL('/v2/reference/news', job.url ?? BASE)
  const [symbol] = job.symbols
  if (symbol !== undefined) url.searchParams.set('ticker', symbol)
  for (const [name, value] of [
    ['order', 'desc'],
    ['sort', 'published_utc'],
    ['limit', '100'],
  ] as const)
    url.searchParams.set(name, value)
  return fetchPage(job, ports, job.cursor ?? url.href, (text) => {
    const page = parseArticles(text)
    const receivedAt = ports.clock.now()
    const fresh = page.rows.filter((row) => !ports.memory.sawItem(`massive ${row.id}`, job.job_id))
    for (const row of fresh) ports.memory.rememberItem(`massive ${row.id}`, job.job_id)
    // Newest first: a page with nothing new is followed by none that has.
    const nextUrl = fresh.length === 0 ? null : page.nextUrl
    return { ...page, nextUrl, rows: [], documents: fresh.map((row) => articleDocument(row, job, receivedAt)) }
  })
}

/**
 * Aggregates of the job's symbols, a symbol a fetch: the cursor is `symbol index` or the vendor's next page. The
 * timespan is the address's `timespan`, day unless it says minute.
 */
export async function fetchMassiveBars(job: IngestionJob, ports: SourcePorts): Promise<FetchResult> {
  const [position = '0', nextPage] = (job.cursor ?? '0').split(' ')
  const index = Number(position)
  const symbol = job.symbols[index]
  if (symbol === undefined)
    return { kind: 'refused', reason: `source ${job.source_id} names no symbols to fetch bars of` }
  const minutes = job.url?.includes('timespan=minute') === true
  const [from, to] = [job.scheduled_at - BARS_BACK_DAYS * DAY_MS, job.scheduled_at].map(dateOf)
  const path = `/v2/aggs/ticker/${encodeURIComponent(symbol)}/range/1/${minutes ? 'minute' : 'day'}/${from}/${to}`
  const first = new URL(`${path}?adjusted=false&sort=asc&limit=50000`, job.url ?? BASE).href
  const result = await fetchPage(job, ports, nextPage ?? first, (text) => {
    const page = parseAggregates(text, minutes ? '1m' : '1d', job.source_id)
    return { ...page, rows: page.rows.filter((bar) => bar.end_at <= ports.clock.now()), documents: [] }
  })
  if (result.kind !== 'fetched') return result
  const next = result.nextCursor
    ? `${index} ${result.nextCursor}`
    : index + 1 < job.symbols.length
      ? String(index + 1)
      : null
  return { ...result, nextCursor: next }
}

const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

type Parsed = MassivePage<Extract<FetchResult, { kind: 'fetched' }>['bars'][number]> & {
  readonly documents: readonly FetchedDocument[]
}

/** The key goes into a header, to the job's own host only: the vendor's `next_url` comes without it. */
async function fetchPage(
  job: IngestionJob,
  ports: SourcePorts,
  url: string,
  parse: (text: string) => Parsed,
): Promise<FetchResult> {
  if (!ports.massiveApiKey) return { kind: 'refused', reason: `source ${job.source_id} needs MASSIVE_API_KEY` }
  if (new URL(url).host !== new URL(job.url ?? BASE).host) {
    return { kind: 'refused', reason: `${url} is not on the source's own host; the key is not sent there` }
  }
  const answer = await ports.fetch({ url, headers: { authorization: `Bearer ${ports.massiveApiKey}` } })
  if (answer.kind !== 'content') return withoutContent(answer)
  try {
    const page = parse(decodeText(answer.bytes, answer.contentType))
    if (page.rows.length + page.documents.length === 0 && page.nextUrl === null)
      return { kind: 'empty', reason: `${url}: no results` }
    return fetched({ bars: page.rows, documents: page.documents, nextCursor: page.nextUrl, delayed: page.delayed })
  } catch (error) {
    return { kind: 'refused', reason: `${url}: ${(error as Error).message}` }
  }
}

function articleDocument(article: MassiveArticle, job: IngestionJob, receivedAt: number): FetchedDocument {
  return {
    bytes: Buffer.from(article.json),
    claims: {
      sourceId: job.source_id,
      sourceType: 'aggregator',
      sourceOwner: article.publisher ?? job.source_owner,
      url: article.url,
      title: article.title,
      contentType: 'application/json',
      publishedAt: article.publishedAt,
      receivedAt,
      symbols: article.symbols,
      jobId: job.job_id,
      publisherId: article.id,
    },
    sidecar: { url: article.url ?? '', fetched_at: new Date(receivedAt).toISOString() },
  }
}
