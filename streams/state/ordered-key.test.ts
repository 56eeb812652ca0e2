import fc from 'fast-check'
import { expect, test } from 'vitest'
import { afterPrefix, keyAt, keyPart, TIME_PART_LENGTH, timeAt, timePart } from './ordered-key.ts'

const key = fc.string({ unit: fc.constantFrom('a', 'b', '\0', '\u0001', '\uffff', '\u{1F600}'), maxLength: 4 })
const time = fc.integer({ min: -3_000_000_000_000, max: 9_000_000_000_000 })
const sign = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

test('times sort as numbers, keys as text, and both can be read again', () => {
  fc.assert(
    fc.property(key, key, time, time, (a, b, s, t) => {
      const [one, other] = [keyPart(a) + timePart(s), keyPart(b) + timePart(t)]
      const { key: read, next } = keyAt(one, 0)
      expect([read, timeAt(one, next), one.length]).toEqual([a, s, next + TIME_PART_LENGTH])
      if (a === b) expect(sign(one, other)).toBe(Math.sign(s - t))
      else expect(one.startsWith(keyPart(b))).toBe(false)
      const belongs = one >= keyPart(b) && one < afterPrefix(keyPart(b))
      expect(belongs).toBe(a === b)
    }),
  )
})

test('keys keep their order where neither holds a zero character', () => {
  const plain = fc.string({ unit: fc.constantFrom('a', 'b', '\u0001', '\uffff', '\u{1F600}'), maxLength: 4 })
  fc.assert(
    fc.property(plain, plain, (a, b) => {
      expect(sign(keyPart(a), keyPart(b))).toBe(sign(a, b))
    }),
  )
})
