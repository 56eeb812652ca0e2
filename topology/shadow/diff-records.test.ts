import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ComparedRecord, changedFields, changesOf, diffRecords } from './diff-records.ts'

const options = { by: ['id'], ignore: [] }
const record = (id: string, more: object = {}): ComparedRecord => ({ key: 'k', value: { id, ...more } })

describe('what a shadow gave against what was there', () => {
  test('records are paired by key and id, whatever their order', () => {
    const diff = diffRecords([record('a', { n: 1 }), record('b')], [record('b'), record('a', { n: 2 })], options)
    expect(diff.same).toBe(1)
    expect(diff.differences).toEqual([
      { kind: 'changed', identity: 'k "a"', changes: [{ path: 'n', original: 1, shadow: 2 }] },
    ])
  })

  test('what one of them has not is missing or extra; of the same id twice the second is paired with the second', () => {
    const diff = diffRecords([record('a'), record('a'), record('b')], [record('a'), record('c')], options)
    expect(diff.same).toBe(1)
    expect(diff.differences.map(({ kind, identity }) => `${kind} ${identity}`)).toEqual([
      'missing k "a"',
      'missing k "b"',
      'extra k "c"',
    ])
  })

  test('fields that are left out are not compared, nor what lies below them', () => {
    const [before, after] = [record('a', { at: { ms: 1 }, n: [1, 2] }), record('a', { at: { ms: 2 }, n: [1, 3] })]
    expect(diffRecords([before], [after], { ...options, ignore: ['at', 'n'] }).differences).toEqual([])
    const { differences } = diffRecords([before], [after], options)
    expect(changedFields(differences)).toEqual([
      ['at.ms', 1],
      ['n[]', 1],
    ])
  })

  test('lists of other lengths, and a value against a tombstone, are told whole', () => {
    expect(changesOf([1], [1, 2], 'n')).toEqual([{ path: 'n', original: [1], shadow: [1, 2] }])
    expect(changesOf(null, { n: 1 }, '')).toEqual([{ path: '', original: null, shadow: { n: 1 } }])
  })

  test('nothing differs from itself in another order, and every record is counted once', () => {
    const ids = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 2 })))
    const recordsOf = (of: readonly (readonly [string, number])[]): ComparedRecord[] =>
      of.map(([id, n]) => record(id, { n }))
    fc.assert(
      fc.property(ids, ids, (a, b) => {
        const [ours, theirs] = [recordsOf(a), recordsOf(b)]
        expect(diffRecords(ours, ours, options)).toEqual({ same: ours.length, differences: [] })
        const { same, differences } = diffRecords(ours, theirs, options)
        const count = (kind: string): number => differences.filter((one) => one.kind === kind).length
        expect(same + count('changed') + count('missing')).toBe(ours.length)
        expect(same + count('changed') + count('extra')).toBe(theirs.length)
      }),
    )
  })
})
