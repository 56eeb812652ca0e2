import type { RecommendationSummary } from './decisions.ts'

export interface DocumentSummary {
  readonly document_id: string
  readonly source_id: string
  readonly source_type: string
  readonly source_owner: string | null
  readonly url: string | null
  readonly title: string | null
  readonly published_at: string | null
  readonly received_at: string
  readonly known_at: string
  readonly symbols: readonly string[]
  readonly simulated: boolean
}

export interface CompanyLinkJson {
  readonly company_id: string
  readonly symbol: string
  readonly surface: string
  readonly start: number
  readonly end: number
  readonly strength: 'strong' | 'medium' | 'weak'
  readonly relevance: number
}

/** `start` and `end` are UTF-16 offsets into the document's text. */
export interface EvidenceSpan {
  readonly quote: string
  readonly start: number
  readonly end: number
}

export interface ClaimJson {
  readonly claim_id: string
  readonly event_type: string
  readonly sub_type: string | null
  readonly polarity: number
  readonly sentiment: number
  readonly magnitude: string
  readonly horizon: string
  readonly modality: string
  readonly tense: string
  readonly slots: Readonly<Record<string, string>>
  readonly evidence: readonly EvidenceSpan[]
  readonly confidence: number
}

export interface ExtractionJson {
  readonly extraction_id: string
  readonly document_id: string
  readonly symbol: string | null
  readonly company_id: string | null
  readonly source_id: string
  readonly source_type: string
  readonly source_owner: string | null
  readonly url: string | null
  readonly title: string | null
  readonly published_at: string | null
  readonly known_at: string
  readonly extractor: string
  readonly extractor_version: string
  readonly model: string | null
  readonly degraded: boolean
  readonly mention_count: number
  readonly relevance: number
  readonly claims: readonly ClaimJson[]
  readonly sentiment: number | null
  readonly confidence: number | null
  readonly abstain_reason: string | null
  readonly injection_suspected: boolean
  readonly raw_sha256: string
  readonly text_sha256: string
  readonly simulated: boolean
}

export interface DocumentDetail extends DocumentSummary {
  readonly canonical_url: string | null
  readonly byline: string | null
  readonly language: string | null
  /** Canonical text; null while only the raw bytes are known. */
  readonly text: string | null
  readonly text_sha256: string | null
  readonly raw_sha256: string
  readonly raw_object_key: string
  readonly parser_version: string | null
  readonly sections: readonly {
    readonly kind: string
    readonly label: string | null
    readonly start: number
    readonly end: number
  }[]
  readonly links: readonly CompanyLinkJson[]
  readonly form_type: string | null
  readonly items: readonly string[]
  readonly hidden_text_removed: boolean
  readonly extractions: readonly ExtractionJson[]
  /** Recommendations whose evidence quotes this document, newest first. */
  readonly recommendations: readonly RecommendationSummary[]
}
