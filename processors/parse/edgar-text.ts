import { cleanText, decodeEntities } from './clean-text.ts'
import { readHtml } from './html-text.ts'

export interface TextPart {
  readonly kind: string
  readonly label: string | null
  readonly text: string
}
export interface EdgarText {
  readonly title: string | null
  readonly formType: string | null
  readonly cik: string | null
  readonly acceptedAtMs: number | null
  readonly parts: readonly TextPart[]
  readonly items: readonly string[]
}

/** Exhibits and files that carry no prose. */
const DATA_TYPES = /^(?:EX-10[1-4]|GRAPHIC|XML|JSON|ZIP|EXCEL|PDF|CORRESP)/i
const ITEM_LINE = /^[^\S\n]*item\s{1,3}(\d{1,2}(?:\.\d{2})?[ab]?)\s?[.:–—-]?(?=\s|$)/gim

/** A full submission: SGML header, then its documents. Form, items and exhibits each become a part. */
export function readSubmission(raw: string): EdgarText {
  const headerEnd = raw.search(/<\/(?:SEC|IMS)-HEADER>/)
  const header = headerEnd < 0 ? raw.slice(0, 4000) : raw.slice(0, headerEnd)
  const line = (name: string) => new RegExp(`^\\s*${name}:[ \\t]*(.+)$`, 'm').exec(header)?.[1]?.trim() ?? null
  const formType = line('CONFORMED SUBMISSION TYPE')
  const name = line('COMPANY CONFORMED NAME')
  const parts: TextPart[] = []
  for (const match of raw.matchAll(/<DOCUMENT>([\s\S]*?)(?:<\/DOCUMENT>|$(?![\s\S]))/g)) {
    parts.push(...documentParts(match[1] ?? '', parts.length === 0))
  }
  return {
    title: name ? `${formType ?? 'Filing'}: ${decodeEntities(name)}` : null,
    formType,
    cik: line('CENTRAL INDEX KEY'),
    acceptedAtMs: acceptance(/<ACCEPTANCE-DATETIME>(\d{14})/.exec(raw)?.[1]),
    parts,
    items: itemsOf(parts),
  }
}

/** One document of a filing, as HTML or plain text. */
export function readFilingDocument(raw: string): EdgarText {
  const content = /<TEXT>([\s\S]*?)(?:<\/TEXT>|$(?![\s\S]))/.exec(raw)?.[1] ?? raw
  const parts = splitItems(cleanText(proseOf(content)).text)
  return { title: null, formType: null, cik: null, acceptedAtMs: null, parts, items: itemsOf(parts) }
}

function documentParts(document: string, first: boolean): TextPart[] {
  const type = /<TYPE>([^\s<]+)/.exec(document)?.[1] ?? ''
  if (DATA_TYPES.test(type)) return []
  const content = /<TEXT>([\s\S]*?)(?:<\/TEXT>|$(?![\s\S]))/.exec(document)?.[1] ?? ''
  const text = cleanText(proseOf(content)).text
  if (text.length === 0) return []
  if (/^EX-/i.test(type)) return [{ kind: 'exhibit', label: type.toUpperCase(), text }]
  return first ? splitItems(text) : [{ kind: 'body', label: type || null, text }]
}

const proseOf = (content: string): string =>
  /<(?:html|body|div|p|table)\b/i.test(content)
    ? readHtml(content.replace(/^\s*<XBRL>|<\/XBRL>\s*$/gi, '').replace(/<\?xml[^>]*\?>/g, ''), 'whole').body
    : decodeEntities(content.replace(/<\/?[A-Za-z][^>\n]{0,80}>/g, ' '))

/** Text before the first item is the cover; a numbered heading opens an item; signatures close the last. */
function splitItems(text: string): TextPart[] {
  const heads = [...text.matchAll(ITEM_LINE)].filter((match, index, all) => {
    const next = all[index + 1]
    return next === undefined || (next.index ?? 0) - (match.index ?? 0) > 60
  })
  if (heads.length === 0) return [{ kind: 'body', label: null, text }]
  const parts: TextPart[] = [{ kind: 'cover', label: null, text: text.slice(0, heads[0]?.index ?? 0).trim() }]
  for (const [i, head] of heads.entries()) {
    const rest = text.slice(head.index ?? 0, heads[i + 1]?.index ?? text.length)
    const signature = i === heads.length - 1 ? rest.search(/^\s*SIGNATURES?\s*$/im) : -1
    parts.push({ kind: 'item', label: head[1] ?? null, text: (signature > 0 ? rest.slice(0, signature) : rest).trim() })
    if (signature > 0) parts.push({ kind: 'signature', label: null, text: rest.slice(signature).trim() })
  }
  return parts.filter((part) => part.text.length > 0)
}

const itemsOf = (parts: readonly TextPart[]): string[] => [
  ...new Set(parts.filter((part) => part.kind === 'item').map((part) => part.label ?? '')),
]

/** Acceptance times are given in Eastern time without a zone; taken as UTC-5 they are at most an hour late, never early. */
function acceptance(digits: string | undefined): number | null {
  const m = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits ?? '')
  return m ? Date.parse(`${m[1]}-${m[2]}-${m[3]}T${m[4]}:${m[5]}:${m[6]}-05:00`) : null
}
