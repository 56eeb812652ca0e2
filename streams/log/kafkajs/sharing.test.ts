import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Member, shareOut } from './sharing.ts'

const members = fc.uniqueArray(fc.record({ id: fc.string({ minLength: 1 }), owned: fc.uniqueArray(fc.nat(15)) }), {
  minLength: 1,
  maxLength: 6,
  selector: ({ id }) => id,
})
const numbersOf = (shares: ReturnType<typeof shareOut>, id: string, topic: string): readonly number[] =>
  (shares.get(id) ?? []).filter((at) => at.topic === topic).map((at) => at.partition)

test('every partition has one owner, the same for every topic, and shares differ by one at most', () => {
  fc.assert(
    fc.property(members, fc.integer({ min: 1, max: 12 }), (group, count) => {
      const topics = {
        shared: new Map([
          ['a', count],
          ['b', count],
        ]),
        broadcast: new Map(),
      }
      const shares = shareOut(group, topics)
      const all = group.flatMap(({ id }) => numbersOf(shares, id, 'a')).sort((x, y) => x - y)
      expect(all).toEqual(Array.from({ length: count }, (_, n) => n))
      for (const { id } of group) expect(numbersOf(shares, id, 'b')).toEqual(numbersOf(shares, id, 'a'))
      const sizes = group.map(({ id }) => numbersOf(shares, id, 'a').length)
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
    }),
  )
})

test('whoever owns a partition reads every broadcast partition, whoever owns none reads nothing', () => {
  const group: readonly Member[] = ['x', 'y', 'z'].map((id) => ({ id, owned: [] }))
  const shares = shareOut(group, { shared: new Map([['a', 2]]), broadcast: new Map([['all', 3]]) })
  expect(group.map(({ id }) => numbersOf(shares, id, 'all').length)).toEqual([3, 3, 0])
})

test('sharing out again among the same members moves nothing', () => {
  fc.assert(
    fc.property(members, fc.integer({ min: 1, max: 12 }), (group, count) => {
      const topics = { shared: new Map([['a', count]]), broadcast: new Map() }
      const shares = shareOut(group, topics)
      const again = shareOut(
        group.map(({ id }) => ({ id, owned: numbersOf(shares, id, 'a') })),
        topics,
      )
      expect(again).toEqual(shares)
    }),
  )
})
