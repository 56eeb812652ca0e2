import type { LocalLog } from './local-log.ts'

/** Resolves at the next append, or after so many milliseconds. */
export function waitForAppend(log: LocalLog, waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      stop()
      resolve()
    }
    const timer = setTimeout(done, waitMs)
    const stop = log.onAppend(done)
  })
}
