import type { SeededRandom } from '../../streams/simulation/world/seeded-random.ts'

/** What is done to an engine process. `forget` is a kill that takes the disk along. */
export const ENGINE_FAULTS = ['kill', 'forget', 'pause', 'restart'] as const
/** What is done to a broker. */
export const BROKER_FAULTS = ['kill', 'pause', 'restart'] as const

export interface Fault<Kind extends string> {
  readonly kind: Kind
  /** How long it is gone or stands still. */
  readonly lastsMs: number
  /** How long nothing is done after it. */
  readonly restMs: number
}

/** Every third pause is longer than a session, which is 10 s for members and 9 s for brokers. */
export function drawFault<Kind extends string>(random: SeededRandom, kinds: readonly Kind[]): Fault<Kind> {
  const kind = random.pick(kinds)
  const isLong = kind === 'pause' && random.chance(1 / 3)
  return {
    kind,
    lastsMs: isLong ? random.between(10_500, 14_000) : random.between(50, 3_000),
    restMs: random.between(200, 9_000),
  }
}
