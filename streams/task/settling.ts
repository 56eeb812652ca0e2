import type { DuePunctuation, Punctuators } from './punctuators.ts'
import { isPromise } from './queued-record.ts'
import type { TaskContext } from './task-context.ts'
import type { Turn, WholeCall } from './whole-call.ts'

export interface SettlingOptions {
  readonly context: TaskContext
  readonly punctuators: Punctuators
  readonly whole: WholeCall
  readonly streamTimeMs: () => number
  readonly failed: (stage: 'serialize' | 'punctuate', error: unknown, timeMs: number) => void
}

/** What a task does between records: timers that are due, and what calls deferred, each a call of its own. */
export class Settling {
  readonly #options: SettlingOptions
  /** Deferred work that failed when last called. */
  #failing: (() => boolean) | undefined

  constructor(options: SettlingOptions) {
    this.#options = options
  }

  /** Timers that stream time has reached. */
  stream(): Turn {
    const { punctuators, streamTimeMs } = this.#options
    return this.#run(punctuators.due('stream_time', streamTimeMs()))
  }

  /** Timers that the clock has reached. */
  wall(nowMs: number): Turn {
    return this.#run(this.#options.punctuators.due('wall_clock_time', nowMs))
  }

  /** What is deferred, and no timers. */
  deferred(): Turn {
    return this.#run([])
  }

  /** Runs timers, and before each of them and at the end what was deferred until nothing is. */
  #run(due: readonly DuePunctuation[]): Turn {
    for (let next = 0; ; ) {
      const work = this.#options.context.takeDeferred()
      const timer = work === undefined ? due[next++] : undefined
      if (work === undefined && timer === undefined) return
      const running = work === undefined ? this.#punctuate(timer as DuePunctuation) : this.#work(work)
      if (isPromise(running)) return running.then(() => this.#run(due.slice(next)))
    }
  }

  #work(work: () => boolean): Turn {
    const { context, whole, streamTimeMs, failed } = this.#options
    const timeMs = Math.max(0, streamTimeMs())
    let more = false
    context.begin(timeMs, undefined)
    return whole.run(
      () => {
        more = work()
      },
      () => {
        this.#failing = undefined
        if (more) context.deferAgain(work)
      },
      (error, stage) => {
        failed(stage ?? 'punctuate', error, timeMs)
        const isFirst = this.#failing !== work
        this.#failing = isFirst ? work : undefined
        if (isFirst) context.deferAgain(work)
      },
    )
  }

  #punctuate({ punctuate, timeMs, fired }: DuePunctuation): Turn {
    const { context, whole, failed } = this.#options
    context.begin(timeMs, undefined)
    return whole.run(
      () => punctuate(timeMs),
      fired,
      (error, stage) => {
        failed(stage ?? 'punctuate', error, timeMs)
        fired()
      },
    )
  }
}
