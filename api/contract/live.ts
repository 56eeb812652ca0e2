import type { RecommendationSummary, SignalJson } from './decisions.ts'
import type { DocumentSummary } from './documents.ts'
import type { RiskStateJson } from './risk.ts'
import type { Stats } from './stats.ts'
import type { Topology } from './topology.ts'
import type { OrderJson } from './trading.ts'

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
