import type { PriceContext, Signal, SignalEvidence } from '../../schemas/index.ts'
import { deriveId } from '../derive-id.ts'
import type { EvidenceRow } from './evidence.ts'
import { buzzOf, decayedWeight, independentVoices, WINDOWS, windowOf } from './windows.ts'

export const AGGREGATOR_VERSION = 'aggregate-1'
const EVIDENCE_MAX = 10
const DAY_MS = 86_400_000
const FLAT = 0.02

export interface SignalInput {
  readonly symbol: string
  readonly asOfMs: number
  readonly trigger: string
  readonly rows: readonly EvidenceRow[]
  readonly price: PriceContext | null
  readonly kappa: number
  readonly simulated: boolean
}

/** What is known of a symbol at a moment, from its evidence. The same input makes the same signal, id included. */
export function signalOf({ symbol, asOfMs, trigger, rows, price, kappa, simulated }: SignalInput): Signal {
  const windows = WINDOWS.map(([name, ms]) => windowOf(name, ms, rows, asOfMs, kappa))
  const score = (name: string): number => windows.find((w) => w.window === name)?.score ?? 0
  const strength = score('1d')
  const week = rows.filter((row) => row.known_at <= asOfMs && asOfMs - row.known_at < 7 * DAY_MS)
  return {
    signal_id: deriveId('sg', symbol, asOfMs, trigger, AGGREGATOR_VERSION),
    symbol,
    as_of: asOfMs,
    trigger,
    direction: week.length === 0 ? 'unknown' : strength > FLAT ? 'up' : strength < -FLAT ? 'down' : 'flat',
    strength,
    windows,
    trend: score('6h') - score('3d'),
    buzz: buzzOf(rows, asOfMs) ?? null,
    independent_clusters: independentVoices(rows, asOfMs),
    primary_source: week.some((row) => row.source_type === 'issuer' || row.source_type === 'regulator'),
    price,
    evidence: heaviest(week, asOfMs, kappa),
    aggregator_version: AGGREGATOR_VERSION,
    simulated,
  }
}

/** The heaviest clusters of the week; contribution is the part of the one-day score. */
function heaviest(week: readonly EvidenceRow[], asOfMs: number, kappa: number): SignalEvidence[] {
  const isToday = (row: EvidenceRow): boolean => asOfMs - row.known_at < DAY_MS
  const today = week.filter(isToday).reduce((sum, row) => sum + decayedWeight(row, asOfMs), 0)
  return week
    .map((row) => ({ row, weight: decayedWeight(row, asOfMs) }))
    .sort(
      (a, b) =>
        b.weight * Math.abs(b.row.sentiment) - a.weight * Math.abs(a.row.sentiment) ||
        (a.row.cluster_id < b.row.cluster_id ? -1 : 1),
    )
    .slice(0, EVIDENCE_MAX)
    .map(({ row, weight }) => evidenceOf(row, weight, isToday(row) ? (weight * row.sentiment) / (today + kappa) : 0))
}

const evidenceOf = (row: EvidenceRow, weight: number, contribution: number): SignalEvidence => ({
  cluster_id: row.cluster_id,
  extraction_id: row.extraction_id,
  document_id: row.document_id,
  raw_sha256: row.raw_sha256,
  source_id: row.source_id,
  source_type: row.source_type,
  source_owner: row.owner,
  title: row.title,
  url: row.url,
  event_type: row.event_type,
  sentiment: row.sentiment,
  weight,
  contribution,
  copies: row.copies,
  known_at: row.known_at,
  quote: row.quote,
  quote_start: row.quote_start,
  quote_end: row.quote_end,
})
