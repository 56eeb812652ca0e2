import type { FeedItem } from './parse-feed.ts'

/** One item of a feed, RSS or Atom, as an RSS item of its own: the same item makes the same bytes. */
export function feedItemXml(item: FeedItem): string {
  const published = item.publishedAt === null ? null : new Date(item.publishedAt).toUTCString()
  const parts = [
    element('title', item.title),
    element('link', item.url),
    element('guid', item.id),
    element('pubDate', published),
    element('description', item.html),
  ]
  return `<item>\n${parts.join('')}</item>\n`
}

const element = (name: string, text: string | null): string => (text ? `<${name}>${escapeXml(text)}</${name}>\n` : '')
const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
