/** So long nothing may move while there is something to do. */
export const STALL_MS = 60_000

/** What a session was seen doing. */
export interface Progress {
  /** When the commit under way began, undefined where there is none. Epoch milliseconds, as all times here. */
  readonly commitSinceMs: number | undefined
  /** Records read and not handled. */
  readonly buffered: number
  /** When a record was last handled, or a commit ended, or nothing waited. */
  readonly movedMs: number
  /** A call of a processor or the start of a task is under way: it takes what it takes. */
  readonly calling: boolean
}

/** What a session waits for in vain, undefined while it gets on. A commit's answer may be lost, and then never comes. */
export function stalledBy(progress: Progress, nowMs: number): string | undefined {
  const { commitSinceMs, buffered, movedMs, calling } = progress
  if (commitSinceMs !== undefined && nowMs - commitSinceMs >= STALL_MS) {
    return `a commit has not ended for ${Math.round((nowMs - commitSinceMs) / 1000)} s`
  }
  if (buffered === 0 || calling || nowMs - movedMs < STALL_MS) return undefined
  return `${buffered} records wait and none was handled for ${Math.round((nowMs - movedMs) / 1000)} s`
}
