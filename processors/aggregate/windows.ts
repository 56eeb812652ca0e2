import type { SignalWindow } from '../../schemas/index.ts'
import type { EvidenceRow } from './evidence.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Shortest first. */
export const WINDOWS: readonly (readonly [name: string, ms: number])[] = [
  ['6h', 6 * HOUR_MS],
  ['1d', DAY_MS],
  ['3d', 3 * DAY_MS],
  ['7d', 7 * DAY_MS],
  ['30d', 30 * DAY_MS],
]

/** Weight of a row at a moment: it halves every half-life since it was known. */
export const decayedWeight = (row: Pick<EvidenceRow, 'weight' | 'half_life_ms' | 'known_at'>, asOfMs: number): number =>
  row.weight * 2 ** (-Math.max(0, asOfMs - row.known_at) / row.half_life_ms)

/**
 * Score of one window: S1 / (S0 + kappa) over decayed weights, so few or weak voices stay near zero. n_eff = S0²/Σw²,
 * agreement = |S1|/Σw|x|, disagreement = S2/S0 - (S1/S0)². A sum over rows: their order does not matter, and a row taken
 * away is gone.
 */
export function windowOf(
  name: string,
  ms: number,
  rows: readonly EvidenceRow[],
  asOfMs: number,
  kappa: number,
): SignalWindow {
  let [s0, s1, s2, squares, sizes, clusters] = [0, 0, 0, 0, 0, 0]
  for (const row of rows) {
    if (row.known_at > asOfMs || asOfMs - row.known_at >= ms) continue
    const w = decayedWeight(row, asOfMs)
    s0 += w
    s1 += w * row.sentiment
    s2 += w * row.sentiment ** 2
    squares += w * w
    sizes += w * Math.abs(row.sentiment)
    clusters += 1
  }
  return {
    window: name,
    score: s1 / (s0 + kappa),
    n_eff: squares > 0 ? (s0 * s0) / squares : 0,
    agreement: sizes > 0 ? Math.abs(s1) / sizes : 0,
    disagreement: s0 > 0 ? Math.max(0, s2 / s0 - (s1 / s0) ** 2) : 0,
    weight: s0,
    clusters,
  }
}

const BUZZ_DAYS = 30
const BUZZ_DAYS_MIN = 5

/** Z-score of log1p(clusters of the last day) against the days before it; undefined before five days of history. */
export function buzzOf(rows: readonly EvidenceRow[], asOfMs: number): number | undefined {
  const first = rows[0]?.known_at
  if (first === undefined) return undefined
  const days = Math.min(BUZZ_DAYS, Math.floor((asOfMs - first) / DAY_MS))
  if (days < BUZZ_DAYS_MIN) return undefined
  const counts = new Array<number>(days + 1).fill(0)
  for (const row of rows) {
    const day = Math.floor((asOfMs - row.known_at) / DAY_MS)
    if (day >= 0 && day <= days) counts[day] = (counts[day] ?? 0) + 1
  }
  const [today = 0, ...before] = counts.map(Math.log1p)
  const mean = before.reduce((a, b) => a + b, 0) / before.length
  const deviation = Math.sqrt(before.reduce((a, b) => a + (b - mean) ** 2, 0) / before.length)
  return deviation > 0 ? (today - mean) / deviation : undefined
}

/** Distinct posts of one social source that are worth a second voice. */
const SOCIAL_CROWD = 5

/**
 * Independent voices of the last seven days: one an owner. The authors behind a social source are not known to us, so it
 * is one voice however much it says, and two where at least five distinct posts agree that there is something to say.
 */
export function independentVoices(rows: readonly EvidenceRow[], asOfMs: number): number {
  const posts = new Map<string, number>()
  const owners = new Set<string>()
  for (const row of rows) {
    if (row.known_at > asOfMs || asOfMs - row.known_at >= 7 * DAY_MS) continue
    if (row.source_type === 'social') posts.set(row.owner, (posts.get(row.owner) ?? 0) + 1)
    else owners.add(row.owner)
  }
  const social = [...posts.values()].reduce((sum, n) => sum + (n >= SOCIAL_CROWD ? 2 : 1), 0)
  return owners.size + Math.min(2, social)
}
