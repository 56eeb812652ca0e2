import { type BrokerCode, BrokerError } from '../broker/broker-error.ts'
import type { SimProcess } from './sim-process.ts'
import type { World } from './world.ts'

/** How long a client waits for an answer. */
export const REQUEST_TIMEOUT_MS = 2_000

export const CALM_LATENCY_MS = [0.2, 3] as const

/** What the network does to messages at the moment; probabilities are per message. */
export interface Weather {
  requestLost: number
  answerLost: number
  latencyMs: readonly [least: number, most: number]
}

/** Where in a request a process may be struck. */
export type Phase = 'sent' | 'done' | 'answered'

/**
 * Carries requests to the broker and answers back. A request that times out at the client may have happened, or happen
 * later: that is what makes commits ambiguous.
 */
export class Network {
  readonly weather: Weather = { requestLost: 0, answerLost: 0, latencyMs: CALM_LATENCY_MS }
  /** Processes whose messages do not arrive. */
  readonly cutOff = new Set<SimProcess>()
  /** Told of every request's way. */
  watch: ((from: SimProcess, api: string, phase: Phase) => void) | undefined
  /** Requests that take effect, and whose answers do not come back. */
  readonly unanswered = new Set<string>()
  /** Requests whose client never comes back to them, not even to give up: the next of that kind. */
  readonly forgotten: { readonly from: SimProcess; readonly api: string }[] = []
  brokerDown = false
  readonly #world: World
  readonly #broker: SimProcess

  constructor(world: World, broker: SimProcess) {
    this.#world = world
    this.#broker = broker
  }

  /** Rejects with a BrokerError: the handler's, or TIMED_OUT and UNREACHABLE of the network itself. */
  call<T>(from: SimProcess, api: string, handle: () => T | Promise<T>, timeoutMs = REQUEST_TIMEOUT_MS): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    if (!from.alive || this.#isForgotten(from, api)) return promise
    const timer = this.#world.after(timeoutMs, () => fail('TIMED_OUT'), from)
    const fail = (code: BrokerCode): void => reject(new BrokerError(code))
    const answer = (settle: () => void): void => {
      this.watch?.(from, api, 'done')
      if (this.brokerDown || this.unanswered.has(api) || this.#isLost(from, this.weather.answerLost)) return
      const deliver = (): void => {
        timer.cancelled = true
        this.watch?.(from, api, 'answered')
        if (from.alive) settle()
      }
      this.#world.after(this.#latency(), deliver, from)
    }
    const arrive = (): void => {
      if (this.brokerDown) this.#world.after(this.#latency(), () => fail('UNREACHABLE'), from)
      else
        handled(
          handle,
          (value) => answer(() => resolve(value)),
          (error) => answer(() => reject(error)),
        )
    }
    const latencyMs = this.#latency()
    // A client that gives up closes its connection: what is still on the way then is gone. What lies before a stopped
    // broker is not.
    const arrives = latencyMs < timeoutMs && !this.#isLost(from, this.weather.requestLost)
    if (arrives) this.#world.after(latencyMs, arrive, this.#broker)
    this.watch?.(from, api, 'sent')
    return promise
  }

  #isForgotten(from: SimProcess, api: string): boolean {
    const place = this.forgotten.findIndex((one) => one.from === from && one.api === api)
    if (place >= 0) this.forgotten.splice(place, 1)
    return place >= 0
  }

  #isLost(from: SimProcess, probability: number): boolean {
    return this.cutOff.has(from) || (probability > 0 && this.#world.random.chance(probability))
  }

  #latency(): number {
    const [least, most] = this.weather.latencyMs
    return least + (most - least) * this.#world.random.next()
  }
}

/** At once where there is nothing to wait for, so that what happens at the broker happens in one moment. */
function handled<T>(handle: () => T | Promise<T>, done: (value: T) => void, failed: (error: unknown) => void): void {
  try {
    const result = handle()
    if (result instanceof Promise) result.then(done, failed)
    else done(result)
  } catch (error) {
    failed(error)
  }
}
