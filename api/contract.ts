/**
 * What the APIs answer, as it is on the wire: instants are ISO 8601 in UTC, decimals are strings, rates and shares are
 * numbers (a share is 0 to 1). Prefixes where the four APIs are served together: /api, /registry, /risk, /trading.
 */

/** RFC 9457, `application/problem+json`; the shape of every error. */
export interface ProblemJson {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly instance: string
  readonly code: string
  readonly request_id: string
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[]
}

/** One page of a list, newest first. `next` goes back as `?cursor=`; null at the end. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | null
}

// ---- topology and lag: GET /api/v1/topology

export type NodeKind = 'source' | 'processor' | 'bridge' | 'sink'
export type EdgeKind = 'stream' | 'broadcast' | 'table' | 'feedback'

export interface TaskLag {
  readonly task_id: string
  readonly topic: string
  readonly partition: number
  readonly committed_offset: string | null
  readonly end_offset: string
  readonly lag_records: number
  /** Null where the time of the next record is unknown. */
  readonly behind_ms: number | null
  /** Trend over the last minutes. */
  readonly trend: 'falling' | 'steady' | 'rising'
  readonly state: 'keeping_up' | 'behind' | 'stuck' | 'idle'
}

/** Null is "not measured": the engine runs elsewhere, or has not measured yet. */
export interface TopologyNode {
  readonly name: string
  readonly kind: string
  readonly column: number
  readonly row: number
  readonly stores: readonly string[]
  readonly line: number | null
  readonly records_in_per_second: number | null
  readonly records_out_per_second: number | null
  readonly busy: number | null
  readonly p50_ms: number | null
  readonly p99_ms: number | null
  readonly dead_lettered: number
  readonly tasks: number
  readonly lag_records: number | null
  readonly behind_ms: number | null
  readonly last_error: string | null
}

export interface TopologyEdge {
  readonly source: string
  readonly target: string
  readonly topic: string
  readonly kind: EdgeKind
  readonly rate: number | null
}

export interface Topology {
  readonly name: string
  readonly as_of: string
  readonly nodes: readonly TopologyNode[]
  readonly edges: readonly TopologyEdge[]
}

/** GET /api/v1/lag, worst first. */
export interface LagView {
  readonly as_of: string
  readonly items: readonly (TaskLag & { readonly node: string })[]
}

// ---- documents: GET /api/v1/documents, /api/v1/documents/{id}

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

// ---- signals and recommendations

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

// ---- trading

export interface RiskReasonJson {
  readonly id: string
  readonly code: string
  readonly scope: string
  readonly limit: string | null
  readonly observed: string | null
  readonly message: string
}

export interface RiskVerdictJson {
  readonly verdict_id: string
  readonly intent_id: string
  readonly intent_hash: string
  readonly account_id: string
  readonly recommendation_id: string | null
  readonly symbol: string
  readonly side: 'buy' | 'sell'
  readonly qty: string
  readonly notional: string
  readonly decision: 'approved' | 'denied'
  readonly reasons: readonly RiskReasonJson[]
  readonly checks_run: number
  readonly limits_version: string
  readonly epoch: number
  readonly input_hash: string
  readonly decided_at: string
  readonly expires_at: string
  readonly simulated: boolean
}

/** An order with how it stands now: its own terms, and the status of its newest execution report. */
export interface OrderJson {
  readonly client_order_id: string
  readonly intent_id: string
  readonly intent_hash: string
  readonly verdict_id: string
  readonly account_id: string
  readonly recommendation_id: string | null
  readonly symbol: string
  readonly side: 'buy' | 'sell'
  readonly type: string
  readonly time_in_force: string
  readonly order_class: string
  readonly qty: string
  readonly limit_price: string | null
  readonly stop_price: string | null
  readonly take_profit_limit_price: string | null
  readonly stop_loss_stop_price: string | null
  readonly purpose: 'entry' | 'exit_signal' | 'exit_time'
  readonly submitted_at: string
  readonly mode: 'paper' | 'live'
  readonly simulated: boolean
  /** As the venue says; `pending_new` before its first word. */
  readonly status: string
  readonly order_id: string | null
  readonly filled_qty: string
  readonly leaves_qty: string
  readonly filled_avg_price: string | null
  readonly status_at: string
  readonly status_reason: string | null
}

/** GET /api/v1/orders/{client_order_id} */
export interface OrderDetail extends OrderJson {
  readonly verdict: RiskVerdictJson | null
  readonly executions: readonly ExecutionJson[]
}

export interface ExecutionJson {
  readonly execution_id: string
  readonly order_id: string
  readonly client_order_id: string
  readonly account_id: string
  readonly symbol: string
  readonly side: 'buy' | 'sell'
  readonly leg: 'entry' | 'take_profit' | 'stop_loss'
  readonly event: string
  readonly status: string
  readonly qty: string
  readonly filled_qty: string
  readonly leaves_qty: string
  readonly filled_avg_price: string | null
  readonly last_qty: string | null
  readonly last_price: string | null
  readonly fee: string
  readonly transact_at: string
  readonly received_at: string
  readonly reason: string | null
  readonly recommendation_id: string | null
  readonly simulated: boolean
}

/** A position with quantity zero is closed and stays for its realized result; lists leave it out unless `?closed=true`. */
export interface PositionJson {
  readonly account_id: string
  readonly symbol: string
  readonly qty: string
  readonly avg_entry_price: string
  readonly cost_basis: string
  readonly market_price: string
  readonly market_value: string
  readonly unrealized_pl: string
  readonly realized_pl: string
  readonly opened_at: string | null
  readonly entry_client_order_id: string | null
  readonly recommendation_id: string | null
  readonly updated_at: string
  readonly simulated: boolean
}

/** One point of the equity line: GET /api/v1/equity answers `{ items }`, oldest first. */
export interface AccountJson {
  readonly account_id: string
  readonly as_of: string
  readonly cash: string
  readonly equity: string
  readonly realized_pl: string
  readonly unrealized_pl: string
  readonly fees: string
  readonly open_positions: number
  readonly mode: 'paper' | 'live'
  readonly simulated: boolean
}

export interface EquitySeries {
  readonly account_id: string | null
  readonly items: readonly AccountJson[]
}

/** GET /api/v1/symbols/{symbol}/bars?timespan=1d&limit=200, oldest first. */
export interface BarJson {
  readonly symbol: string
  readonly timespan: string
  readonly start_at: string
  readonly end_at: string
  readonly open: string
  readonly high: string
  readonly low: string
  readonly close: string
  readonly adjusted_close: string | null
  readonly volume: string
  readonly vwap: string | null
  readonly source_id: string
  readonly simulated: boolean
}

export interface BarSeries {
  readonly symbol: string
  readonly timespan: string
  readonly items: readonly BarJson[]
}

/** GET /trading/v1/account: the newest books of the account, and whether it may trade. */
export interface TradingAccount {
  readonly account: AccountJson | null
  readonly mode: 'paper' | 'live'
  readonly state: RiskStateJson
}

// ---- risk

/** GET /risk/v1/state?account_id=; the answer of POST /risk/v1/state/{halt,reduce,resume} and /trading/v1/{halt,resume}. */
export interface RiskStateJson {
  readonly account_id: string
  /** In force: the strictest of the account's own and the global one. Unknown is halted. */
  readonly state: 'active' | 'reducing' | 'halted'
  readonly epoch: number
  readonly reason: string
  readonly changed_by: string
  readonly changed_at: string
}

/** Body of halt, reduce and resume. `account_id` left out means all accounts. */
export interface StateChange {
  readonly account_id?: string
  readonly reason: string
  readonly by: string
}

export interface RiskLimitsJson {
  readonly limits_version: string
  readonly limits: Readonly<Record<string, string>>
}

/** GET /risk/v1/exposure?account_id= */
export interface ExposureJson {
  readonly account_id: string
  readonly equity: string | null
  readonly gross: string
  readonly reserved: string
  readonly open_reservations: number
  readonly by_symbol: readonly { readonly symbol: string; readonly market_value: string; readonly reserved: string }[]
}

// ---- lineage and counts

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

/** GET /api/v1/stats: rows per kind, and when the newest of each was known. */
export interface Stats {
  readonly as_of: string
  readonly simulated: boolean
  readonly mode: 'paper' | 'live'
  readonly kinds: readonly { readonly kind: string; readonly count: number; readonly latest_at: string | null }[]
}

// ---- live: GET /api/v1/live, server-sent events

/** Event `snapshot`, first, and again where a resume is not possible. */
export interface LiveSnapshot {
  readonly as_of: string
  readonly topology: Topology
  readonly stats: Stats
  readonly state: RiskStateJson
}

/** Event `changes`, at most one a second; only what is new since the last. */
export interface LiveChanges {
  readonly as_of: string
  /** Numbers by node name; null where nothing changed. */
  readonly topology: Topology | null
  readonly state: RiskStateJson | null
  readonly documents: readonly DocumentSummary[]
  readonly signals: readonly SignalJson[]
  readonly recommendations: readonly RecommendationSummary[]
  readonly orders: readonly OrderJson[]
}

// ---- health: GET /api/health/ready (and of the other APIs)

export interface HealthJson {
  readonly status: 'ready' | 'not_ready'
  readonly dependencies: readonly {
    readonly name: string
    readonly ok: boolean
    readonly latency_ms: number
    readonly error: string | null
  }[]
}

// ---- registry

export interface CompanyJson {
  readonly company_id: string
  readonly name: string
  readonly legal_name: string | null
  readonly symbols: readonly {
    readonly symbol: string
    readonly exchange: string | null
    readonly valid_from: string | null
    readonly valid_to: string | null
  }[]
  readonly aliases: readonly {
    readonly alias: string
    readonly strength: 'strong' | 'medium' | 'weak'
    readonly valid_from: string | null
    readonly valid_to: string | null
  }[]
  readonly cik: string | null
  readonly sector: string | null
  readonly restricted: boolean
  readonly version: number
  readonly updated_at: string
  readonly simulated: boolean
}

export interface SourceJson {
  readonly source_id: string
  readonly source_type: string
  readonly url: string | null
  readonly symbols: readonly string[]
  readonly cadence_seconds: number
  /** Prior of how much its words weigh, 0 to 1. */
  readonly credibility: number
  readonly source_owner: string | null
  readonly enabled: boolean
  readonly version: number
  readonly updated_at: string
}
