/** One bar of the sum: from where the parts before it ended to where it ends, as shares of the axis from 0 to 1. */
export interface Bar {
  readonly left: number
  readonly width: number
}

export interface Waterfall {
  readonly bars: readonly Bar[]
  readonly total: Bar
  readonly zeroAt: number
  readonly thresholdAt: number
  /** What the parts add up to; equal to the score but for rounding. */
  readonly sum: number
}

/** Lays signed parts end to end between zero and their sum, on an axis that holds them, zero and the threshold. */
export function waterfallOf(parts: readonly number[], score: number, threshold: number): Waterfall {
  const ends: number[] = []
  let sum = 0
  for (const part of parts) {
    sum += part
    ends.push(sum)
  }
  const marks = [0, threshold, score, ...ends]
  const low = Math.min(...marks)
  const span = Math.max(...marks) - low || 1
  // A margin on both sides, so that a mark at the end of the axis is seen.
  const at = (value: number): number => 0.02 + ((value - low) / span) * 0.96
  const bar = (from: number, to: number): Bar => ({
    left: Math.min(at(from), at(to)),
    width: Math.abs(at(to) - at(from)),
  })
  return {
    bars: ends.map((end, index) => bar(ends[index - 1] ?? 0, end)),
    total: bar(0, score),
    zeroAt: at(0),
    thresholdAt: at(threshold),
    sum,
  }
}
