import { type Clock, passedMs } from '../clock.ts'
import { StreamsError } from '../errors.ts'

export interface TryOptions {
  readonly clock: Clock
  readonly timeoutMs: number
  /** Whoever wanted the answer has gone. */
  readonly gone: AbortSignal
  /** For messages: the node and the record. */
  readonly what: string
}

/**
 * Makes a call once, and waits for its answer no longer than that. Its signal aborts with the wait: a call that does not
 * heed it goes on unheard. Rejects with CALL_TIMEOUT, with what the call rejects with, or with the reason of `gone`.
 */
export async function oneTry<T>(call: (signal: AbortSignal) => Promise<T> | T, options: TryOptions): Promise<T> {
  const { clock, timeoutMs, gone, what } = options
  const heard = new AbortController()
  const timer = new AbortController()
  const { promise: given, reject: giveUp } = Promise.withResolvers<never>()
  const stop = (reason: unknown): void => {
    giveUp(reason)
    heard.abort(reason)
  }
  const leave = (): void => stop(gone.reason)
  gone.addEventListener('abort', leave, { once: true })
  const watch = async (): Promise<void> => {
    const startedMs = clock.now()
    for (let leftMs = timeoutMs; leftMs > 0; leftMs = timeoutMs - passedMs(clock, startedMs)) {
      await clock.sleep(leftMs, timer.signal)
      if (timer.signal.aborted) return
    }
    stop(new StreamsError('CALL_TIMEOUT', `${what}: no answer within ${timeoutMs} ms`, { timeoutMs }))
  }
  void watch()
  try {
    if (gone.aborted) throw gone.reason
    return await Promise.race([given, Promise.resolve(call(heard.signal))])
  } finally {
    timer.abort('over')
    gone.removeEventListener('abort', leave)
    given.catch(() => {})
  }
}
