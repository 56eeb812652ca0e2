import { type RawDocument, sha256Hex } from '../../schemas/index.ts'
import type { NewsDesk } from './news-desks.ts'

export interface Page {
  readonly desk: NewsDesk
  readonly owner?: string
  readonly title: string | null
  readonly body: string
  readonly contentType?: string
  readonly publishedAtMs: number
  readonly receivedAtMs: number
  readonly symbols: readonly string[]
  readonly formType?: string
}

/** A raw document of a simulated day; ids from content, so the same day makes the same ids. */
export function rawDocument(page: Page): RawDocument {
  const sha256 = sha256Hex(page.body)
  const { sourceId } = page.desk
  const documentId = sha256Hex([sourceId, page.title ?? '', sha256, String(page.publishedAtMs)].join('\u0000')).slice(
    0,
    24,
  )
  return {
    document_id: documentId,
    source_id: sourceId,
    source_type: page.desk.type,
    source_owner: page.owner ?? page.desk.owner,
    url: `https://${sourceId}.example/${documentId}`,
    title: page.title,
    content_type: page.contentType ?? 'text/plain',
    object_key: `raw/simulated/${sha256}`,
    sha256,
    size_bytes: new TextEncoder().encode(page.body).length,
    body: page.body,
    published_at: page.publishedAtMs,
    received_at: page.receivedAtMs,
    symbols: page.symbols,
    form_type: page.formType ?? null,
    cik: null,
    job_id: null,
    simulated: true,
  }
}

/** The page a paper would serve: navigation, article, footer around the text. */
export const newsPage = (title: string, body: string, hidden = ''): string =>
  `<!doctype html><html lang="en"><head><title>${escapeHtml(title)}</title><style>.aside-note{display:none}</style></head><body><nav><a href="/">Home</a> <a href="/markets">Markets</a></nav><article><h1>${escapeHtml(title)}</h1>${body
    .split('\n\n')
    .map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`)
    .join('')}${hidden}</article><footer>All companies in this paper are invented.</footer></body></html>`

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
