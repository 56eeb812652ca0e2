/** Time as it is handed in. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  /** Resolves after so many milliseconds, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Lets everybody else have a turn; one of the process's event loop where the clock has none of its own. */
  turn?(): Promise<void>
}

/** Lets timers and sockets have their turn. */
export const yieldToOthers = (clock: Clock): Promise<void> =>
  clock.turn?.() ?? new Promise((resolve) => setImmediate(resolve))

/**
 * Milliseconds since a time this clock has shown. Where it was set back meanwhile, more than anybody waits for: what is due
 * after a while is due then, rather than once the clock has caught up.
 */
export function passedMs(clock: Clock, sinceMs: number): number {
  const ms = clock.now() - sinceMs
  return ms < 0 ? Number.POSITIVE_INFINITY : ms
}

/** Waits for the work, but no longer than that; no timer stays behind to keep a process from ending. */
export async function waitAtMost(clock: Clock, work: Promise<unknown>, ms: number): Promise<void> {
  const over = new AbortController()
  try {
    await Promise.race([work, clock.sleep(ms, over.signal)])
  } finally {
    over.abort('over')
  }
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const timer = setTimeout(done, ms)
      function done(): void {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      signal?.addEventListener('abort', done, { once: true })
    }),
}
