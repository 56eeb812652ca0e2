// Written by `npm run generate` from avro/*.avsc. Do not edit.
import type { Decimal } from './decimal.ts'

/** An instant: milliseconds since 1970-01-01T00:00:00Z. ISO 8601 in JSON. */
export type EpochMs = number

/** Books of an account at a moment; the series is the equity curve. */
export interface Account {
  /** The account; also the record key. */
  readonly account_id: string
  /** The moment. */
  readonly as_of: EpochMs
  /** Cash. */
  readonly cash: Decimal
  /** Cash and market value of all positions. */
  readonly equity: Decimal
  /** Realized since the start, after fees. */
  readonly realized_pl: Decimal
  /** Unrealized now. */
  readonly unrealized_pl: Decimal
  /** Fees since the start. */
  readonly fees: Decimal
  /** How many symbols are held. */
  readonly open_positions: number
  /** paper or live. */
  readonly mode: AccountMode
  /** True where the data was generated, not observed; shown wherever the record shows. */
  readonly simulated: boolean
}

/** Paper or live. */
export type AccountMode = 'paper' | 'live'

/** Prices of a symbol over a span of time. It is known at end_at, not before. */
export interface Bar {
  /** The symbol; also the record key. */
  readonly symbol: string
  /** 1m or 1d. */
  readonly timespan: string
  /** Start of the span (of the session, for a daily bar). */
  readonly start_at: EpochMs
  /** End of the span; the bar is known then. */
  readonly end_at: EpochMs
  /** First price. */
  readonly open: Decimal
  /** Highest price. */
  readonly high: Decimal
  /** Lowest price. */
  readonly low: Decimal
  /** Last price. */
  readonly close: Decimal
  /** Close adjusted for splits and dividends; analysis only, never traded on. */
  readonly adjusted_close: Decimal | null
  /** Shares traded. */
  readonly volume: Decimal
  /** Volume-weighted average price. */
  readonly vwap: Decimal | null
  /** Where it came from. */
  readonly source_id: string
  /** True where the data was generated, not observed; shown wherever the record shows. */
  readonly simulated: boolean
}

/** A company of the registry with its names. */
export interface Company {
  /** Stable id; also the record key. */
  readonly company_id: string
  /** Usual name. */
  readonly name: string
  /** Registered name. */
  readonly legal_name: string | null
  /** Its symbols, the current one first. */
  readonly symbols: readonly CompanySymbol[]
  /** Names beside name and legal_name. */
  readonly aliases: readonly Alias[]
  /** SEC central index key, ten digits. */
  readonly cik: string | null
  /** Sector. */
  readonly sector: string | null
  /** True: never traded. */
  readonly restricted: boolean
  /** Grows with every change. */
  readonly version: number
  /** Time of the last change. */
  readonly updated_at: EpochMs
  /** True where the data was generated, not observed; shown wherever the record shows. */
  readonly simulated: boolean
}

/** A symbol of the company. */
export interface CompanySymbol {
  /** The symbol. */
  readonly symbol: string
  /** NASDAQ, NYSE. */
  readonly exchange: string | null
  /** Not valid before. */
  readonly valid_from: EpochMs | null
  /** Not valid after. */
  readonly valid_to: EpochMs | null
}

/** A name of the company. */
export interface Alias {
  /** The name. */
  readonly alias: string
  /** How sure the name is. */
  readonly strength: AliasStrength
  /** Not used for documents before. */
  readonly valid_from: EpochMs | null
  /** Not used for documents after. */
  readonly valid_to: EpochMs | null
}

/** How sure the name is. */
export type AliasStrength = 'strong' | 'medium' | 'weak'

/** How far a consumer group was behind on a partition at one moment. */
export interface ConsumerLag {
  /** Group, topic, partition and moment; the same when it is written twice. */
  readonly reading_id: string
  /** The consumer group. */
  readonly group_id: string
  /** The node of the topology that the group is of; the group where it is of others. */
  readonly node: string
  /** Name on the log. */
  readonly topic: string
  /** The partition. */
  readonly partition: number
  /** When it was measured. */
  readonly measured_at: EpochMs
  /** Next to be read; null where the group never committed. */
  readonly committed_offset: number | null
  /** Behind the last record that can be read. */
  readonly end_offset: number
  /** Records left to be read; the most there can be where lag_exact is false. */
  readonly lag_records: number
  /** Whether records were counted one by one. */
  readonly lag_exact: boolean
  /** Age of the next record; null where it is not known. */
  readonly behind_ms: number | null
  /** How fast the lag grows; null before it was measured twice. */
  readonly lag_records_per_second: number | null
  /** ok, warn, never, rewind, stall or stop. */
  readonly status: string
}

/** What the venue says about an order: one report an event. */
export interface ExecutionReport {
  /** The venue's id of the event; derived where the venue is ours. */
  readonly execution_id: string
  /** The venue's id of the order. */
  readonly order_id: string
  /** Our id of the order, or of the bracket it belongs to. */
  readonly client_order_id: string
  /** The account; also the record key. */
  readonly account_id: string
  /** The symbol. */
  readonly symbol: string
  /** buy or sell. */
  readonly side: ExecutionSide
  /** Which order of a bracket. */
  readonly leg: OrderLeg
  /** new, fill, partial_fill, canceled, expired, rejected, replaced, as the venue says. */
  readonly event: string
  /** Order status after the event, as the venue says. */
  readonly status: string
  /** Quantity of the order. */
  readonly qty: Decimal
  /** Filled so far. */
  readonly filled_qty: Decimal
  /** Still open; zero once closed. */
  readonly leaves_qty: Decimal
  /** Average price so far. */
  readonly filled_avg_price: Decimal | null
  /** Quantity of this fill. */
  readonly last_qty: Decimal | null
  /** Price of this fill. */
  readonly last_price: Decimal | null
  /** Fee of this fill. */
  readonly fee: Decimal
  /** When it happened at the venue. */
  readonly transact_at: EpochMs
  /** When we knew. */
  readonly received_at: EpochMs
  /** Why it was rejected, canceled or expired. */
  readonly reason: string | null
  /** What caused the order. */
  readonly recommendation_id: string | null
  /** True where the data was generated, not observed; shown wherever the record shows. */
  readonly simulated: boolean
}

/** Side of the order. */
export type ExecutionSide = 'buy' | 'sell'

/** Which order of a bracket. */
export type OrderLeg = 'entry' | 'take_profit' | 'stop_loss'

/** What one document says about one company. An abstention is a state with a reason, never a neutral score. */
export interface Extraction {
  /** Derived from document, symbol and extractor version. */
  readonly extraction_id: string
  /** The document. */
  readonly document_id: string
  /** The company it is about; null where no company was found. */
  readonly symbol: string | null
  /** The company in the registry. */
  readonly company_id: string | null
  /** The source of the document. */
  readonly source_id: string
  /** regulator, issuer, wire, press, trade, aggregator, social. */
  readonly source_type: string
  /** Who owns the source. */
  readonly source_owner: string | null
  /** Address of the document. */
  readonly url: string | null
  /** Title of the document. */
  readonly title: string | null
  /** Publication time as claimed. */
  readonly published_at: EpochMs | null
  /** The later of published and received; decisions use this. */
  readonly known_at: EpochMs
  /** rules or ollama. */
  readonly extractor: string
  /** Rules version, or model digest with prompt and schema hashes. */
  readonly extractor_version: string
  /** Model name, for ollama. */
  readonly model: string | null
  /** True where the model failed and the rules answered. */
  readonly degraded: boolean
  /** How often the company is named. */
  readonly mention_count: number
  /** How much the document is about the company, 0 to 1. */
  readonly relevance: number
  /** At most 12. */
  readonly claims: readonly Claim[]
  /** -1 to 1; null where abstained. */
  readonly sentiment: number | null
  /** 0 to 1; null where abstained. */
  readonly confidence: number | null
  /** no_company, no_claim, roundup, language, injection, model_failed; null where it did not abstain. */
  readonly abstain_reason: string | null
  /** True where the text addresses a machine; its weight is zero. */
  readonly injection_suspected: boolean
  /** As on the parsed document, for near-duplicates. */
  readonly sketch: readonly number[]
  /** Hex SHA-256 of the raw bytes. */
  readonly raw_sha256: string
  /** Hex SHA-256 of the canonical text. */
  readonly text_sha256: string
  /** True where the data was generated, not observed; shown wherever the record shows. */
  readonly simulated: boolean
}

/** One statement about the company, with its evidence. */
export interface Claim {
  /** Derived from document, symbol, event type and evidence offsets. */
  readonly claim_id: string
  /** earnings, guidance, analyst_rating, m_and_a, litigation_regulatory, product, management, capital_return, financing, insider_ownership, contract_customer, operations, restructuring_bankruptcy, accounting, macro, index_membership, other. */
  readonly event_type: string
  /** Finer kind, upgrade or buyback. */
  readonly sub_type: string | null
  /** -1, 0 or 1. */
  readonly polarity: number
  /** -1 to 1. */
  readonly sentiment: number
  /** Size of the effect. */
  readonly magnitude: Magnitude
  /** How long it matters. */
  readonly horizon: Horizon
  /** How it is stated. */
  readonly modality: Modality
  /** When it happens. */
  readonly tense: Tense
  /** Parsed parts: metric, period, value, unit, prior, consensus, counterparty, amount. */
  readonly slots: Readonly<Record<string, string>>
  /** At least one quotation. */
  readonly evidence: readonly Evidence[]
  /** 0 to 1. */
  readonly confidence: number
}

/** How large the effect is. */
export type Magnitude = 'none' | 'minor' | 'moderate' | 'major'

/** How long it matters. */
export type Horizon = 'intraday' | 'days' | 'weeks' | 'quarters'

/** How the statement is made. */
export type Modality = 'fact' | 'guidance' | 'estimate' | 'rumour' | 'opinion' | 'denial'

/** When it happens. */
export type Tense = 'past' | 'present' | 'future'

/** A quotation that supports a claim; it is in the text at these offsets. */
export interface Evidence {
  /** The words, at most 240 characters. */
  readonly quote: string
  /** First UTF-16 offset in the canonical text. */
  readonly start: number
  /** Offset after the last. */
  readonly end: number
}

/** One fetch that is due: the scheduler writes it, ingest carries it out. */
export interface IngestionJob {
  /** Derived from source and due time, so that two schedulers make the same job. */
  readonly job_id: string
  /** The source in the registry; also the record key. */
  readonly source_id: string
  /** rss, edgar_atom, massive_news, massive_bars, file. */
  readonly source_type: string
  /** Address to fetch, where the source has one. */
  readonly url: string | null
  /** Symbols the fetch is limited to; empty means all. */
  readonly symbols: readonly string[]
  /** Where the previous page ended. */
  readonly cursor: string | null
  /** Zero for the first try. */
  readonly attempt: number
  /** When it became due. */
  readonly scheduled_at: EpochMs
  /** Prior credibility of the source, 0 to 1. */
  readonly credibility: number
  /** Who owns the source; copies of one owner are not independent. */
  readonly source_owner: string | null
}

/** A row that an older service publishes to the lake. */
export interface LakeRow {
  /** Makes the row one fact, however often it is sent. */
  readonly row_id: string
  /** Target table; also the record key. */
  readonly table: string
  /** The row as a JSON object. */
  readonly row: string
  /** When it was sent. */
  readonly emitted_at: EpochMs
}

/** An order to the broker, approved by risk. Its id is derived from the intent, so a replay cannot order twice. */
export interface OrderRequest {
  /** so- and 32 characters derived from account, intent and attempt; unique at the venue. */
  readonly client_order_id: string
  /** Derived from account, recommendation or exit reason, and symbol. */
  readonly intent_id: string
  /** Hex SHA-256 of the order terms the verdict was given for. */
  readonly intent_hash: string
  /** The approval of the risk engine. */
  readonly verdict_id: string
  /** The account; also the record key. */
  readonly account_id: string
  /** What caused it. */
  readonly recommendation_id: string | null
  /** The symbol. */
  readonly symbol: string
  /** buy or sell. */
  readonly side: Side
  /** Order type. */
  readonly type: OrderType
  /** How long it stays. */
  readonly time_in_force: TimeInForce
  /** Whether exits travel with it. */
  readonly order_class: OrderClass
  /** Whole shares. */
  readonly qty: Decimal
  /** For limit orders. */
  readonly limit_price: Decimal | null
  /** For stop orders. */
  readonly stop_price: Decimal | null
  /** Upper exit of a bracket. */
  readonly take_profit_limit_price: Decimal | null
  /** Lower exit of a bracket. */
  readonly stop_loss_stop_price: Decimal | null
  /** Why it is sent. */
  readonly purpose: OrderPurpose
  /** When it was decided. */
  readonly submitted_at: EpochMs
  /** paper or live. */
  readonly mode: TradingMode
  /** True where the data was generated, not observed; shown wherever the record shows. */
  readonly simulated: boolean
}

/** Side of the order. */
export type Side = 'buy' | 'sell'

/** Order type. */
export type OrderType = 'market' | 'limit' | 'stop' | 'stop_limit' | 'trailing_stop'

/** How long it stays. */
export type TimeInForce = 'day' | 'gtc' | 'opg' | 'cls' | 'ioc' | 'fok'

/** Whether exits travel with it. */
export type OrderClass = 'simple' | 'bracket' | 'oco' | 'oto'

/** Why it is sent. */
export type OrderPurpose = 'entry' | 'exit_signal' | 'exit_time'

/** Paper or live. */
export type TradingMode = 'paper' | 'live'

/** Canonical text of a document with the companies it names. Offsets point into text and stay valid. */
export interface ParsedDocument {
  /** As on the raw document. */
  readonly document_id: string
  /** The source it came from. */
  readonly source_id: string
  /** regulator, issuer, wire, press, trade, aggregator, social. */
  readonly source_type: string
  /** Who owns the source. */
  readonly source_owner: string | null
  /** Address it was published under. */
  readonly url: string | null
  /** Address the document itself names as canonical. */
  readonly canonical_url: string | null
  /** Title after parsing. */
  readonly title: string | null
  /** Author as printed. */
  readonly byline: string | null
  /** BCP 47 tag, where known. */
  readonly language: string | null
  /** Canonical text: title, blank line, body. Hidden text, scripts and boilerplate removed. */
  readonly text: string
  /** Hex SHA-256 of text as UTF-8. */
  readonly text_sha256: string
  /** Publication time, from the document where the source did not say. */
  readonly published_at: EpochMs | null
  /** When it reached us. */
  readonly received_at: EpochMs
  /** The later of published_at and received_at; decisions use this. */
  readonly known_at: EpochMs
  /** Hex SHA-256 of the raw bytes. */
  readonly raw_sha256: string
  /** Where the raw bytes lie in the object store. */
  readonly raw_object_key: string
  /** Version of the parser. */
  readonly parser_version: string
  /** Bottom-k sketch of the text: up to 64 smallest 32-bit hashes of its word shingles; compares near-duplicates. */
  readonly sketch: readonly number[]
  /** Parts of the text. */
  readonly sections: readonly Section[]
  /** Companies named, in text order. */
  readonly links: readonly CompanyLink[]
  /** SEC form type. */
  readonly form_type: string | null
  /** SEC 8-K item numbers. */
  readonly items: readonly string[]
  /** True where text invisible to a reader was dropped. */
  readonly hidden_text_removed: boolean
  /** True where the data was generated, not observed; shown wherever the record shows. */
  readonly simulated: boolean
}

/** A part of the text with a meaning of its own. */
export interface Section {
  /** title, lead, body, item, exhibit. */
  readonly kind: string
  /** Item number or exhibit type, 2.02 or EX-99.1. */
  readonly label: string | null
  /** First UTF-16 offset in text. */
  readonly start: number
  /** Offset after the last. */
  readonly end: number
}

/** A company found in the text. */
export interface CompanyLink {
  /** The company in the registry. */
  readonly company_id: string
  /** Its symbol at that time. */
  readonly symbol: string
  /** The words that named it. */
  readonly surface: string
  /** First UTF-16 offset in text. */
  readonly start: number
  /** Offset after the last. */
  readonly end: number
  /** How sure the name is. */
  readonly strength: LinkStrength
  /** How much the document is about the company, 0 to 1. */
  readonly relevance: number
}

/** Cashtags, exchange tickers, CIK and legal names are strong; short names medium; bare tickers weak. */
export type LinkStrength = 'strong' | 'medium' | 'weak'

/** What an account holds of a symbol after an execution. */
export interface Position {
  /** The account. */
  readonly account_id: string
  /** The symbol; the record key is account_id|symbol. */
  readonly symbol: string
  /** Shares held; zero when closed. */
  readonly qty: Decimal
  /** Average price paid. */
  readonly avg_entry_price: Decimal
  /** qty times avg_entry_price. */
  readonly cost_basis: Decimal
  /** Last known price. */
  readonly market_price: Decimal
  /** qty times market_price. */
  readonly market_value: Decimal
  /** market_value less cost_basis. */
  readonly unrealized_pl: Decimal
  /** Realized so far, after fees. */
  readonly realized_pl: Decimal
  /** First fill of the open position. */
  readonly opened_at: EpochMs | null
  /** The order that opened it. */
  readonly entry_client_order_id: string | null
  /** The recommendation that opened it. */
  readonly recommendation_id: string | null
  /** Time of the last change. */
  readonly updated_at: EpochMs
  /** True where the data was generated, not observed; shown wherever the record shows. */
  readonly simulated: boolean
}

/** A document as it arrived: pointer to the immutable raw bytes, and what the publisher claimed. */
export interface RawDocument {
  /** Derived from source and content hash, so that a replay makes the same id. */
  readonly document_id: string
  /** The source it came from. */
  readonly source_id: string
  /** regulator, issuer, wire, press, trade, aggregator, social. */
  readonly source_type: string
  /** Who owns the source; copies of one owner are not independent. */
  readonly source_owner: string | null
  /** Address it was published under. */
  readonly url: string | null
  /** Title as the publisher gave it. */
  readonly title: string | null
  /** MIME type of the raw bytes. */
  readonly content_type: string
  /** Where the raw bytes lie in the object store. */
  readonly object_key: string
  /** Hex SHA-256 of the raw bytes. */
  readonly sha256: string
  /** Length of the raw bytes. */
  readonly size_bytes: number
  /** The raw bytes as text, where they are UTF-8 and at most 64 KiB; else read them by object_key. */
  readonly body: string | null
  /** Publication time as claimed. */
  readonly published_at: EpochMs | null
  /** When it reached us. */
  readonly received_at: EpochMs
  /** The publisher's own tags: a hint that may be wrong. */
  readonly symbols: readonly string[]
  /** SEC form type, 8-K. */
  readonly form_type: string | null
  /** SEC central index key of the filer. */
  readonly cik: string | null
  /** The fetch that brought it. */
  readonly job_id: string | null
  /** True where the data was generated, not observed; shown wherever the record shows. */
  readonly simulated: boolean
}

/** buy, sell or hold for a symbol, with the sum that led to it. */
export interface Recommendation {
  /** Derived from the signal and the recommender version. */
  readonly recommendation_id: string
  /** The symbol; also the record key. */
  readonly symbol: string
  /** The signal it was made from. */
  readonly signal_id: string
  /** The moment it holds for. */
  readonly as_of: EpochMs
  /** Not to be acted on after this. */
  readonly expires_at: EpochMs
  /** What to do. */
  readonly action: Action
  /** no_evidence, conflict, stale, priced_in, low_confidence, weak_score, single_source, cost, no_price. */
  readonly hold_reasons: readonly string[]
  /** Sum of the contributions. */
  readonly score: number
  /** Score from which it would be a buy. */
  readonly threshold: number
  /** Uncalibrated chance of a positive abnormal return: the logistic of the score. */
  readonly probability: number
  /** Null until 500 resolved outcomes. */
  readonly p_calibrated: number | null
  /** One-day score of the signal. */
  readonly signal_strength: number
  /** Agreement of the one-day window. */
  readonly agreement: number
  /** They add up to score. */
  readonly contributions: readonly Contribution[]
  /** Evidence on the side of the score. */
  readonly supporting: readonly RecommendationEvidence[]
  /** Evidence against it. */
  readonly opposing: readonly RecommendationEvidence[]
  /** The result without each of the heaviest clusters. */
  readonly counterfactuals: readonly Counterfactual[]
  /** Clusters of different owners. */
  readonly independent_clusters: number
  /** A regulator or the issuer is among them. */
  readonly primary_source: boolean
  /** As on the signal. */
  readonly price: RecommendationPrice | null
  /** Expected edge in basis points before cost. */
  readonly expected_edge_bps: number | null
  /** Assumed cost in basis points. */
  readonly cost_bps: number | null
  /** Version of rules and weights. */
  readonly recommender_version: string
  /** True where the data was generated, not observed; shown wherever the record shows. */
  readonly simulated: boolean
}

/** What to do. */
export type Action = 'buy' | 'sell' | 'hold'

/** One signed part of the score; the parts add up to it. */
export interface Contribution {
  /** Feature, sentiment_1d. */
  readonly name: string
  /** The same in words. */
  readonly label: string
  /** Value of the feature. */
  readonly value: number
  /** Its weight. */
  readonly weight: number
  /** value times weight. */
  readonly contribution: number
}

/** One cluster of documents that says one thing, as it weighs now. */
export interface RecommendationEvidence {
  /** Near-duplicates share it; the earliest extraction gives it. */
  readonly cluster_id: string
  /** The extraction that stands for the cluster. */
  readonly extraction_id: string
  /** Its document. */
  readonly document_id: string
  /** Hex SHA-256 of that document's raw bytes. */
  readonly raw_sha256: string
  /** Its source. */
  readonly source_id: string
  /** Kind of source. */
  readonly source_type: string
  /** Who owns the source. */
  readonly source_owner: string | null
  /** Title of the document. */
  readonly title: string | null
  /** Address of the document. */
  readonly url: string | null
  /** Strongest event type. */
  readonly event_type: string
  /** -1 to 1. */
  readonly sentiment: number
  /** Decayed weight at as_of. */
  readonly weight: number
  /** Signed part of the one-day score. */
  readonly contribution: number
  /** How many documents said the same. */
  readonly copies: number
  /** When the first of them was known. */
  readonly known_at: EpochMs
  /** The sentence that decided it. */
  readonly quote: string
  /** First UTF-16 offset in the canonical text. */
  readonly quote_start: number
  /** Offset after the last. */
  readonly quote_end: number
}

/** What the recommendation would be without one cluster. */
export interface Counterfactual {
  /** The cluster taken away. */
  readonly cluster_id: string
  /** Its source and title. */
  readonly label: string
  /** buy, sell or hold. */
  readonly action: string
  /** The score without it. */
  readonly score: number
}

/** What the market did up to the moment of the signal. */
export interface RecommendationPrice {
  /** Close of the last known bar. */
  readonly last_price: Decimal
  /** When that bar was known. */
  readonly bar_at: EpochMs
  /** Return over one day, 0.01 is 1 %. */
  readonly return_1d: number | null
  /** Return over five days. */
  readonly return_5d: number | null
  /** Relative strength index over 14 bars, 0 to 100. */
  readonly rsi_14: number | null
  /** Average true range over 14 bars, in currency. */
  readonly atr_14: Decimal | null
  /** Open against the previous close. */
  readonly gap: number | null
  /** Volume against its 20-bar mean. */
  readonly relative_volume: number | null
  /** Standard deviation of daily returns over up to 20 bars. */
  readonly volatility_1d: number | null
}

/** Whether an account may trade. */
export interface RiskState {
  /** The account, or * for all; also the record key. */
  readonly account_id: string
  /** What is allowed. */
  readonly state: TradingState
  /** Grows with every change. */
  readonly epoch: number
  /** Why. */
  readonly reason: string
  /** Who. */
  readonly changed_by: string
  /** When. */
  readonly changed_at: EpochMs
}

/** Ordered: active, reducing, halted. */
export type TradingState = 'active' | 'reducing' | 'halted'

/** The answer of the risk engine to one intent. Every check runs; every failure is listed. */
export interface RiskVerdict {
  /** Derived from intent and its hash. */
  readonly verdict_id: string
  /** The intent. */
  readonly intent_id: string
  /** Hex SHA-256 of the order terms. */
  readonly intent_hash: string
  /** The account; also the record key. */
  readonly account_id: string
  /** What caused the intent. */
  readonly recommendation_id: string | null
  /** The symbol. */
  readonly symbol: string
  /** buy or sell. */
  readonly side: VerdictSide
  /** Shares. */
  readonly qty: Decimal
  /** Quantity times price. */
  readonly notional: Decimal
  /** approved or denied. */
  readonly decision: RiskDecision
  /** Failed checks; empty where approved. */
  readonly reasons: readonly RiskReason[]
  /** How many checks ran. */
  readonly checks_run: number
  /** Version of the limits. */
  readonly limits_version: string
  /** Epoch of the risk state. */
  readonly epoch: number
  /** Hex SHA-256 of everything the decision was made from. */
  readonly input_hash: string
  /** When. */
  readonly decided_at: EpochMs
  /** The approval is void after this. */
  readonly expires_at: EpochMs
  /** True where the data was generated, not observed; shown wherever the record shows. */
  readonly simulated: boolean
}

/** Side of the order. */
export type VerdictSide = 'buy' | 'sell'

/** denied is ours; rejected is the venue. */
export type RiskDecision = 'approved' | 'denied'

/** One failed check. */
export interface RiskReason {
  /** R12. */
  readonly id: string
  /** MAX_ORDER_NOTIONAL. */
  readonly code: string
  /** account, symbol, order, global. */
  readonly scope: string
  /** The limit. */
  readonly limit: string | null
  /** What was found. */
  readonly observed: string | null
  /** The same in words. */
  readonly message: string
}

/** What is known about a symbol at a moment: evidence weighed by relevance, confidence, source, novelty and age. */
export interface Signal {
  /** Derived from symbol, as_of, trigger and version. */
  readonly signal_id: string
  /** The symbol; also the record key. */
  readonly symbol: string
  /** The moment it holds for. */
  readonly as_of: EpochMs
  /** Extraction id that caused it. */
  readonly trigger: string
  /** Which way. */
  readonly direction: Direction
  /** One-day score, -1 to 1. */
  readonly strength: number
  /** One a window, shortest first. */
  readonly windows: readonly SignalWindow[]
  /** Six-hour score less three-day score. */
  readonly trend: number
  /** Z-score of clusters today against the last 30 days; null before five days. */
  readonly buzz: number | null
  /** Clusters of different owners in the last seven days. */
  readonly independent_clusters: number
  /** True where a regulator or the issuer itself is among them. */
  readonly primary_source: boolean
  /** Null where no bar is known. */
  readonly price: PriceContext | null
  /** Up to ten clusters, heaviest first. */
  readonly evidence: readonly SignalEvidence[]
  /** Version of the weighing. */
  readonly aggregator_version: string
  /** True where the data was generated, not observed; shown wherever the record shows. */
  readonly simulated: boolean
}

/** Sign of the one-day score; unknown without evidence. */
export type Direction = 'up' | 'down' | 'flat' | 'unknown'

/** The score over one window. */
export interface SignalWindow {
  /** 6h, 1d, 3d, 7d or 30d. */
  readonly window: string
  /** Shrunken mean sentiment, -1 to 1. */
  readonly score: number
  /** Effective number of independent clusters. */
  readonly n_eff: number
  /** 0 to 1. */
  readonly agreement: number
  /** Weighted variance of sentiment. */
  readonly disagreement: number
  /** Sum of decayed weights. */
  readonly weight: number
  /** Clusters inside the window. */
  readonly clusters: number
}

/** What the market did up to the moment of the signal. */
export interface PriceContext {
  /** Close of the last known bar. */
  readonly last_price: Decimal
  /** When that bar was known. */
  readonly bar_at: EpochMs
  /** Return over one day, 0.01 is 1 %. */
  readonly return_1d: number | null
  /** Return over five days. */
  readonly return_5d: number | null
  /** Relative strength index over 14 bars, 0 to 100. */
  readonly rsi_14: number | null
  /** Average true range over 14 bars, in currency. */
  readonly atr_14: Decimal | null
  /** Open against the previous close. */
  readonly gap: number | null
  /** Volume against its 20-bar mean. */
  readonly relative_volume: number | null
  /** Standard deviation of daily returns over up to 20 bars. */
  readonly volatility_1d: number | null
}

/** One cluster of documents that says one thing, as it weighs now. */
export interface SignalEvidence {
  /** Near-duplicates share it; the earliest extraction gives it. */
  readonly cluster_id: string
  /** The extraction that stands for the cluster. */
  readonly extraction_id: string
  /** Its document. */
  readonly document_id: string
  /** Hex SHA-256 of that document's raw bytes. */
  readonly raw_sha256: string
  /** Its source. */
  readonly source_id: string
  /** Kind of source. */
  readonly source_type: string
  /** Who owns the source. */
  readonly source_owner: string | null
  /** Title of the document. */
  readonly title: string | null
  /** Address of the document. */
  readonly url: string | null
  /** Strongest event type. */
  readonly event_type: string
  /** -1 to 1. */
  readonly sentiment: number
  /** Decayed weight at as_of. */
  readonly weight: number
  /** Signed part of the one-day score. */
  readonly contribution: number
  /** How many documents said the same. */
  readonly copies: number
  /** When the first of them was known. */
  readonly known_at: EpochMs
  /** The sentence that decided it. */
  readonly quote: string
  /** First UTF-16 offset in the canonical text. */
  readonly quote_start: number
  /** Offset after the last. */
  readonly quote_end: number
}

/** Value types of the topics, by schema name. */
export interface SchemaTypes {
  readonly Account: Account
  readonly Bar: Bar
  readonly Company: Company
  readonly ConsumerLag: ConsumerLag
  readonly ExecutionReport: ExecutionReport
  readonly Extraction: Extraction
  readonly IngestionJob: IngestionJob
  readonly LakeRow: LakeRow
  readonly OrderRequest: OrderRequest
  readonly ParsedDocument: ParsedDocument
  readonly Position: Position
  readonly RawDocument: RawDocument
  readonly Recommendation: Recommendation
  readonly RiskState: RiskState
  readonly RiskVerdict: RiskVerdict
  readonly Signal: Signal
}
export type SchemaName = keyof SchemaTypes
