import { createRequire } from 'node:module'
import { decodeEntities } from './clean-text.ts'

// Loaded with the first page: a start does not wait for their 150 modules.
const require = createRequire(import.meta.url)
const linkedom = () => require('linkedom') as typeof import('linkedom')
const readability = () => require('@mozilla/readability') as typeof import('@mozilla/readability')

export interface HtmlArticle {
  readonly title: string | null
  readonly byline: string | null
  readonly publishedAt: string | null
  readonly language: string | null
  readonly canonicalUrl: string | null
  readonly body: string
  readonly hiddenRemoved: boolean
}

const DROPPED = 'script,style,noscript,template,iframe,svg,object,ix\\:header'
const BOILERPLATE = 'nav,footer,aside,form,button,[role="navigation"],[role="banner"],[role="contentinfo"]'
const HIDDEN_STYLE =
  /display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])|(?:left|top|text-indent)\s*:\s*-\d{3,}|^(?=.*overflow\s*:\s*hidden).*(?:height|width)\s*:\s*0(?![.\d])/i
const BLOCKS = new Set(
  'address article aside blockquote center dd div dl dt figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table tbody thead tr ul text document page'.split(
    ' ',
  ),
)
const ARTICLE_CHARS_MIN = 140

/** Text and metadata of a web page: hidden text and boilerplate removed. A fragment is taken whole. */
export function readHtml(html: string, mode: 'article' | 'whole'): HtmlArticle {
  const whole = /<(?:html|body|head)[\s>]/i.test(html)
  const { document } = linkedom().parseHTML(whole ? html : `<!doctype html><html><body>${html}</body></html>`)
  const meta = metadataOf(document)
  const hiddenRemoved = removeHidden(document)
  if (mode === 'article') for (const element of document.querySelectorAll(BOILERPLATE)) element.remove()
  const plain = blockText(document.body ?? document.documentElement)
  const article = whole && mode === 'article' ? readable(document) : undefined
  const body = article && article.body.length >= Math.min(ARTICLE_CHARS_MIN, plain.length / 2) ? article.body : plain
  return {
    ...meta,
    title: meta.title ?? article?.title ?? null,
    byline: meta.byline ?? article?.byline ?? null,
    body,
    hiddenRemoved,
  }
}

function metadataOf(document: Document): Omit<HtmlArticle, 'body' | 'hiddenRemoved'> {
  const attribute = (selector: string, name: string) =>
    decodeEntities(document.querySelector(selector)?.getAttribute(name) ?? '').trim() || null
  const metaOf = (name: string) =>
    attribute(`meta[property="${name}"]`, 'content') ?? attribute(`meta[name="${name}"]`, 'content')
  const title = metaOf('og:title') ?? (document.querySelector('title')?.textContent?.trim() || null)
  return {
    title,
    byline: metaOf('author') ?? metaOf('article:author'),
    publishedAt: metaOf('article:published_time') ?? metaOf('date') ?? attribute('time[datetime]', 'datetime'),
    language: document.documentElement?.getAttribute('lang') || null,
    canonicalUrl: attribute('link[rel="canonical"]', 'href'),
  }
}

function readable(document: Document): { title: string | null; byline: string | null; body: string } | undefined {
  try {
    const { Readability } = readability()
    const article = new Readability<Node>(document, { charThreshold: 60, serializer: (node) => node }).parse()
    if (!article?.content) return undefined
    return { title: article.title || null, byline: article.byline || null, body: blockText(article.content) }
  } catch {
    // A page it cannot cope with is still a page: its whole text is taken instead.
    return undefined
  }
}

/** Drops what a reader does not see. True where that was text. */
function removeHidden(document: Document): boolean {
  const hidden = new Set<Element>(document.querySelectorAll('[hidden],[aria-hidden="true"],input[type="hidden"]'))
  for (const selector of hiddenSelectors(document)) {
    try {
      for (const element of document.querySelectorAll(selector)) hidden.add(element)
    } catch {
      // A selector of a newer CSS than ours hides nothing we could find.
    }
  }
  for (const element of document.querySelectorAll(DROPPED)) element.remove()
  for (const element of document.querySelectorAll('[style]')) {
    if (HIDDEN_STYLE.test(element.getAttribute('style') ?? '')) hidden.add(element)
  }
  let removed = false
  for (const element of hidden) {
    if (/body|html/i.test(element.tagName)) continue
    removed ||= /\p{L}{3}/u.test(element.textContent ?? '')
    element.remove()
  }
  return removed
}

function hiddenSelectors(document: Document): string[] {
  return [...document.querySelectorAll('style')].flatMap((style) =>
    [...(style.textContent ?? '').matchAll(/([^{}@]+)\{([^{}]*)\}/g)]
      .filter((rule) => HIDDEN_STYLE.test(rule[2] ?? ''))
      .map((rule) => (rule[1] ?? '').trim()),
  )
}

/** Text of a node with a line break at each block, cells apart by a blank. */
function blockText(root: Node): string {
  const parts: string[] = []
  const walk = (node: Node): void => {
    if (node.nodeType === 3) parts.push((node.textContent ?? '').replace(/\s+/g, ' '))
    if (node.nodeType !== 1 && node.nodeType !== 9 && node.nodeType !== 11) return
    const tag = node.nodeName.toLowerCase()
    if (tag === 'br') parts.push('\n')
    const block = BLOCKS.has(tag)
    if (block) parts.push(tag === 'tr' || tag === 'li' ? '\n' : '\n\n')
    for (const child of node.childNodes) walk(child)
    if (tag === 'td' || tag === 'th') parts.push(' ')
    if (block) parts.push(tag === 'tr' || tag === 'li' ? '\n' : '\n\n')
  }
  walk(root)
  return parts.join('')
}
