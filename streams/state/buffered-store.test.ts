import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemoryBacking } from './backing.ts'
import { BufferedStore } from './buffered-store.ts'

const key = fc.constantFrom('a', 'b', 'ba', 'c', '\u{1F600}', '\uffee')
const step = fc.oneof(
  fc.record({ do: fc.constant('put' as const), key, value: fc.integer() }),
  fc.record({ do: fc.constant('delete' as const), key }),
  fc.constant({ do: 'keep' as const }),
  fc.constant({ do: 'drop' as const }),
  fc.constant({ do: 'commit' as const }),
  fc.record({
    do: fc.constant('range' as const),
    from: fc.option(key, { nil: undefined }),
    to: fc.option(key, { nil: undefined }),
  }),
)

test('it reads like a Map, whatever is kept, dropped and committed in between', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const backing = new MemoryBacking()
      const store = new BufferedStore<number>('s', backing, () => 0)
      let kept = new Map<string, number>()
      let live = new Map<string, number>()
      const sorted = (m: Map<string, number>) => [...m].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      for (const s of steps) {
        if (s.do === 'put') {
          store.put(s.key, s.value)
          live.set(s.key, s.value)
        } else if (s.do === 'delete') {
          store.delete(s.key)
          live.delete(s.key)
        } else if (s.do === 'keep') {
          store.keepCall()
          kept = new Map(live)
        } else if (s.do === 'drop') {
          store.dropCall()
          live = new Map(kept)
        } else if (s.do === 'commit') {
          store.keepCall()
          kept = new Map(live)
          backing.apply(store.freeze())
          store.applied()
        } else {
          const expected = sorted(live).filter(
            ([k]) => (s.from === undefined || k >= s.from) && (s.to === undefined || k < s.to),
          )
          expect([...store.range(s.from, s.to)]).toEqual(expected)
        }
        for (const [k, v] of live) expect(store.get(k)).toBe(v)
        expect([...store.range()]).toEqual(sorted(live))
      }
    }),
  )
})

test('changing an object after put changes nothing in the store', () => {
  const store = new BufferedStore<{ n: number }>('s', new MemoryBacking(), () => 0)
  const value = { n: 1 }
  store.put('k', value)
  value.n = 2
  expect(store.get('k')).toEqual({ n: 1 })
})

test('an entry expires by stream time, not by when it was cleaned up', () => {
  let now = 0
  const store = new BufferedStore<number>('s', new MemoryBacking(), () => now, 10)
  store.put('k', 1)
  now = 10
  expect(store.get('k')).toBe(1)
  now = 11
  expect(store.get('k')).toBeUndefined()
  expect([...store.range()]).toEqual([])
})

test('a bigint or undefined is refused with the store and key in the message', () => {
  const store = new BufferedStore<unknown>('offsets', new MemoryBacking(), () => 0)
  expect(() => store.put('k', { n: 1n })).toThrow(/store offsets: the value of k is not JSON/)
  expect(() => store.put('k', undefined)).toThrow(/use delete/)
})

test('a range that is being read is a snapshot, whatever is written and committed meanwhile', () => {
  const backing = new MemoryBacking()
  const store = new BufferedStore<number>('s', backing, () => 0)
  const commit = (): void => {
    store.keepCall()
    backing.apply(store.freeze())
    store.applied()
  }
  for (const [i, key] of ['a', 'c', 'e'].entries()) store.put(key, i)
  commit()
  const committed = backing.range(undefined, undefined)[Symbol.iterator]()
  expect(committed.next().value).toEqual(['a', '0 0'])
  const found: string[] = []
  store.put('d', 9)
  for (const [key] of store.range()) {
    found.push(key)
    store.put(`${key}x`, 1)
    store.delete('e')
    if (key === 'a') commit()
  }
  expect(found).toEqual(['a', 'c', 'd', 'e'])
  expect(committed.next().value).toEqual(['c', '0 1'])
  expect(committed.next().value).toEqual(['e', '0 2'])
})
