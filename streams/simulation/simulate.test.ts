import { expect, test } from 'vitest'
import { simulate } from './simulate.ts'

const historyOf = async (seed: number): Promise<string> => {
  const lines: string[] = []
  await simulate(seed, { tell: (line) => lines.push(line) })
  return lines.join('\n')
}

test('one seed is one history, to the last line', async () => {
  for (const seed of [3, 29, 48]) {
    const told = await historyOf(seed)
    expect(told.split('\n').length).toBeGreaterThan(10)
    expect(await historyOf(seed)).toBe(told)
  }
})

test('other seeds are other histories', async () => {
  expect(await historyOf(1)).not.toBe(await historyOf(2))
})
