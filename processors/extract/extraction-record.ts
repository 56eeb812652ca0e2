import type { Claim, CompanyLink, Extraction, ParsedDocument } from '../../schemas/index.ts'
import { addressesMachines } from './injection.ts'
import { type CompanyReading, idOf, readClaims } from './read-claims.ts'

export const RULES_VERSION = 'rules-1'
const ROUNDUP_COMPANIES = 12

export interface Outcome {
  readonly extractor: 'rules' | 'ollama'
  readonly version: string
  readonly model: string | null
  readonly degraded: boolean
  readonly claims: readonly Claim[]
  readonly sentiment: number | null
  readonly confidence: number | null
  readonly abstainReason: string | null
  readonly injection: boolean
}
export interface Subject {
  readonly companyId: string
  readonly symbol: string
  readonly mentions: number
  readonly relevance: number
}

/** One per company the document names, in text order. */
export function subjectsOf(links: readonly CompanyLink[]): Subject[] {
  const subjects = new Map<string, Subject>()
  for (const link of links) {
    const known = subjects.get(link.company_id)
    subjects.set(link.company_id, {
      companyId: link.company_id,
      symbol: known?.symbol ?? link.symbol,
      mentions: (known?.mentions ?? 0) + 1,
      relevance: Math.max(known?.relevance ?? 0, link.relevance),
    })
  }
  return [...subjects.values()]
}

const abstained = (reason: string, injection = false): Outcome => ({
  extractor: 'rules',
  version: RULES_VERSION,
  model: null,
  degraded: false,
  claims: [],
  sentiment: null,
  confidence: null,
  abstainReason: reason,
  injection,
})

/** Why nothing of the document is read, whatever the extractor; undefined where it is read. */
export function refusal(document: ParsedDocument, subjects: readonly Subject[]): Outcome | undefined {
  if (addressesMachines(document.text)) return abstained('injection', true)
  if (document.language !== null && !/^en\b/i.test(document.language)) return abstained('language')
  if (subjects.length > ROUNDUP_COMPANIES) return abstained('roundup')
  return undefined
}

export function rulesOutcome(reading: CompanyReading | undefined, degraded = false): Outcome {
  if (!reading || reading.claims.length === 0) return { ...abstained('no_claim'), degraded }
  return { ...abstained(''), degraded, ...reading, abstainReason: null }
}

/** What the rules read, one extraction a company; without a company one that says so. */
export function extractByRules(document: ParsedDocument): Extraction[] {
  const subjects = subjectsOf(document.links)
  const refused = refusal(document, subjects)
  if (subjects.length === 0) return [extractionOf(document, undefined, refused ?? abstained('no_company'))]
  if (refused) return subjects.map((subject) => extractionOf(document, subject, refused))
  const readings = readClaims(document)
  return subjects.map((subject) => extractionOf(document, subject, rulesOutcome(readings.get(subject.companyId))))
}

export function extractionOf(document: ParsedDocument, subject: Subject | undefined, outcome: Outcome): Extraction {
  return {
    extraction_id: idOf(document.document_id, subject?.symbol ?? '', outcome.version),
    document_id: document.document_id,
    symbol: subject?.symbol ?? null,
    company_id: subject?.companyId ?? null,
    source_id: document.source_id,
    source_type: document.source_type,
    source_owner: document.source_owner,
    url: document.url,
    title: document.title,
    published_at: document.published_at,
    known_at: document.known_at,
    extractor: outcome.extractor,
    extractor_version: outcome.version,
    model: outcome.model,
    degraded: outcome.degraded,
    mention_count: subject?.mentions ?? 0,
    relevance: subject?.relevance ?? 0,
    claims: outcome.claims,
    sentiment: outcome.sentiment,
    confidence: outcome.confidence,
    abstain_reason: outcome.abstainReason,
    injection_suspected: outcome.injection,
    sketch: document.sketch,
    raw_sha256: document.raw_sha256,
    text_sha256: document.text_sha256,
    simulated: document.simulated,
  }
}
