import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shareOutRange } from './range.ts'

const topics = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 20 }), { noNullPrototype: true })

test('every partition has one owner, partition p of every topic the same one, and shares differ by one at most', () => {
  fc.assert(
    fc.property(topics, fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 6 }), (counts, ids) => {
      const names = Object.keys(counts)
      const members = ids.map((id) => ({ id, topics: names }))
      const shares = shareOutRange(members, new Map(Object.entries(counts)))
      const owners = new Map<string, string>()
      for (const [id, share] of shares) {
        for (const [topic, numbers] of share) {
          for (const number of numbers) {
            expect(owners.has(`${topic}-${number}`)).toBe(false)
            owners.set(`${topic}-${number}`, id)
          }
        }
      }
      for (const topic of names) {
        for (let number = 0; number < (counts[topic] ?? 0); number++) {
          const owner = owners.get(`${topic}-${number}`)
          expect(owner).toBeDefined()
          for (const other of names)
            if (number < (counts[other] ?? 0)) expect(owners.get(`${other}-${number}`)).toBe(owner)
        }
      }
      const largest = Math.max(0, ...Object.values(counts))
      const sizes = ids.map((id) => new Set([...(shares.get(id)?.values() ?? [])].flat()).size)
      if (largest > 0) expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
    }),
  )
})

test('a topic goes only to members that read it', () => {
  const members = [
    { id: 'one', topics: ['a'] },
    { id: 'two', topics: ['a', 'b'] },
  ]
  const shares = shareOutRange(members, new Map(Object.entries({ a: 4, b: 2 })))
  expect(shares.get('one')).toEqual(new Map([['a', [0, 1]]]))
  expect(shares.get('two')).toEqual(
    new Map([
      ['a', [2, 3]],
      ['b', [0, 1]],
    ]),
  )
})
