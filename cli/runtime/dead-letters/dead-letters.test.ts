import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Causes, gist } from './causes.ts'
import { decodeHandled, encodeHandled, isHandled, NOTHING_HANDLED, withHandled } from './handled.ts'
import { type Letter, letterOf, matches, replayOf, timeText } from './letter.ts'

describe('what is dealt with', () => {
  const offsets = fc.array(fc.bigInt({ min: 0n, max: 60n }), { maxLength: 40 })

  test('is remembered as a set is, in whatever order and however often it is told', () => {
    fc.assert(
      fc.property(fc.array(offsets, { maxLength: 6 }), (batches) => {
        const told = new Set(batches.flat())
        const handled = batches.reduce((before, batch) => withHandled(before, batch), NOTHING_HANDLED)
        for (let offset = 0n; offset < 64n; offset++) expect(isHandled(handled, offset)).toBe(told.has(offset))
      }),
    )
  })

  test('comes back from the text it is kept as', () => {
    fc.assert(
      fc.property(offsets, fc.bigInt({ min: 0n, max: 30n }), (all, floor) => {
        const handled = withHandled(NOTHING_HANDLED, all, floor)
        expect(decodeHandled(handled.base, encodeHandled(handled))).toEqual(handled)
      }),
    )
  })

  test('costs a few characters for each that lies alone, and none where they lie together', () => {
    const every = (step: bigint) => Array.from({ length: 500 }, (_, n) => BigInt(n) * step + 1n)
    expect(encodeHandled(withHandled(NOTHING_HANDLED, every(3n))).length).toBeLessThan(3_000)
    expect(encodeHandled(withHandled(NOTHING_HANDLED, [0n, ...every(1n)]))).toBe('')
  })
})

const letter = (more: Record<string, string> = {}): Letter =>
  letterOf('extract', {
    topic: 'app.extract.dlq',
    partition: 0,
    offset: 7n,
    timestampMs: 1000,
    key: Buffer.from('AAPL'),
    value: Buffer.from('v'),
    headers: {
      traceparent: '00-t',
      'dlq.topic': 'app.documents',
      'dlq.partition': '3',
      'dlq.offset': '41',
      'dlq.timestamp': '900',
      'dlq.stage': 'process',
      'dlq.error.class': 'TypeError',
      'dlq.error.message': 'no field "x" in record 41',
      'dlq.last_at': '2026-03-02T10:00:00.000Z',
      '__connect.errors.topic': 'app.documents',
      ...more,
    },
  })

describe('letters', () => {
  test('a replay is the record as it was, where it was, with one replay more', () => {
    expect(replayOf(letter())).toEqual({
      topic: 'app.documents',
      partition: 3,
      timestampMs: 900,
      key: Buffer.from('AAPL'),
      value: Buffer.from('v'),
      headers: { traceparent: '00-t', 'dlq.replays': '1', 'dlq.replayed_from': 'app.extract.dlq-0 @ 7' },
    })
    expect(replayOf(letter({ 'dlq.replays': '2' }))?.headers['dlq.replays']).toBe('3')
  })

  test('are grouped by cause: messages that differ in numbers and names only are one', () => {
    const letters = [letter(), letter({ 'dlq.error.message': 'no field "y" in record 977', 'dlq.replays': '3' })]
    const causes = new Causes(3)
    for (const one of letters) causes.add(one)
    expect(causes.list()).toMatchObject([
      { errorClass: 'TypeError', message: 'no field "…" in record N', count: 2, replayable: 1 },
    ])
    expect(gist('lost 1f0c1f4e-9a52-4a53-9d53-6f1c1cb0a111 again\nat line 3')).toBe('lost … again')
  })

  test('are as many causes as a screen can take, however odd their messages; the others count together', () => {
    const causes = new Causes(3)
    const wordOf = (n: number): string => String(n).replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)] ?? '')
    for (let n = 0; n < 1_500; n++) causes.add(letter({ 'dlq.error.message': `lost ${wordOf(n)}` }))
    const [most, ...others] = causes.list()
    expect(most).toMatchObject({ message: '(other messages)', count: 500 })
    expect(others).toHaveLength(1_000)
  })

  test.each([
    ['its code', { code: 'TypeError' }, true],
    ['another code', { code: 'RangeError' }, false],
    ['all that is its own', { stage: 'process', message: 'field "x"', key: 'AAPL', offset: 7n }, true],
    ['another key', { key: 'MSFT' }, false],
    ['since the moment it failed', { sinceMs: Date.parse('2026-03-02T10:00:00Z') }, true],
    ['until the moment it failed', { untilMs: Date.parse('2026-03-02T10:00:00Z') }, false],
  ])('a filter by %s', (_, filter, is) => {
    expect(matches(letter(), filter)).toBe(is)
  })
})

test('a letter whose headers others wrote is told as far as it goes, and not put back to where nobody knows', () => {
  expect(letter({ 'dlq.partition': 'abc' }).origin).toBeUndefined()
  expect(replayOf(letter({ 'dlq.partition': '1.5' }))).toBeUndefined()
  expect(letter({ 'dlq.attempts': 'often' }).attempts).toBe(0)
  expect(letter({ 'dlq.timestamp': 'late' }).origin).toMatchObject({ partition: 3, timestampMs: 1000 })
  expect(timeText(1_795_578_495_053_000_000)).toBe('1795578495053000000 ms')
})
