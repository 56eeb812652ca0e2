import type { Extraction } from '../../schemas/index.ts'
import { sketchSimilarity } from '../parse/text-sketch.ts'

/** One cluster: documents that say the same thing about a symbol, standing for one voice. */
export interface EvidenceRow {
  readonly cluster_id: string
  readonly extraction_id: string
  readonly document_id: string
  readonly raw_sha256: string
  readonly source_id: string
  readonly source_type: string
  readonly owner: string
  readonly title: string | null
  readonly url: string | null
  readonly event_type: string
  /** -1 to 1. */
  readonly sentiment: number
  /** Weight at the moment it was known: relevance x confidence x source x novelty x extractor. */
  readonly weight: number
  readonly half_life_ms: number
  readonly known_at: number
  readonly copies: number
  /** Extractions of the copies, so that one delivered twice counts once. */
  readonly copy_ids: readonly string[]
  readonly sketch: readonly number[]
  readonly quote: string
  readonly quote_start: number
  readonly quote_end: number
}

export interface Weighing {
  /** Relevance below this is not about the company. */
  readonly relevanceFloor: number
  readonly extractorFactors: Readonly<Record<string, number>>
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
export const SAME_STORY_SIMILARITY = 0.8
const NOVELTY_SPAN_MS = 72 * HOUR_MS
const NOVELTY_ROWS = 10

/** Prior credibility by kind of source, before outcomes are learned. */
const SOURCE_PRIORS: Readonly<Record<string, number>> = {
  regulator: 0.95,
  issuer: 0.95,
  wire: 0.85,
  press: 0.75,
  trade: 0.65,
  aggregator: 0.45,
  social: 0.25,
}
const SOURCE_PRIOR_OTHER = 0.45

/** How fast a kind of event stops mattering. Bad news is priced more slowly: news of it lasts half as long again. */
const HALF_LIVES_MS: Readonly<Record<string, number>> = {
  analyst_rating: 48 * HOUR_MS,
  product: 72 * HOUR_MS,
  contract_customer: 72 * HOUR_MS,
  earnings: 5 * DAY_MS,
  guidance: 5 * DAY_MS,
  m_and_a: 7 * DAY_MS,
  litigation_regulatory: 7 * DAY_MS,
  management: 7 * DAY_MS,
  accounting: 20 * DAY_MS,
}
const HALF_LIFE_NEWS_MS = 24 * HOUR_MS
const HALF_LIFE_RUMOUR_MS = 6 * HOUR_MS
const NEGATIVE_FACTOR = 1.5
const RULES_FACTOR = 0.5

/** What an extraction adds to what is known: a new cluster, a copy of one, or nothing. */
export type Addition =
  | { readonly kind: 'cluster'; readonly row: EvidenceRow }
  | { readonly kind: 'copy'; readonly row: EvidenceRow }
  | { readonly kind: 'none'; readonly reason: 'abstained' | 'irrelevant' | 'duplicate' }

/** Extractions that rows stand for, copies included. */
export const extractionsOf = (rows: readonly EvidenceRow[]): Set<string> =>
  new Set(rows.flatMap((row) => [row.extraction_id, ...row.copy_ids]))

/**
 * Decides what an extraction adds. `rows` are the symbol's, oldest first, `known` what they stand for. An abstention adds
 * nothing: it is not neutral.
 */
export function addEvidence(
  e: Extraction,
  rows: readonly EvidenceRow[],
  weighing: Weighing,
  known: ReadonlySet<string> = extractionsOf(rows),
): Addition {
  const claim = strongestClaim(e)
  if (e.abstain_reason !== null || e.injection_suspected || e.sentiment === null || e.confidence === null || !claim)
    return { kind: 'none', reason: 'abstained' }
  if (e.relevance < weighing.relevanceFloor) return { kind: 'none', reason: 'irrelevant' }
  if (known.has(e.extraction_id)) return { kind: 'none', reason: 'duplicate' }
  const { nearest, similarity } = nearestStory(e, rows)
  if (nearest && similarity >= SAME_STORY_SIMILARITY) {
    const row = {
      ...nearest,
      copies: nearest.copies + 1,
      copy_ids: [...nearest.copy_ids, e.extraction_id],
      known_at: Math.min(nearest.known_at, e.known_at),
    }
    return { kind: 'copy', row }
  }
  return { kind: 'cluster', row: rowOf(e, claim, 1 - similarity, weighing) }
}

function rowOf(e: Extraction, claim: Extraction['claims'][number], novelty: number, weighing: Weighing): EvidenceRow {
  const evidence = claim.evidence[0]
  const source = SOURCE_PRIORS[e.source_type] ?? SOURCE_PRIOR_OTHER
  return {
    cluster_id: e.extraction_id,
    extraction_id: e.extraction_id,
    document_id: e.document_id,
    raw_sha256: e.raw_sha256,
    source_id: e.source_id,
    source_type: e.source_type,
    owner: e.source_owner ?? e.source_id,
    title: e.title,
    url: e.url,
    event_type: claim.event_type,
    sentiment: e.sentiment as number,
    weight: e.relevance * (e.confidence as number) * source * novelty * (weighing.extractorFactors[e.extractor] ?? 0),
    half_life_ms: halfLifeOf(e, claim),
    known_at: e.known_at,
    copies: 1,
    copy_ids: [],
    sketch: e.sketch,
    quote: evidence?.quote ?? '',
    quote_start: evidence?.start ?? 0,
    quote_end: evidence?.end ?? 0,
  }
}

const strongestClaim = (e: Extraction): Extraction['claims'][number] | undefined =>
  e.claims.toSorted((a, b) => Math.abs(b.sentiment) * b.confidence - Math.abs(a.sentiment) * a.confidence)[0]

function halfLifeOf(e: Extraction, claim: Extraction['claims'][number]): number {
  const base =
    claim.modality === 'rumour' ? HALF_LIFE_RUMOUR_MS : (HALF_LIVES_MS[claim.event_type] ?? HALF_LIFE_NEWS_MS)
  const negative = base === HALF_LIFE_NEWS_MS && (e.sentiment as number) < 0 ? NEGATIVE_FACTOR : 1
  return base * negative * (e.extractor === 'rules' ? RULES_FACTOR : 1)
}

/** The most similar of the last ten stories, or of those of the last 72 hours where they are more. */
function nearestStory(
  e: Extraction,
  rows: readonly EvidenceRow[],
): { readonly nearest: EvidenceRow | undefined; readonly similarity: number } {
  let nearest: EvidenceRow | undefined
  let similarity = 0
  for (const [i, row] of rows.entries()) {
    if (i < rows.length - NOVELTY_ROWS && Math.abs(e.known_at - row.known_at) > NOVELTY_SPAN_MS) continue
    const found = sketchSimilarity(e.sketch, row.sketch)
    if (found <= similarity) continue
    nearest = row
    similarity = found
  }
  return { nearest, similarity }
}
