import { type ParsedDocument, type RawDocument, type Section, sha256Hex } from '../../schemas/index.ts'
import { cleanText, languageOf } from './clean-text.ts'
import type { CompanyIndex } from './company-index.ts'
import type { TextPart } from './edgar-text.ts'
import { linkCompanies } from './link-companies.ts'
import { type DocumentContent, readDocument } from './read-document.ts'
import { sketchOf } from './text-sketch.ts'

export const PARSER_VERSION = 'parse-1'

/** Canonical text, sections and company links of a document. Pure: same bytes and registry, same result. */
export function parseDocument(raw: RawDocument, body: string, index: CompanyIndex): ParsedDocument {
  const content = readDocument(raw, body)
  const title = cleanText(raw.title ?? content.title ?? '')
  const composed = compose(title.text, content.parts)
  const publishedAt = raw.published_at ?? content.publishedAtMs
  const knownAt = Math.max(publishedAt ?? raw.received_at, raw.received_at)
  return {
    document_id: raw.document_id,
    source_id: raw.source_id,
    source_type: raw.source_type,
    source_owner: raw.source_owner,
    url: raw.url,
    canonical_url: content.canonicalUrl,
    title: title.text || null,
    byline: content.byline,
    language: content.language ?? languageOf(composed.text),
    text: composed.text,
    text_sha256: sha256Hex(composed.text),
    published_at: publishedAt,
    received_at: raw.received_at,
    known_at: knownAt,
    raw_sha256: raw.sha256,
    raw_object_key: raw.object_key,
    parser_version: PARSER_VERSION,
    sketch: sketchOf(composed.text),
    sections: composed.sections,
    links: linkCompanies(composed.text, index, {
      titleEnd: title.text.length,
      knownAtMs: knownAt,
      hints: raw.symbols,
      filerCik: raw.cik ?? content.cik,
    }),
    form_type: raw.form_type ?? content.formType,
    items: content.items,
    hidden_text_removed: content.hiddenRemoved || title.invisibleRemoved || composed.invisibleRemoved,
    simulated: raw.simulated,
  }
}

interface Composed {
  readonly text: string
  readonly sections: Section[]
  readonly invisibleRemoved: boolean
}

/** Title, blank line, parts with blank lines between; each part a section with its offsets. */
function compose(title: string, parts: DocumentContent['parts']): Composed {
  const sections: Section[] = title ? [{ kind: 'title', label: null, start: 0, end: title.length }] : []
  let text = title
  let invisibleRemoved = false
  for (const part of parts) {
    const clean = cleanText(part.text)
    invisibleRemoved ||= clean.invisibleRemoved
    const body = part.kind === 'body' && title ? withoutTitle(clean.text, title) : clean.text
    if (!body) continue
    if (text) text += '\n\n'
    sections.push(...sectionsOf(part, body, text.length))
    text += body
  }
  return { text, sections, invisibleRemoved }
}

function sectionsOf(part: TextPart, body: string, start: number): Section[] {
  const end = start + body.length
  if (part.kind !== 'body') return [{ kind: part.kind, label: part.label, start, end }]
  const blank = body.indexOf('\n\n')
  if (blank < 0) return [{ kind: 'lead', label: part.label, start, end }]
  return [
    { kind: 'lead', label: part.label, start, end: start + blank },
    { kind: 'body', label: part.label, start: start + blank + 2, end },
  ]
}

/** Pages repeat their title as the first line. */
const withoutTitle = (body: string, title: string): string => {
  const line = body.slice(0, Math.max(0, body.indexOf('\n')))
  return line && line.trim().toLowerCase() === title.toLowerCase()
    ? body.slice(line.length).trim()
    : body === title
      ? ''
      : body
}
