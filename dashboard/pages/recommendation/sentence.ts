import type { RecommendationDetail, RecommendationSummary } from '../../data/wire.ts'
import { formatNumber, formatPercent, plural, words } from '../../ui/format.ts'

const REASONS: Readonly<Record<string, string>> = {
  no_evidence: 'there is no evidence',
  conflict: 'the evidence contradicts itself',
  stale: 'the evidence is old',
  priced_in: 'the price has moved already',
  low_confidence: 'confidence is low',
  weak_score: 'the signal is too weak',
  single_source: 'only one source says so',
  cost: 'the expected edge does not cover the cost',
  no_price: 'no price is known',
}

/** A coded hold reason in words. */
export const reasonWords = (code: string): string => REASONS[code] ?? words(code)

const listed = (parts: readonly string[]): string =>
  parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`

/** Where the score would begin to be acted on, on the side it leans to: a sell needs as much below zero as a buy above. */
export const limitOf = (r: Pick<RecommendationSummary, 'score' | 'threshold'>): number =>
  r.score < 0 ? -r.threshold : r.threshold

/** "Buy NVDA: the score is +0.31, over the +0.25 from which it is a buy." A strong score may be held for other reasons. */
export function sentenceOf(r: RecommendationSummary): string {
  const score = formatNumber(r.score, 2, true)
  const limit = formatNumber(limitOf(r), 2, true)
  if (r.action === 'buy') return `Buy ${r.symbol}: the score is ${score}, over the ${limit} from which it is a buy.`
  if (r.action === 'sell') return `Sell ${r.symbol}: the score is ${score}, under the ${limit} from which it is a sell.`
  const why = r.hold_reasons.length === 0 ? 'no reason is given' : listed(r.hold_reasons.map(reasonWords))
  if (Math.abs(r.score) >= r.threshold) return `Hold ${r.symbol}, although the score is ${score}: ${why}.`
  return `Hold ${r.symbol}: the score is ${score}, short of ${limit}; ${why}.`
}

/** What it rests on, in one line. */
export function groundsOf(r: RecommendationDetail): string {
  const primary = r.primary_source ? ', among them a regulator or the issuer itself' : ''
  return `${plural(r.independent_clusters, 'independent source')}${primary}; agreement ${formatPercent(r.agreement)}.`
}
