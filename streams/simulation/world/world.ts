import type { Clock } from '../../clock.ts'
import { EventQueue, type SimEvent } from './event-queue.ts'
import { SeededRandom } from './seeded-random.ts'
import type { SimProcess } from './sim-process.ts'

const START_MS = 1_700_000_000_000
/** What a turn of an event loop costs, so that time goes on where somebody spins. */
const TURN_MS = 0.1

/**
 * Time and chance of one history. Time stands still while anything runs: the next event happens once all promises that
 * the last one settled have been followed to where they wait for another. Therefore one seed is one history.
 */
export class World {
  readonly random: SeededRandom
  readonly #queue = new EventQueue()
  readonly #tell: ((line: string) => void) | undefined
  #nowMs = START_MS
  #order = 0
  #events = 0

  constructor(seed: number, tell?: (line: string) => void) {
    this.random = new SeededRandom(seed)
    this.#tell = tell
  }

  /** Epoch milliseconds as nobody's clock shows them. */
  get nowMs(): number {
    return this.#nowMs
  }

  get elapsedMs(): number {
    return this.#nowMs - START_MS
  }

  /** How many events have happened. */
  get events(): number {
    return this.#events
  }

  /** For the history that `--trace` prints. */
  trace(who: string, what: () => string): void {
    this.#tell?.(`${(this.elapsedMs / 1000).toFixed(4).padStart(9)}  ${who.padEnd(10)} ${what()}`)
  }

  /** Lets something happen later; by nobody in particular unless an owner is given. */
  after(delayMs: number, run: () => void, owner?: SimProcess): SimEvent {
    this.#order += 1
    const event: SimEvent = {
      atMs: this.#nowMs + Math.max(0, delayMs),
      order: this.#order,
      owner,
      run,
      cancelled: false,
    }
    this.#queue.push(event)
    return event
  }

  /** Time as a process sees it. */
  clockOf(process: SimProcess): Clock {
    return {
      now: () => Math.floor(this.#nowMs + process.skewMs),
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted) return resolve()
          const event = this.after(ms, resolve, process)
          signal?.addEventListener('abort', () => {
            event.cancelled = true
            resolve()
          })
        }),
      turn: () => new Promise((resolve) => void this.after(TURN_MS, resolve, process)),
    }
  }

  /** Lets events happen until it is done, nothing is left to happen, or so many milliseconds have passed. */
  run(isDone: () => boolean, forMs: number): Promise<void> {
    const untilMs = this.#nowMs + forMs
    return new Promise((resolve, reject) => {
      const step = (): void => {
        try {
          const event = isDone() ? undefined : this.#next(untilMs)
          event?.run()
          if (event === undefined) resolve()
          else queueMicrotask(again)
        } catch (error) {
          reject(error)
        }
      }
      // What is ticked from a microtask runs when no microtask is left.
      const again = (): void => process.nextTick(step)
      again()
    })
  }

  #next(untilMs: number): SimEvent | undefined {
    for (let event = this.#queue.pop(); event !== undefined; event = this.#queue.pop()) {
      if (event.cancelled || event.owner?.alive === false) continue
      if (event.atMs > untilMs) {
        this.#queue.push(event)
        break
      }
      this.#nowMs = Math.max(this.#nowMs, event.atMs)
      const stoppedUntilMs = event.owner?.stoppedUntilMs ?? 0
      if (stoppedUntilMs > this.#nowMs) {
        // All that waited comes at once, in any order.
        event.atMs = stoppedUntilMs
        event.order = Math.floor(this.random.next() * 1_000_000)
        this.#queue.push(event)
        continue
      }
      this.#events += 1
      return event
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs)
    return undefined
  }
}
