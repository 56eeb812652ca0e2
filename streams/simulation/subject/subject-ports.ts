import type { Clock } from '../../clock.ts'
import type { CallPolicy, Guarantee } from '../../graph.ts'
import type { SeededRandom } from '../world/seeded-random.ts'
import type { Deliveries } from './deliveries.ts'

export interface InputValue {
  readonly id: number
  readonly kind: 'good' | 'poison' | 'garbage'
}
/** What code of the application is handed in one life of a process. */
export interface SubjectPorts {
  readonly clock: Clock
  readonly random: SeededRandom
  readonly deliveries: Deliveries
  readonly inputs: number
  /** Milliseconds between inputs. */
  readonly paceMs: number
  /** Since the history began, whatever clocks show. */
  readonly elapsedMs: () => number
  readonly guarantee: Guarantee
  /** Tasks keep to one event time, and idle for a silent writer so long; Infinity is for ever. */
  readonly maxTaskIdleMs: number | undefined
  /** `map` asks somebody outside. */
  readonly calls: CallPolicy | undefined
  /** `map` parks what it cannot handle, and there is what it cannot handle yet. */
  readonly parks: boolean
  /** What of its answers counts for good at this moment. */
  readonly settled: () => SettledCalls
  /** Something was done that must not be, in words. */
  readonly complain: (what: string) => void
}

/** By id: what is in `mid` for good, and what is in the memo. */
export interface SettledCalls {
  readonly done: ReadonlySet<number>
  readonly paid: ReadonlySet<number>
}

/** How long some inputs cannot be handled, after they were due to come. */
const KNOWN_AFTER_MS = 1_500

/** What this input needs is not known yet; only where that is no reason to give up. */
export const isTooEarly = (id: number, { parks, elapsedMs, paceMs }: SubjectPorts): boolean =>
  parks && id % 17 === 5 && elapsedMs() < id * paceMs + KNOWN_AFTER_MS
