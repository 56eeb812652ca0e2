import {
  type Action,
  type Contribution,
  decimalToNumber,
  type Signal,
  type SignalEvidence,
  type SignalWindow,
} from '../../schemas/index.ts'

export interface Rules {
  /** One-day score from which it is a buy, 0 to 1. */
  readonly scoreMin: number
  readonly probabilityMin: number
  readonly agreementMin: number
  /** Half spread, fee and slippage of one side, basis points. */
  readonly costBps: number
}

export interface Decision {
  readonly action: Action
  readonly holdReasons: readonly string[]
  readonly score: number
  readonly probability: number
  readonly contributions: readonly Contribution[]
  readonly edgeBps: number | null
}

const VOLATILITY_UNKNOWN = 0.02
const SIGMA_SHARE = 0.8
const STALE_DAYS = 4
const PRICED_IN_ATRS = 2
const MOVED_MAX = 3

const windowNamed = (signal: Signal, name: string): SignalWindow | undefined =>
  signal.windows.find((w) => w.window === name)

/** The move since the day before in average true ranges, -3 to 3: how much of the news is in the price already. */
export function movedOf({ price }: Signal): number {
  if (!price?.atr_14 || price.return_1d === null) return 0
  const last = decimalToNumber(price.last_price)
  const before = last / (1 + price.return_1d)
  const moved = (last - before) / decimalToNumber(price.atr_14)
  return Number.isFinite(moved) ? Math.max(-MOVED_MAX, Math.min(MOVED_MAX, moved)) : 0
}

/** z = 1.6 one day + 0.8 seven days + 0.3 trend - 0.4 moved; the parts are shown, and they add up to the score. */
export function contributionsOf(signal: Signal): readonly Contribution[] {
  const part = (name: string, label: string, value: number, weight: number): Contribution => ({
    name,
    label,
    value,
    weight,
    contribution: value * weight,
  })
  return [
    part('sentiment_1d', 'Evidence of the last day', windowNamed(signal, '1d')?.score ?? 0, 1.6),
    part('sentiment_7d', 'Evidence of the last seven days', windowNamed(signal, '7d')?.score ?? 0, 0.8),
    part('trend', 'Six hours against three days', signal.trend, 0.3),
    part('moved', 'Price moved already, in average true ranges', movedOf(signal), -0.4),
  ]
}

/**
 * Buy, sell or hold, by rule. A hold lists every reason that stood in the way. Sell closes what is held and opens nothing.
 * p is the logistic of the score; it is not calibrated.
 */
export function decide(signal: Signal, rules: Rules): Decision {
  const contributions = contributionsOf(signal)
  const score = contributions.reduce((sum, c) => sum + c.contribution, 0)
  const probability = 1 / (1 + Math.exp(-score))
  const edgeBps = signal.price
    ? Math.abs(2 * probability - 1) * (signal.price.volatility_1d ?? VOLATILITY_UNKNOWN) * SIGMA_SHARE * 10_000
    : null
  const isUp = signal.strength >= 0
  const reasons = holdReasons(signal, rules, isUp ? probability : 1 - probability, edgeBps)
  return {
    action: reasons.length > 0 ? 'hold' : isUp ? 'buy' : 'sell',
    holdReasons: reasons,
    score,
    probability,
    contributions,
    edgeBps,
  }
}

function holdReasons(signal: Signal, rules: Rules, probability: number, edgeBps: number | null): string[] {
  const day = windowNamed(signal, '1d')
  if (signal.evidence.length === 0) return ['no_evidence']
  const checks: readonly (readonly [reason: string, applies: boolean])[] = [
    ['no_price', signal.price === null],
    ['stale', signal.price !== null && signal.as_of - signal.price.bar_at > STALE_DAYS * 86_400_000],
    ['weak_score', Math.abs(signal.strength) < rules.scoreMin],
    ['low_confidence', probability < rules.probabilityMin],
    ['conflict', (day?.agreement ?? 0) < rules.agreementMin],
    ['single_source', signal.independent_clusters < 2 && !signal.primary_source],
    ['priced_in', movedOf(signal) * Math.sign(signal.strength) >= PRICED_IN_ATRS],
    ['cost', edgeBps !== null && edgeBps <= 2 * rules.costBps],
  ]
  return checks.flatMap(([reason, applies]) => (applies ? [reason] : []))
}

/** The signal as it would be without one cluster: its part is taken out of every window it is in. */
export function without(signal: Signal, cluster: SignalEvidence, kappa: number): Signal {
  const ageMs = signal.as_of - cluster.known_at
  const windows = signal.windows.map((w) => (ageMs < (WINDOW_MS[w.window] ?? 0) ? withoutWeight(w, cluster, kappa) : w))
  const score = (name: string): number => windows.find((w) => w.window === name)?.score ?? 0
  const evidence = signal.evidence.filter((e) => e.cluster_id !== cluster.cluster_id)
  const owners = new Set(evidence.map((e) => e.source_owner))
  return {
    ...signal,
    windows,
    evidence,
    strength: score('1d'),
    trend: score('6h') - score('3d'),
    independent_clusters: owners.has(cluster.source_owner)
      ? signal.independent_clusters
      : signal.independent_clusters - 1,
    primary_source: evidence.some((e) => e.source_type === 'issuer' || e.source_type === 'regulator'),
  }
}

const WINDOW_MS: Readonly<Record<string, number>> = {
  '6h': 21_600_000,
  '1d': 86_400_000,
  '3d': 259_200_000,
  '7d': 604_800_000,
  '30d': 2_592_000_000,
}

function withoutWeight(w: SignalWindow, cluster: SignalEvidence, kappa: number): SignalWindow {
  const weight = Math.max(0, w.weight - cluster.weight)
  const sum = w.score * (w.weight + kappa) - cluster.weight * cluster.sentiment
  const sizes =
    w.agreement > 0
      ? Math.abs(w.score * (w.weight + kappa)) / w.agreement - cluster.weight * Math.abs(cluster.sentiment)
      : 0
  return {
    ...w,
    weight,
    clusters: w.clusters - 1,
    score: sum / (weight + kappa),
    agreement: sizes > 1e-12 ? Math.min(1, Math.abs(sum) / sizes) : 0,
  }
}
