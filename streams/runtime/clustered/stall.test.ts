import { expect, test } from 'vitest'
import { STALL_MS, stalledBy } from './stall.ts'

const still = { commitSinceMs: undefined, buffered: 0, movedMs: 0, calling: false }

test('a commit that does not end is given up, whatever else goes on', () => {
  expect(stalledBy({ ...still, commitSinceMs: 5, calling: true }, STALL_MS + 4)).toBeUndefined()
  expect(stalledBy({ ...still, commitSinceMs: 5, calling: true }, STALL_MS + 5)).toBe('a commit has not ended for 60 s')
})

test('records that nobody handles are a stall, unless a call is under way; having none is not', () => {
  expect(stalledBy({ ...still, buffered: 3 }, STALL_MS)).toBe('3 records wait and none was handled for 60 s')
  expect(stalledBy({ ...still, buffered: 3, movedMs: 1 }, STALL_MS)).toBeUndefined()
  expect(stalledBy({ ...still, buffered: 3, calling: true }, STALL_MS)).toBeUndefined()
  expect(stalledBy(still, 10 * STALL_MS)).toBeUndefined()
})
