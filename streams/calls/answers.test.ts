import { expect, test } from 'vitest'
import { DEFAULT_CALLS } from '../graph.ts'
import { MemoryBacking } from '../state/backing.ts'
import { BufferedStore } from '../state/buffered-store.ts'
import { ManualClock } from '../testing/manual-clock.ts'
import { Answers } from './answers.ts'
import { sharedCalls } from './calls.ts'

const HOUR_MS = 3_600_000
const node = {
  calls: { ...DEFAULT_CALLS, memo: 'paid' },
  stores: [{ name: 'paid', type: 'kv', ttlMs: HOUR_MS }],
} as const

/** Answers of one session, with the memo it opened; what is paid for in the process outlives both. */
function session(clock: ManualClock, shared: ReturnType<typeof sharedCalls>) {
  const memo = new BufferedStore<unknown>('paid', new MemoryBacking(), () => clock.now(), HOUR_MS)
  return new Answers(memo, shared.recent, () => {})
}

test('an answer older than the memo keeps any is asked for again, in the same process too', async () => {
  const clock = new ManualClock()
  const answers = session(clock, sharedCalls(node, clock))
  let paid = 0
  const price = () => answers.once('AAPL', async () => ++paid)
  expect([await price(), await price()]).toEqual([1, 1])
  clock.advance(HOUR_MS + 1)
  expect([await price(), await price()]).toEqual([2, 2])
})

test('a session that begins anew finds what was paid for, as long as the memo would have kept it', async () => {
  const clock = new ManualClock()
  const shared = sharedCalls(node, clock)
  await session(clock, shared).once('AAPL', async () => 'first')
  clock.advance(HOUR_MS)
  expect(await session(clock, shared).once('AAPL', async () => 'second')).toBe('first')
  clock.advance(1)
  expect(await session(clock, shared).once('AAPL', async () => 'second')).toBe('second')
})
