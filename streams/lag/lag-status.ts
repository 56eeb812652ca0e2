/**
 * How a group stands on a partition. `ok`: keeps up, or gets there. `warn`: falls further behind. `rewind`: went back and
 * has not caught up since. `stall`: its members commit, and always the same. `stop`: it commits nothing any more.
 * `never`: there are records, and it never committed.
 */
export type LagStatus = 'ok' | 'warn' | 'rewind' | 'stall' | 'stop' | 'never'
/** From the best to the worst: a whole is as bad as its worst part. */
export const LAG_STATUSES: readonly LagStatus[] = ['ok', 'warn', 'never', 'rewind', 'stall', 'stop']

/** A committed offset as it was seen: when, and how far the end was then. */
export interface CommitSample {
  readonly offset: bigint
  readonly atMs: number
  /** Undefined where the end was not known then. */
  readonly lag: bigint | undefined
}

export interface CommitWindow {
  /** Oldest first; at least one. */
  readonly samples: readonly CommitSample[]
  /** Ends of the partition lately. */
  readonly recentEnds: readonly bigint[]
  readonly currentLag: bigint
  readonly nowMs: number
}

/**
 * The rules of LinkedIn's Burrow over a window of commits, in this order: no lag is no trouble; silence for longer than the
 * window is a stop, unless the end was just reached; going back without catching up since is a rewind; having caught up
 * within the window is fine; never moving is a stall; never getting closer is a warning.
 */
export function statusOfWindow({ samples, recentEnds, currentLag, nowMs }: CommitWindow): Exclude<LagStatus, 'never'> {
  const [first, last] = [samples[0], samples.at(-1)]
  if (currentLag <= 0n || first === undefined || last === undefined) return 'ok'
  const isSilent = nowMs - last.atMs > last.atMs - first.atMs
  if (isSilent && !recentEnds.some((end) => end <= last.offset)) return 'stop'
  if (wentBack(samples)) return 'rewind'
  if (samples.some(({ lag }) => lag === 0n)) return 'ok'
  if (samples.every(({ offset }) => offset === first.offset)) return 'stall'
  return everCloser(samples) ? 'ok' : 'warn'
}

function wentBack(samples: readonly CommitSample[]): boolean {
  const back = samples.findLastIndex(({ offset }, i) => i > 0 && offset < (samples[i - 1]?.offset ?? 0n))
  return back > 0 && !samples.slice(back).some(({ lag }) => lag === 0n)
}

function everCloser(samples: readonly CommitSample[]): boolean {
  const lags = samples.flatMap(({ lag }) => (lag === undefined ? [] : [lag]))
  return lags.some((lag, i) => i > 0 && lag < (lags[i - 1] ?? 0n))
}
