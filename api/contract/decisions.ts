import type { ExecutionJson, OrderJson, RiskVerdictJson } from './trading.ts'

export interface SignalWindowJson {
  readonly window: string
  readonly score: number
  readonly n_eff: number
  readonly agreement: number
  readonly disagreement: number
  readonly weight: number
  readonly clusters: number
}

export interface PriceContextJson {
  readonly last_price: string
  readonly bar_at: string
  readonly return_1d: number | null
  readonly return_5d: number | null
  readonly rsi_14: number | null
  readonly atr_14: string | null
  readonly gap: number | null
  readonly relative_volume: number | null
  readonly volatility_1d: number | null
}

/** A cluster of documents that says one thing. */
export interface EvidenceJson {
  readonly cluster_id: string
  readonly extraction_id: string
  readonly document_id: string
  readonly raw_sha256: string
  readonly source_id: string
  readonly source_type: string
  readonly source_owner: string | null
  readonly title: string | null
  readonly url: string | null
  readonly event_type: string
  readonly sentiment: number
  readonly weight: number
  readonly contribution: number
  readonly copies: number
  readonly known_at: string
  readonly quote: string
  readonly quote_start: number
  readonly quote_end: number
}

export interface SignalJson {
  readonly signal_id: string
  readonly symbol: string
  readonly as_of: string
  readonly trigger: string
  readonly direction: 'up' | 'down' | 'flat' | 'unknown'
  readonly strength: number
  readonly windows: readonly SignalWindowJson[]
  readonly trend: number
  readonly buzz: number | null
  readonly independent_clusters: number
  readonly primary_source: boolean
  readonly price: PriceContextJson | null
  readonly evidence: readonly EvidenceJson[]
  readonly aggregator_version: string
  readonly simulated: boolean
}

export interface RecommendationSummary {
  readonly recommendation_id: string
  readonly symbol: string
  readonly signal_id: string
  readonly as_of: string
  readonly expires_at: string
  readonly action: 'buy' | 'sell' | 'hold'
  readonly hold_reasons: readonly string[]
  readonly score: number
  readonly threshold: number
  readonly probability: number
  readonly simulated: boolean
}

export interface RecommendationJson extends RecommendationSummary {
  readonly p_calibrated: number | null
  readonly signal_strength: number
  readonly agreement: number
  readonly contributions: readonly {
    readonly name: string
    readonly label: string
    readonly value: number
    readonly weight: number
    readonly contribution: number
  }[]
  readonly supporting: readonly EvidenceJson[]
  readonly opposing: readonly EvidenceJson[]
  readonly counterfactuals: readonly {
    readonly cluster_id: string
    readonly label: string
    readonly action: string
    readonly score: number
  }[]
  readonly independent_clusters: number
  readonly primary_source: boolean
  readonly price: PriceContextJson | null
  readonly expected_edge_bps: number | null
  readonly cost_bps: number | null
  readonly recommender_version: string
}

/** GET /api/v1/recommendations/{id}: the explanation, and what followed from it. */
export interface RecommendationDetail extends RecommendationJson {
  readonly verdicts: readonly RiskVerdictJson[]
  readonly orders: readonly OrderJson[]
  readonly executions: readonly ExecutionJson[]
}
