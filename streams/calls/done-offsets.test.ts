import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BITS_SPREAD_MAX, countDone, decodeDone, encodeDone, isTellable, LIST_OPEN_MAX } from './done-offsets.ts'

const openOf = (base: bigint, places: readonly number[]): Set<bigint> =>
  new Set(places.map((place) => base + BigInt(place)))

test('what is read is what was written, for any open offsets', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 1n << 52n }),
      fc.integer({ min: 0, max: 3_000 }),
      fc.array(fc.integer({ min: 0, max: 3_200 })),
      (base, spread, places) => {
        const [end, open] = [base + BigInt(spread), openOf(base, places)]
        const text = encodeDone(base, end, open)
        const done = decodeDone(base, text)
        let count = 0
        for (let offset = base - 2n; offset < end + 2n; offset++) {
          if (done.has(offset)) count += 1
          expect(done.has(offset)).toBe(offset >= base && offset < end && !open.has(offset))
        }
        expect(countDone(text)).toBe(count)
      },
    ),
  )
})

test('as long as more is begun only where it can be told, all of it fits beside an offset', () => {
  const texts = [
    // Every other one is done: nothing is shorter than bits.
    encodeDone(
      0n,
      BITS_SPREAD_MAX,
      openOf(
        0n,
        Array.from({ length: Number(BITS_SPREAD_MAX) / 2 }, (_, i) => i * 2),
      ),
    ),
    // Few are open, far apart.
    encodeDone(
      0n,
      1_000_000n,
      openOf(
        0n,
        Array.from({ length: LIST_OPEN_MAX }, (_, i) => i * 3_300),
      ),
    ),
  ]
  for (const text of texts) expect(text.length).toBeLessThan(1_500)
  expect(isTellable(0n, BITS_SPREAD_MAX - 1n, 8_000)).toBe(true)
  expect(isTellable(0n, BITS_SPREAD_MAX, LIST_OPEN_MAX)).toBe(false)
  expect(isTellable(0n, 999_999n, LIST_OPEN_MAX - 1)).toBe(true)
})

test('one record that keeps a hundred thousand waiting costs a few letters', () => {
  expect(encodeDone(500n, 100_500n, new Set([500n])).length).toBeLessThan(12)
})

test('metadata of somebody else is refused by name', () => {
  expect(() => decodeDone(7n, 'x1.0')).toThrow(/does not tell what is done/)
})
