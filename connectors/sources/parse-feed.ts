import { createRequire } from 'node:module'
import { sha256Hex } from '../../schemas/index.ts'
import { decodeText } from './decode-text.ts'

// Loaded with the first feed: a start that reads none does not wait for its 140 modules.
const require = createRequire(import.meta.url)
const feedsmith = () => require('feedsmith') as typeof import('feedsmith')

/** An entry of a feed, RSS or Atom alike. */
export interface FeedItem {
  /** The publisher's guid, else the link, else a hash of title and date. */
  readonly id: string
  readonly url: string | null
  readonly title: string | null
  readonly publishedAt: number | null
  /** HTML of the entry: its content, else its summary. */
  readonly html: string
  /** First category, for EDGAR the form type. */
  readonly category: string | null
}

/** Loosely what the parser gives for RSS, RDF, Atom and JSON feeds. */
interface AnyItem {
  readonly id?: string
  readonly guid?: { readonly value?: string }
  readonly title?: string | { readonly value?: string }
  readonly link?: string
  readonly links?: readonly { readonly href?: string; readonly rel?: string }[]
  readonly pubDate?: string
  readonly published?: string
  readonly updated?: string
  readonly dc?: { readonly date?: string }
  readonly description?: string
  readonly summary?: string | { readonly value?: string }
  readonly content?: string | { readonly value?: string; readonly encoded?: string }
  readonly categories?: readonly { readonly term?: string; readonly name?: string }[]
}

/** Items of a feed in its own order. Throws where the bytes are not a feed. */
export function parseFeed(bytes: Uint8Array, contentType: string = '', baseUrl?: string): readonly FeedItem[] {
  const { feed } = feedsmith().parseFeed(decodeText(bytes, contentType)) as {
    feed: { items?: AnyItem[]; entries?: AnyItem[] }
  }
  return (feed.entries ?? feed.items ?? []).map((item) => toItem(item, baseUrl))
}

function toItem(item: AnyItem, baseUrl: string | undefined): FeedItem {
  const title = textOf(item.title)
  const link =
    item.link ?? (item.links?.find((l) => l.rel === undefined || l.rel === 'alternate') ?? item.links?.[0])?.href
  const dated = item.pubDate ?? item.published ?? item.updated ?? item.dc?.date
  const url = absolute(link, baseUrl)
  return {
    id: item.guid?.value ?? item.id ?? url ?? sha256Hex(`${title ?? ''}\n${dated ?? ''}`),
    url,
    title,
    publishedAt: instantOf(dated),
    html: contentOf(item.content) ?? textOf(item.summary) ?? item.description ?? '',
    category: item.categories?.[0]?.term ?? item.categories?.[0]?.name ?? null,
  }
}

const textOf = (value: string | { readonly value?: string } | undefined): string | null =>
  (typeof value === 'string' ? value : value?.value) ?? null
const contentOf = (content: AnyItem['content']): string | undefined =>
  typeof content === 'string' ? content : (content?.encoded ?? content?.value)

function absolute(link: string | undefined, baseUrl: string | undefined): string | null {
  if (!link) return null
  return URL.canParse(link, baseUrl) ? new URL(link, baseUrl).href : null
}

function instantOf(text: string | undefined): number | null {
  const ms = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(ms) ? null : ms
}
