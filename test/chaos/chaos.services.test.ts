import { expect, test } from 'vitest'
import { describeWith } from '../services/require-service.ts'
import { runChaos } from './run-chaos.ts'

describeWith(['kafka'], 'three engines on three brokers', () => {
  test('through twenty faults nothing is lost, doubled or out of order', { timeout: 900_000 }, async () => {
    const { violations, numbers } = await runChaos({ faults: 20, seed: 20 })
    expect(violations).toEqual([])
    expect(numbers).toBeGreaterThan(1_000)
  })
})
