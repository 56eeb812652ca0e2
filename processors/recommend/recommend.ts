import type { Recommendation, Signal, SignalEvidence } from '../../schemas/index.ts'
import { defineProcessor, field } from '../../streams/index.ts'
import { deriveId } from '../derive-id.ts'
import { type Decision, decide, type Rules, without } from './decide.ts'

export const RECOMMENDER_VERSION = 'recommend-1'
const DAY_MS = 86_400_000
const COUNTERFACTUALS = 3

const fields = {
  // 0.25 suits news read by a model. Posts read by the rules weigh at most a tenth of that each: at 0.25 a quarter of 2014
  // made 5 entries, at 0.15 it makes 41. Chosen by that count alone, not by profit.
  score_min: field.number('One-day score from which it is a buy, or below whose negative a sell.', {
    min: 0,
    max: 1,
    default: 0.15,
  }),
  probability_min: field.number('Least chance, uncalibrated, of being right.', { min: 0.5, max: 1, default: 0.55 }),
  agreement_min: field.number('Least agreement of the evidence.', { min: 0, max: 1, default: 0.6 }),
  cost_bps: field.number('Half spread, fee and slippage of one side, basis points.', { min: 0, max: 1000, default: 5 }),
  expiry_minutes: field.number('How long it may be acted on where prices come by the minute; by the day it is a day.', {
    min: 1,
    max: 10_080,
    default: 15,
  }),
  kappa: field.number('The weight of doubt that aggregate uses, for counterfactuals.', {
    min: 0.01,
    max: 100,
    default: 0.5,
  }),
} as const

/** Turns a signal into a recommendation: a rule, with the sum that led to it and what speaks against it. */
export const recommend = defineProcessor({
  type: 'recommend',
  summary: 'Turns a signal into buy, sell or hold, with the sum that led to it.',
  records: { reads: [{ schema: 'Signal' }], writes: [{ schema: 'Recommendation' }] },
  fields,
  create: (config) => {
    const rules: Rules = {
      scoreMin: config.score_min,
      probabilityMin: config.probability_min,
      agreementMin: config.agreement_min,
      costBps: config.cost_bps,
    }
    return {
      process(record, context) {
        const signal = record.value as Signal | undefined
        if (!signal) return
        const decision = decide(signal, rules)
        context.forward({ key: signal.symbol, value: recommendationOf(signal, decision, rules, config) })
      },
    }
  },
})

interface Timing {
  readonly expiry_minutes: number
  readonly kappa: number
}

/** The record of a decision: the same signal makes the same one, id included. */
export function recommendationOf(
  signal: Signal,
  decision: Decision,
  rules: Rules,
  { expiry_minutes, kappa }: Timing,
): Recommendation {
  const side = Math.sign(decision.score)
  // A bar known hours ago is a daily one: what follows from it holds until the next.
  const isByTheMinute = signal.price !== null && signal.as_of - signal.price.bar_at < 5 * 60_000
  const isFor = (e: SignalEvidence): boolean => e.sentiment * side >= 0
  return {
    recommendation_id: deriveId('rc', signal.signal_id, RECOMMENDER_VERSION),
    symbol: signal.symbol,
    signal_id: signal.signal_id,
    as_of: signal.as_of,
    expires_at: signal.as_of + (isByTheMinute ? expiry_minutes * 60_000 : DAY_MS),
    action: decision.action,
    hold_reasons: decision.holdReasons,
    score: decision.score,
    threshold: Math.log(rules.probabilityMin / (1 - rules.probabilityMin)),
    probability: decision.probability,
    p_calibrated: null,
    signal_strength: signal.strength,
    agreement: signal.windows.find((w) => w.window === '1d')?.agreement ?? 0,
    contributions: decision.contributions,
    supporting: signal.evidence.filter(isFor),
    opposing: signal.evidence.filter((e) => !isFor(e)),
    counterfactuals: signal.evidence.slice(0, COUNTERFACTUALS).map((cluster) => {
      const other = decide(without(signal, cluster, kappa), rules)
      return {
        cluster_id: cluster.cluster_id,
        label: `${cluster.source_id}: ${cluster.title ?? cluster.quote}`.slice(0, 160),
        action: other.action,
        score: other.score,
      }
    }),
    independent_clusters: signal.independent_clusters,
    primary_source: signal.primary_source,
    price: signal.price,
    expected_edge_bps: decision.edgeBps,
    cost_bps: rules.costBps,
    recommender_version: RECOMMENDER_VERSION,
    simulated: signal.simulated,
  }
}
