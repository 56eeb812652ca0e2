import { type Claim, type Modality, type ParsedDocument, sha256Hex, type Tense } from '../../schemas/index.ts'
import type { Named } from './attribute-hits.ts'
import { EVENT_PATTERNS, type EventPattern, ITEM_EVENTS } from './event-patterns.ts'
import { comparisonOf } from './number-slots.ts'
import type { Hit } from './polar-hits.ts'
import { type SentenceTone, sentenceTones, toneOf } from './read-tone.ts'

export interface CompanyReading {
  readonly claims: Claim[]
  readonly sentiment: number | null
  readonly confidence: number | null
}
const CLAIMS_MAX = 12
const QUOTE_MAX = 240
const CONFIDENCE_MAX = 0.8

export const idOf = (...parts: readonly string[]): string => sha256Hex(parts.join('\u0000')).slice(0, 24)

/** Claims per company (by company_id) of a document, by rules alone. Companies nothing is said about are missing. */
export function readClaims(document: ParsedDocument): Map<string, CompanyReading> {
  const named: Named[] = document.links.map((link) => ({ company: link.company_id, start: link.start, end: link.end }))
  const drafts = new Map<string, Draft[]>()
  for (const tone of sentenceTones(document.text, named)) {
    for (const company of companiesOf(document, tone)) {
      const draft = draftOf(document, tone, company)
      if (draft) drafts.set(company, [...(drafts.get(company) ?? []), draft])
    }
  }
  return new Map([...drafts].map(([company, list]) => [company, readingOf(list)]))
}

/** Whom a sentence is about; the heading of a filing's item is about the company named last. */
const companiesOf = (document: ParsedDocument, tone: SentenceTone): Set<string> =>
  new Set([
    ...tone.named.map((mention) => mention.company),
    ...tone.hits.keys(),
    ...(itemEventAt(document, tone.span.start) ? tone.about : []),
  ])

interface Draft {
  readonly claim: Claim
  readonly polarity: number
  readonly weight: number
  readonly event: boolean
  readonly compared: boolean
  readonly headline: boolean
}

function draftOf(document: ParsedDocument, tone: SentenceTone, company: string): Draft | undefined {
  const { span } = tone
  const sentence = document.text.slice(span.start, span.end)
  const hits = tone.hits.get(company) ?? []
  const own = tone.named.filter((mention) => mention.company === company)
  const found = eventOf(sentence)
  const item = itemEventAt(document, span.start)
  const comparison = comparisonOf(sentence)
  const alone = tone.named.every((mention) => mention.company === company)
  const value = alone || hits.length > 0 ? comparison.polarity : null
  const polarity = value ?? polarityOf(found, own, span.start, hits, alone)
  if (polarity === null && !(found && own.length > 0) && !item) return undefined
  // Headings use set words that say nothing good or bad: the item itself decides.
  const raw = item?.[2] ?? polarity ?? 0
  const modality = modalityOf(sentence)
  const sign = modality === 'denial' ? -0.7 : 1
  const sentiment = round(Math.tanh((raw * sign) / 1.5))
  const headline = span.start < (document.title?.length ?? 0)
  const quote = quoteAround(document.text, span.start, span.end, hits[0]?.start ?? own[0]?.start ?? span.start)
  const event = item?.[0] ?? found?.pattern.event ?? 'other'
  const sure =
    0.3 +
    (found || item ? 0.2 : 0) +
    (value !== null ? 0.2 : 0) +
    (headline ? 0.1 : 0) +
    (strong(document, company) ? 0.1 : 0)
  const factor =
    modality === 'rumour' || modality === 'opinion'
      ? 0.5
      : /\?\s*$/.test(sentence)
        ? 0.3
        : /previously announced/i.test(sentence)
          ? 0.3
          : 1
  return {
    polarity: raw * sign,
    weight: (headline ? 1.5 : own.length > 0 ? 1 : 0.5) * factor,
    event: found !== undefined || item !== undefined,
    compared: value !== null,
    headline,
    claim: {
      claim_id: idOf(document.document_id, company, event, String(quote.start), String(quote.end)),
      event_type: event,
      sub_type: item?.[1] ?? found?.pattern.sub ?? null,
      polarity: Math.abs(sentiment) < 0.1 ? 0 : Math.sign(sentiment),
      sentiment,
      magnitude:
        Math.abs(raw) < 0.2 ? 'none' : Math.abs(raw) < 1.2 ? 'minor' : Math.abs(raw) < 2.4 ? 'moderate' : 'major',
      horizon: found?.pattern.horizon ?? 'days',
      modality,
      tense: tenseOf(sentence),
      slots: { ...found?.slots, ...comparison.slots },
      evidence: [quote],
      confidence: round(Math.min(CONFIDENCE_MAX, sure) * factor),
    },
  }
}

interface FoundEvent {
  readonly pattern: EventPattern
  readonly at: number
  readonly slots: Record<string, string>
}
function eventOf(sentence: string): FoundEvent | undefined {
  for (const pattern of EVENT_PATTERNS) {
    const match = pattern.pattern.exec(sentence)
    if (!match) continue
    const slots = Object.entries(match.groups ?? {}).filter((slot): slot is [string, string] => slot[1] !== undefined)
    return { pattern, at: match.index, slots: Object.fromEntries(slots.map(([name, text]) => [name, text.trim()])) }
  }
  return undefined
}

/** The event's own value where it has one and the words do not contradict it; else the tone of the words. */
function polarityOf(
  found: FoundEvent | undefined,
  own: readonly Named[],
  sentenceStart: number,
  hits: readonly Hit[],
  alone: boolean,
): number | null {
  const tone = hits.length > 0 ? Math.atanh(Math.max(-0.99, Math.min(0.99, toneOf(hits)))) * 1.5 : null
  const rule = found?.pattern.polarity
  if (found === undefined || rule === undefined || rule === 'tone') return tone
  if (typeof rule === 'object') {
    if (own.length === 0) return tone
    const before = own.some((mention) => mention.start - sentenceStart < found.at)
    if (found.pattern.event === 'analyst_rating' && alone) return rule.patient
    return before ? rule.agent : rule.patient
  }
  if (own.length > 0 && !alone && hits.length === 0) return null
  const negated = tone !== null && Math.sign(tone) === -Math.sign(rule) && hits.length === 1
  return negated ? tone : tone === null ? rule : (rule * 2 + tone) / 3
}

function readingOf(drafts: readonly Draft[]): CompanyReading {
  const toned = drafts.filter((draft) => Math.abs(draft.polarity) >= 0.05)
  const heaviest = [...drafts].sort((a, b) => Math.abs(b.polarity) * b.weight - Math.abs(a.polarity) * a.weight)
  const weight = toned.reduce((sum, draft) => sum + draft.weight, 0)
  const mean = toned.reduce((sum, draft) => sum + draft.polarity * draft.weight, 0) / Math.max(weight, 1e-9)
  // A mean with the root of the evidence: more sentences of one mind say more, a boilerplate sentence little.
  const sentiment = toned.length === 0 ? 0 : Math.tanh((mean * Math.min(1.6, Math.sqrt(Math.max(weight, 0.3)))) / 1.5)
  const best = drafts.reduce((max, draft) => Math.max(max, draft.claim.confidence), 0)
  const agrees = drafts.some(
    (draft) => draft.headline && Math.sign(draft.polarity) === Math.sign(sentiment) && sentiment !== 0,
  )
  return {
    claims: heaviest.slice(0, CLAIMS_MAX).map((draft) => draft.claim),
    sentiment: round(sentiment),
    confidence: round(Math.min(CONFIDENCE_MAX, best + (agrees && !drafts[0]?.headline ? 0.1 : 0))),
  }
}

function itemEventAt(document: ParsedDocument, at: number) {
  const section = document.sections.find((part) => part.kind === 'item' && at >= part.start && at < part.start + 12)
  return section?.label ? ITEM_EVENTS[section.label] : undefined
}

const strong = (document: ParsedDocument, company: string): boolean =>
  document.links.some((link) => link.company_id === company && link.strength === 'strong')

function quoteAround(text: string, start: number, end: number, at: number) {
  if (end - start <= QUOTE_MAX) return { quote: text.slice(start, end), start, end }
  let from = Math.max(start, Math.min(at - QUOTE_MAX / 2, end - QUOTE_MAX))
  while (from > start && from < at && /\S/.test(text[from - 1] ?? ' ')) from += 1
  let to = Math.min(end, from + QUOTE_MAX)
  while (to < end && to > from + 40 && /\S/.test(text[to] ?? ' ')) to -= 1
  return { quote: text.slice(from, to), start: from, end: to }
}

function modalityOf(sentence: string): Modality {
  if (/\b(?:den(?:y|ies|ied)|refut(?:es|ed)|no truth)\b/i.test(sentence)) return 'denial'
  if (
    /\b(?:rumou?r|reportedly|sources? (?:say|said|familiar)|speculation|people familiar|in talks|considering|mulls|may|might|could)\b/i.test(
      sentence,
    )
  )
    return 'rumour'
  if (/\b(?:guidance|outlook|forecasts?|expects?|sees)\b/i.test(sentence)) return 'guidance'
  if (/\b(?:i think|imo|should|believe|looks like)\b/i.test(sentence)) return 'opinion'
  return 'fact'
}

const tenseOf = (sentence: string): Tense =>
  /\b(?:will|expects?|plans? to|to (?:acquire|buy|launch|cut|raise))\b/i.test(sentence)
    ? 'future'
    : /\b(?:was|were|had|\w{3,}ed|fell|rose|grew|won|lost)\b/i.test(sentence)
      ? 'past'
      : 'present'

const round = (value: number): number => Math.round(value * 1000) / 1000
