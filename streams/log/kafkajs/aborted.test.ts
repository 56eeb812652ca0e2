import { expect, test } from 'vitest'
import { committedOnly } from './aborted.ts'
import type { FetchedRecord } from './internals.ts'

const record = (offset: number, producerId: string, marker?: 'abort' | 'commit'): FetchedRecord => ({
  offset: String(offset),
  timestamp: '0',
  key: marker === undefined ? null : Buffer.from([0, 0, 0, marker === 'commit' ? 1 : 0]),
  value: null,
  headers: {},
  isControlRecord: marker !== undefined,
  batchContext: { producerId, inTransaction: true },
})
const offsets = (records: readonly FetchedRecord[]): readonly number[] => records.map(({ offset }) => Number(offset))

test('transactions that overlap are told apart, in whatever order the broker lists them', () => {
  const log = [record(0, 'a'), record(1, 'b'), record(2, 'c'), record(3, 'b', 'abort'), record(4, 'c', 'commit')]
  const aborted = [
    { producerId: 'b', firstOffset: '1' },
    { producerId: 'a', firstOffset: '0' },
  ]
  expect(offsets(committedOnly([...log, record(5, 'a'), record(6, 'a', 'abort')], aborted))).toEqual([2])
})

test('what a producer commits between two aborts of its own is seen', () => {
  const log = [
    ...[record(0, 'a'), record(1, 'a', 'abort'), record(2, 'a'), record(3, 'a', 'commit')],
    ...[record(4, 'a'), record(5, 'a', 'abort'), record(6, 'a')],
  ]
  const aborted = [
    { producerId: 'a', firstOffset: '4' },
    { producerId: 'a', firstOffset: '0' },
  ]
  expect(offsets(committedOnly(log, aborted))).toEqual([2, 6])
})
