import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ComparedRecord, changedFields, changesOf, diffRecords } from './diff-records.ts'
import { LiveDiff } from './live-diff.ts'

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

describe('the same, as records come', () => {
  const live = (more: object = {}): LiveDiff =>
    new LiveDiff({ ...options, graceMs: 1_000, waitingMax: 100, keptMax: 100, ...more })

  test('a record waits for its other, and is missing or extra once it has waited long enough', () => {
    const diff = live()
    diff.add('original', record('a'), 0)
    diff.add('shadow', record('b'), 500)
    diff.add('shadow', record('a'), 900)
    diff.tick(1_400)
    expect(diff.counts).toEqual({ same: 1, changed: 0, missing: 0, extra: 0, waiting: 1 })
    diff.tick(1_500)
    expect(diff.counts).toEqual({ same: 1, changed: 0, missing: 0, extra: 1, waiting: 0 })
  })

  test('what it holds is bounded: the oldest is decided before its time, the latest differences are kept', () => {
    const diff = live({ waitingMax: 2, keptMax: 1 })
    for (const id of ['a', 'b', 'c', 'd']) diff.add('original', record(id), 0)
    expect(diff.counts).toMatchObject({ missing: 2, waiting: 2 })
    expect(diff.differences.map(({ identity }) => identity)).toEqual(['k "b"'])
  })

  test('in whatever order they come, it ends with what comparing all at once gives', () => {
    const items = fc.array(fc.tuple(fc.boolean(), fc.constantFrom('a', 'b', 'c')))
    fc.assert(
      fc.property(items, (all) => {
        const diff = live()
        for (const [isOriginal, id] of all) diff.add(isOriginal ? 'original' : 'shadow', record(id), 0)
        diff.tick(1_000)
        const sideOf = (wanted: boolean) => all.filter(([is]) => is === wanted).map(([, id]) => record(id))
        const whole = diffRecords(sideOf(true), sideOf(false), options)
        const count = (kind: string): number => whole.differences.filter((one) => one.kind === kind).length
        expect(diff.counts).toEqual({
          same: whole.same,
          changed: 0,
          missing: count('missing'),
          extra: count('extra'),
          waiting: 0,
        })
      }),
    )
  })
})
