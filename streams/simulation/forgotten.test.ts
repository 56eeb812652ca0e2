import { expect, test } from 'vitest'
import type { Scene } from './scene.ts'
import { simulate } from './simulate.ts'

/** Longer than a commit may take. */
const CALM_MS = 200_000

test.each(['Produce', 'TxnOffsetCommit', 'EndTxn'])(
  'a client that never comes back from %s does not keep its processor from going on',
  { timeout: 60_000 },
  async (api) => {
    const forget = ({ world, network, pods }: Scene): void => {
      world.after(1_500, () => {
        for (const { process } of pods) if (process !== undefined) network.forgotten.push({ from: process, api })
      })
    }
    for (let seed = 1; seed <= 4; seed++) {
      const { violations } = await simulate(seed, { besides: forget, calmMs: CALM_MS })
      // Who is asked to end meanwhile waits for the commit; an application's drain has a limit of its own.
      expect(violations.filter((one) => !one.endsWith('does not end when asked to'))).toEqual([])
    }
  },
)
