import type { PunctuationType } from '../processor.ts'

type Punctuate = (timeMs: number) => void | Promise<void>

interface Punctuator {
  readonly type: PunctuationType
  readonly intervalMs: number
  readonly punctuate: Punctuate
  /** When it is due; `undefined` until the time it follows has begun. */
  nextMs: number | undefined
  /** When it was due, while the call that this led to is not over. */
  callingMs: number | undefined
}

export interface DuePunctuation {
  readonly punctuate: Punctuate
  readonly timeMs: number
  /** The call is over, well or not: the timer has fired. In the same turn as what the call wrote is kept. */
  readonly fired: () => void
}

/**
 * The timers of a task. A timer is due when its interval has passed; when time jumps over several intervals it is called
 * once, with the time reached. What stream time a timer waits for is part of the task's committed state, so a restart
 * calls it neither twice nor late, nor forgets one whose call was under way; wall-clock timers begin anew.
 */
export class Punctuators {
  readonly #all: Punctuator[] = []
  #restored: readonly (number | null)[] = []

  schedule(intervalMs: number, type: PunctuationType, punctuate: Punctuate, nowMs: number): void {
    if (!(intervalMs > 0)) throw new RangeError(`a punctuation interval of ${intervalMs} ms; it must be above 0`)
    const restored = type === 'stream_time' ? this.#restored[this.#all.length] : undefined
    const begun = type === 'wall_clock_time' || nowMs >= 0
    this.#all.push({
      type,
      intervalMs,
      punctuate,
      nextMs: restored ?? (begun ? nowMs + intervalMs : undefined),
      callingMs: undefined,
    })
  }

  /** Timers due at this time, in the order they were scheduled; each is set to its next time. */
  due(type: PunctuationType, nowMs: number): readonly DuePunctuation[] {
    if (this.#all.length === 0) return NONE
    const due: DuePunctuation[] = []
    for (const one of this.#all) {
      if (one.type !== type) continue
      if (one.nextMs === undefined) one.nextMs = nowMs + one.intervalMs
      else if (nowMs >= one.nextMs) {
        one.callingMs = one.nextMs
        one.nextMs += one.intervalMs * (1 + Math.floor((nowMs - one.nextMs) / one.intervalMs))
        const fired = (): void => {
          one.callingMs = undefined
        }
        due.push({ punctuate: one.punctuate, timeMs: nowMs, fired })
      }
    }
    return due
  }

  /**
   * The earliest wall-clock time anything is due, or `undefined`. Where the clock was set back, a timer is due an interval
   * from now rather than once the clock has caught up.
   */
  nextWallMs(nowMs: number): number | undefined {
    let earliestMs: number | undefined
    for (const one of this.#all) {
      if (one.type !== 'wall_clock_time' || one.nextMs === undefined) continue
      one.nextMs = Math.min(one.nextMs, nowMs + one.intervalMs)
      earliestMs = Math.min(earliestMs ?? one.nextMs, one.nextMs)
    }
    return earliestMs
  }

  /** For the committed state: when each stream-time timer is due, `null` for others. */
  snapshot(): readonly (number | null)[] {
    return this.#all.map((one) => (one.type === 'stream_time' ? (one.callingMs ?? one.nextMs ?? null) : null))
  }

  /** Before `schedule` is called: what `snapshot` gave. */
  restore(snapshot: readonly (number | null)[]): void {
    this.#restored = snapshot
  }
}

const NONE: readonly DuePunctuation[] = []
