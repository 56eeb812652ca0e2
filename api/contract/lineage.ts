import type { EvidenceJson, RecommendationJson, SignalJson } from './decisions.ts'
import type { ExtractionJson } from './documents.ts'
import type { OrderJson, RiskVerdictJson } from './trading.ts'

/** GET /api/v1/lineage/{client_order_id or order_id}: from the order down to the hash of the raw bytes. */
export interface Lineage {
  readonly order: OrderJson
  readonly verdict: RiskVerdictJson | null
  readonly recommendation: RecommendationJson | null
  readonly signal: SignalJson | null
  readonly evidence: readonly LineageEvidence[]
}

export interface LineageEvidence {
  readonly evidence: EvidenceJson
  readonly extraction: ExtractionJson | null
  readonly document: {
    readonly document_id: string
    readonly title: string | null
    readonly url: string | null
    readonly known_at: string
    readonly object_key: string
    readonly raw_sha256: string
    readonly text_sha256: string | null
  } | null
  /** True where the quote stands in the stored text at its offsets. */
  readonly quote_found: boolean
}
