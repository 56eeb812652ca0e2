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

/** Waits for the work, but no longer than that; no timer stays behind to keep a process from ending. */
export async function waitAtMost(clock: Clock, work: Promise<unknown>, ms: number): Promise<void> {
  const over = new AbortController()
  try {
    await Promise.race([work, clock.sleep(ms, over.signal)])
  } finally {
    over.abort()
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
