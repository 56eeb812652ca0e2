/** What was seen of one partition at one moment. */
export interface LagPoint {
  readonly atMs: number
  readonly committed: bigint | undefined
  /** Behind the last written record. */
  readonly written: bigint
  readonly lag: bigint
}

export interface LagTrend {
  readonly direction: 'falling' | 'steady' | 'rising'
  /** Change of the lag, records a second; undefined before there are two points. */
  readonly lagPerSecond: number | undefined
  readonly consumedPerSecond: number | undefined
  readonly producedPerSecond: number | undefined
  /** Until nothing is left at these rates; 0 where nothing is, undefined where it does not get closer. */
  readonly catchUpMs: number | undefined
}

/** Changes below this share of the lag over the window are noise. */
const NOISE = 0.02

/** Where the lag goes, by the slope of a line through all points, and when it gets there by the rates of both sides. */
export function trendOf(points: readonly LagPoint[]): LagTrend {
  const [first, last] = [points[0], points.at(-1)]
  const seconds = first === undefined || last === undefined ? 0 : (last.atMs - first.atMs) / 1000
  if (first === undefined || last === undefined || seconds <= 0) {
    const catchUpMs = last?.lag === 0n ? 0 : undefined
    return {
      direction: 'steady',
      lagPerSecond: undefined,
      consumedPerSecond: undefined,
      producedPerSecond: undefined,
      catchUpMs,
    }
  }
  const lagPerSecond = slopeOf(points)
  const consumedPerSecond = rateOf(first.committed, last.committed, seconds)
  const producedPerSecond = Math.max(0, Number(last.written - first.written) / seconds)
  const gain = (consumedPerSecond ?? 0) - producedPerSecond
  return {
    direction: directionOf(lagPerSecond * seconds, last.lag),
    lagPerSecond,
    consumedPerSecond,
    producedPerSecond,
    catchUpMs: last.lag === 0n ? 0 : gain > 0 ? (Number(last.lag) / gain) * 1000 : undefined,
  }
}

function directionOf(change: number, lag: bigint): LagTrend['direction'] {
  if (Math.abs(change) <= Math.max(1, Number(lag) * NOISE)) return 'steady'
  return change > 0 ? 'rising' : 'falling'
}

const rateOf = (from: bigint | undefined, to: bigint | undefined, seconds: number): number | undefined =>
  from === undefined || to === undefined ? undefined : Math.max(0, Number(to - from) / seconds)

/** Least squares, records a second. */
function slopeOf(points: readonly LagPoint[]): number {
  const count = points.length
  const meanX = points.reduce((sum, { atMs }) => sum + atMs, 0) / count
  const meanY = points.reduce((sum, { lag }) => sum + Number(lag), 0) / count
  let [over, under] = [0, 0]
  for (const { atMs, lag } of points) {
    over += (atMs - meanX) * (Number(lag) - meanY)
    under += (atMs - meanX) ** 2
  }
  return under === 0 ? 0 : (over / under) * 1000
}
