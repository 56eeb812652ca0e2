import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BegunRecords } from './begun-records.ts'

test('the next offset moves once all before it are done, in whatever order they end', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 0, max: 500 }), { maxLength: 40 }),
      fc.infiniteStream(fc.nat()),
      (offsets, chance) => {
        const records = offsets
          .toSorted((a, b) => a - b)
          .map((n) => ({ offset: BigInt(n), timestampMs: (n * 37) % 101 }))
        const begun = new BegunRecords<(typeof records)[number]>()
        for (const record of records) begun.begin(record)
        const open = [...records]
        let next = -1n
        while (open.length > 0) {
          const [record] = open.splice(chance.next().value % open.length, 1)
          next = begun.end(record!) ?? next
          expect([...begun.open()]).toEqual(open)
          expect(begun.size).toBe(open.length)
          expect(begun.oldest).toBe(open[0])
          const isDoneBehind = (one: (typeof records)[number]): boolean =>
            !open.includes(one) && one.offset > open[0]!.offset
          expect(begun.isAhead).toBe(open.length > 0 && records.some(isDoneBehind))
          expect(begun.earliestMs()).toBe(Math.min(...open.map((one) => one.timestampMs)))
          expect(begun.earliestMs(open[0])).toBe(Math.min(...open.slice(1).map((one) => one.timestampMs)))
          // Before it all are done, and it lies behind no open one.
          if (next >= 0n) expect(open.every((one) => one.offset >= next)).toBe(true)
          const first = open[0]?.offset ?? (records.at(-1)?.offset ?? 0n) + 1n
          expect(records.some((one) => one.offset >= next && one.offset < first)).toBe(false)
        }
      },
    ),
  )
})

test('what is done behind a record that stays open is neither held nor looked at', () => {
  let looks = 0
  const recordAt = (offset: bigint) => ({
    offset,
    get timestampMs() {
      looks += 1
      return Number(offset)
    },
  })
  const begun = new BegunRecords<ReturnType<typeof recordAt>>()
  begun.begin(recordAt(0n))
  for (let offset = 1n; offset <= 1_000n; offset++) {
    const record = recordAt(offset)
    begun.begin(record)
    begun.end(record)
  }
  expect(begun.earliestMs()).toBe(0)
  expect(looks).toBeLessThan(5)
})
