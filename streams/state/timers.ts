import type { ProcessorContext, PunctuationType } from '../processor.ts'
import { DueQueue } from './due-queue.ts'

export interface Timer<P> {
  readonly key: string
  readonly dueMs: number
  readonly payload: P
}

/** Timers by key, at most one each. Setting, cancelling and firing commit with everything else the task does. */
export interface Timers<P> {
  /** Replaces the key's timer. What is due already fires at the next tick, not within the running call. */
  set(key: string, dueMs: number, payload: P): void
  cancel(key: string): void
  get(key: string): Timer<P> | undefined
}

export interface TimersOptions<P> {
  /** A store of the node that is used for nothing else. */
  readonly store: string
  readonly time: PunctuationType
  /** Called once for each timer, in a call of its own. A throw goes to the dead letters; the timer is gone all the same. */
  readonly fire: (timer: Timer<P>) => void
  /** How often wall-clock timers are looked for, 100 unless given. */
  readonly tickMs?: number
}

const BY_KEY = 'k'

/** Durable timers of a task; call it in `init`. They follow stream time or the wall clock, and outlive restarts. */
export function openTimers<P>(context: ProcessorContext, options: TimersOptions<P>): Timers<P> {
  const store = context.store<{ readonly due_ms: number; readonly payload: P }>(options.store)
  const queue = new DueQueue<true>(store as never, {
    timeMs: options.time === 'stream_time' ? () => context.streamTimeMs() : () => context.wallTimeMs(),
    defer: (work) => context.defer(work),
    dropped: (key) => store.delete(BY_KEY + key),
    fire: (key, dueMs) => {
      const set = store.get(BY_KEY + key)
      if (set === undefined) return
      store.delete(BY_KEY + key)
      options.fire({ key, dueMs, payload: set.payload })
    },
  })
  context.schedule(options.time === 'stream_time' ? 1 : (options.tickMs ?? 100), options.time, () => queue.wake())
  const cancel = (key: string): void => {
    const set = store.get(BY_KEY + key)
    if (set === undefined) return
    store.delete(BY_KEY + key)
    queue.remove(set.due_ms, key)
  }
  return {
    set(key, dueMs, payload) {
      cancel(key)
      store.put(BY_KEY + key, { due_ms: dueMs, payload })
      queue.add(dueMs, key, true)
    },
    cancel,
    get(key) {
      const set = store.get(BY_KEY + key)
      return set === undefined ? undefined : { key, dueMs: set.due_ms, payload: set.payload }
    },
  }
}
