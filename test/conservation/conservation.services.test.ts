import { expect, test } from 'vitest'
import { describeWith } from '../services/require-service.ts'
import { type Fault, type FaultKind, runConservation } from './run-conservation.ts'

const each = (kind: FaultKind, afters: readonly number[]): Fault[] =>
  afters.flatMap((after) => (['before', 'behind'] as const).map((side) => ({ kind, after, side })))

describeWith(['kafka'], 'a bridge that is hurt between its commands', ({ kafka: { brokers } }) => {
  /** The third command of a source lets go of items, the second of a sink pushes them. */
  const faultsOf = (direction: 'in' | 'out'): Fault[] => [
    ...each('kill', [0, 1, 2, 3, 4]),
    ...each('restart', [2]),
    ...each('failover', [direction === 'in' ? 3 : 1]),
    ...each('forget', [direction === 'in' ? 3 : 1]),
  ]
  test.concurrent.each(['in', 'out'] as const)(
    '%s: every item is there once',
    { timeout: 300_000 },
    async (direction) => {
      const faults = faultsOf(direction)
      const name = `conserve-${direction}-${process.pid}`
      const { violations, cut } = await runConservation({ direction, name, brokers, faults })
      expect(violations).toEqual([])
      expect(cut).toBe(faults.length)
    },
  )
})
