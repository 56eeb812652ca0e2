import { describe, expect, test } from 'vitest'
import { differenceOf, judge } from './judge.ts'
import { readSuite } from './suite.ts'

const read = (text: string) => readSuite('s.suite.yaml', text, {})

describe('a suite', () => {
  test('is read with its times from the beginning of the case', () => {
    const { suite, diagnostics } = read(`
cases:
  - name: late
    at: 2026-03-02T14:30:00Z
    produce:
      - { to: raw, key: a, after: -10m, value: { n: [1, { m: x }] } }
      - { advance: 5s }
      - { to: raw, key: a, value: null }
    expect: { on: out, absent: true }
    stores: { of: p, store: s, key: a, absent: true }
`)
    expect(diagnostics).toEqual([])
    expect(suite?.cases).toMatchObject([
      {
        startMs: Date.parse('2026-03-02T14:30:00Z'),
        steps: [
          { kind: 'record', to: 'raw', key: 'a', afterMs: -600_000, value: { n: [1, { m: 'x' }] } },
          { kind: 'advance', ms: 5000 },
          { kind: 'record', value: undefined },
        ],
        expect: [{ at: { topic: 'out' }, count: 0 }],
        stores: [{ node: 'p', store: 's', key: 'a', value: undefined }],
      },
    ])
  })

  test('with mistakes says all of them, each at its place', () => {
    const { suite, diagnostics } = read(`
cases:
  - name: wrong
    at: yesterday
    produce:
      - { too: raw }
    expect:
      - { count: many, on: out }
`)
    expect(suite).toBeUndefined()
    expect(diagnostics.map(({ code, span }) => `${code}@${span.line}`)).toEqual(['T003@4', 'T002@6', 'T003@8'])
    const undecided = read('cases: [{ name: x, produce: { key: a }, expect: { key: a } }]')
    expect(undecided.diagnostics.map(({ code }) => code)).toEqual(['T004', 'T004'])
  })
})

describe('what came out is compared', () => {
  test.each([
    ['fields that are not named do not matter', { a: 1 }, { a: 1, b: 2 }, undefined],
    ['a nested field is named by its path', { a: { b: [{ c: 1 }] } }, { a: { b: [{ c: 2 }] } }, 'a.b[0].c is 2, not 1'],
    ['lists have the same length', [1], [1, 2], 'the value is [1,2], not [1]'],
    ['a pattern', { a: '/^x+$/' }, { a: 'xxx' }, undefined],
    ['a pattern that does not match', { a: '/^x+$/' }, { a: 'xy' }, 'a is "xy", not "/^x+$/"'],
    ['a number against a decimal', { a: 1.5 }, { a: '1.5' }, undefined],
    ['null is a value', { a: null }, { a: null }, undefined],
    ['what is not there', { a: 1 }, {}, 'a is nothing, not 1'],
  ])('%s', (_, wanted, found, difference) => {
    expect(differenceOf(wanted, found)).toBe(difference)
  })

  test('counts, keys and codes decide, and a failure says what was there', () => {
    const { suite } = read(`
cases:
  - name: x
    produce: { advance: 1s }
    expect:
      - { on: out, key: a, count: 2 }
      - { on: out, key: a, value: { n: 1 } }
      - { on: out, key: b, absent: true }
      - { on: out, key: a, value: { n: 5 } }
      - { dead_letter: p, code: TypeError, count: 1 }
      - { dead_letter: q, absent: true }
    stores:
      - { of: p, store: s, key: a, value: { n: 1 } }
      - { of: p, store: s, key: b, absent: true }
`)
    const one = suite?.cases[0]
    if (one === undefined) throw new Error('no case')
    const outcome = {
      topics: new Map([
        [
          'out',
          [
            { key: 'a', value: { n: 1 } },
            { key: 'a', value: { n: 2 } },
          ],
        ],
      ]),
      deadLetters: new Map([['p', [{ key: 'a', value: {}, code: 'RangeError' }]]]),
      stored: [{ n: 2 }, { n: 1 }],
    }
    expect(judge(one, outcome).map(({ line, message }) => `${line} ${message}`)).toEqual([
      '9 at least one expected on out, 0 found; in that of a: n is 1, not 5',
      '10 1 expected on dead letters of p, 0 found; there are 1: a RangeError{}',
      '13 s of p, key a: n is 2, not 1',
      '14 s of p, key b: nothing expected, found {"n":1}',
    ])
  })
})
