import { describe, expect, test } from 'vitest'
import { simulate } from './simulate.ts'

/** Few enough for one test to stay quick on a busy machine. */
const SEEDS_A_TEST = 50

/** Tests of so many histories. A test that fails says how to replay each that is wrong. */
export function testHistories(from: number, to: number): void {
  describe('whatever happens to processes, disks, clocks, network and broker, nothing is lost, doubled, torn or stands still', () => {
    for (let first = from; first <= to; first += SEEDS_A_TEST) {
      const last = Math.min(to, first + SEEDS_A_TEST - 1)
      test(`seeds ${first} to ${last}`, { timeout: 60_000 }, async () => {
        const wrong: string[] = []
        for (let seed = first; seed <= last; seed++) {
          const { violations } = await simulate(seed)
          if (violations.length > 0)
            wrong.push(`npm run simulate -- --seed ${seed} --trace\n  ${violations.join('\n  ')}`)
        }
        expect(wrong.join('\n')).toBe('')
      })
    }
  })
}
