import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DOCUMENT } from '../../testing/records.ts'
import { type Mark, markAt, marksOf, neighbour, runsOf } from './marks.ts'

const mark = (number: number, start: number, end: number): Mark => ({ number, start, end, claims: [] })

test('marks are numbered in the order of the text and hold its very words', () => {
  const marks = marksOf(DOCUMENT)
  expect(marks.map((m) => m.number)).toEqual([1, 2, 3])
  expect(DOCUMENT.text?.slice(marks[1]?.start, marks[1]?.end)).toBe(
    'export restrictions may cost it up to $2 billion in sales to China next year',
  )
})

test('claims that quote the same words share a mark; spans outside the text are left out', () => {
  const [extraction] = DOCUMENT.extractions
  const [first] = extraction!.claims
  const outside = { ...first!, claim_id: 'far', evidence: [{ quote: 'x', start: 10_000, end: 10_001 }] }
  const twice = { ...first!, claim_id: 'again', sentiment: -0.1 }
  const marks = marksOf({ ...DOCUMENT, extractions: [{ ...extraction!, claims: [first!, twice, outside] }] })
  expect(marks).toHaveLength(1)
  expect(marks[0]?.claims.map((c) => c.sentiment)).toEqual([0.72, -0.1])
})

test('the runs joined are the text, however marks overlap', () => {
  const spans = fc.array(fc.tuple(fc.nat(60), fc.nat(60)), { maxLength: 8 })
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), spans, (text, pairs) => {
      const marks = pairs
        .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
        .filter(([start, end]) => start < end && end <= text.length)
        .map(([start, end], index) => mark(index + 1, start, end))
      const runs = runsOf(text, marks)
      expect(runs.map((r) => r.text).join('')).toBe(text)
      for (const m of marks) {
        const covered = runs.filter((r) => r.marks.includes(m)).map((r) => r.text)
        expect(covered.join('')).toBe(text.slice(m.start, m.end))
        expect(runs.filter((r) => r.opens.includes(m))).toHaveLength(1)
      }
    }),
  )
})

test('an address names a mark by number, by offset or from within', () => {
  const marks = [mark(1, 5, 20), mark(2, 30, 40)]
  expect(markAt(marks, '#e2', null)?.number).toBe(2)
  expect(markAt(marks, '', '30')?.number).toBe(2)
  expect(markAt(marks, '', '12')?.number).toBe(1)
  expect(markAt(marks, '#e9', '30')).toBeNull()
  expect(markAt(marks, '', null)).toBeNull()
})

test('next and previous go round the ends', () => {
  const marks = [mark(1, 0, 1), mark(2, 2, 3), mark(3, 4, 5)]
  expect(neighbour(marks, null, 1)?.number).toBe(1)
  expect(neighbour(marks, null, -1)?.number).toBe(3)
  expect(neighbour(marks, marks[2]!, 1)?.number).toBe(1)
  expect(neighbour([], null, 1)).toBeNull()
})
