import type { RawDocument } from '../../schemas/index.ts'
import { cleanText, decodeEntities } from './clean-text.ts'
import { readFilingDocument, readSubmission, type TextPart } from './edgar-text.ts'
import { readHtml } from './html-text.ts'

/** What a document says, before links and sections. */
export interface DocumentContent {
  readonly title: string | null
  readonly byline: string | null
  readonly language: string | null
  readonly canonicalUrl: string | null
  readonly publishedAtMs: number | null
  readonly parts: readonly TextPart[]
  readonly items: readonly string[]
  readonly formType: string | null
  readonly cik: string | null
  readonly hiddenRemoved: boolean
}

const EMPTY = {
  title: null,
  byline: null,
  language: null,
  canonicalUrl: null,
  publishedAtMs: null,
  items: [],
  formType: null,
  cik: null,
  hiddenRemoved: false,
}

/** Reads by content type; what claims nothing better is plain text. Throws where JSON is broken. */
export function readDocument(raw: RawDocument, body: string): DocumentContent {
  const type = raw.content_type.split(';')[0]?.trim().toLowerCase() ?? ''
  if (type === 'text/x-edgar-submission' || /^\s*<SEC-DOCUMENT>/.test(body.slice(0, 200))) return fromSubmission(body)
  if (type === 'application/json' || type.endsWith('+json')) return fromNewsItem(body)
  if (type.includes('html')) return raw.form_type ? fromFiling(body) : fromHtml(body)
  if (/(?:rss|atom|xml)/.test(type) && body.includes('<')) return fromFeedItem(body)
  return { ...EMPTY, parts: [{ kind: 'body', label: null, text: decodeEntities(body) }] }
}

const fromSubmission = (body: string): DocumentContent => {
  const filing = readSubmission(body)
  return { ...EMPTY, ...filing, publishedAtMs: filing.acceptedAtMs, language: 'en' }
}
const fromFiling = (body: string): DocumentContent => ({ ...EMPTY, ...readFilingDocument(body), language: 'en' })

function fromHtml(html: string): DocumentContent {
  const article = readHtml(html, 'article')
  const clean = cleanText(article.body)
  return {
    ...EMPTY,
    title: article.title,
    byline: article.byline,
    language: article.language,
    canonicalUrl: article.canonicalUrl,
    publishedAtMs: timeOf(article.publishedAt),
    parts: [{ kind: 'body', label: null, text: clean.text }],
    hiddenRemoved: article.hiddenRemoved || clean.invisibleRemoved,
  }
}

/** One `<item>` or `<entry>` of a feed. */
function fromFeedItem(xml: string): DocumentContent {
  const element = (name: string) => {
    const match = new RegExp(`<${name}\\b[^>]*>([\\s\\S]*?)</${name}>`, 'i').exec(xml)?.[1]?.trim()
    if (match === undefined) return null
    const cdata = /^<!\[CDATA\[([\s\S]*)\]\]>$/.exec(match)?.[1]
    return cdata ?? decodeEntities(match)
  }
  const html = element('content:encoded') ?? element('content') ?? element('description') ?? element('summary') ?? ''
  const content = fromHtml(html)
  return {
    ...content,
    title: cleanText(decodeEntities(element('title') ?? '')).text || content.title,
    byline: element('dc:creator') ?? element('name') ?? element('author'),
    publishedAtMs: timeOf(element('pubDate') ?? element('published') ?? element('updated')),
    canonicalUrl: element('link') || (/<link[^>]*href="([^"]+)"/i.exec(xml)?.[1] ?? null),
  }
}

/** A news record of Massive/Polygon, Finnhub or NewsAPI shape. */
function fromNewsItem(json: string): DocumentContent {
  const item = JSON.parse(json) as Readonly<Record<string, unknown>>
  const pick = (...names: string[]) => {
    for (const name of names) {
      const value = item[name]
      if (typeof value === 'string' && value.trim() !== '') return value
    }
    return null
  }
  const seconds = item['datetime']
  const content = fromHtml(pick('content', 'body', 'description', 'summary', 'text') ?? '')
  return {
    ...content,
    title: decodeEntities(pick('title', 'headline') ?? '') || null,
    byline: pick('author', 'byline'),
    publishedAtMs:
      typeof seconds === 'number' ? seconds * 1000 : timeOf(pick('published_utc', 'publishedAt', 'published_at')),
    canonicalUrl: pick('article_url', 'url'),
  }
}

function timeOf(text: string | null): number | null {
  const ms = text === null ? Number.NaN : Date.parse(text)
  return Number.isNaN(ms) ? null : ms
}
