import { describe, expect, test } from 'vitest'
import type { Clock } from '../clock.ts'
import { DEFAULT_CALLS } from '../graph.ts'
import { CallLimits, type Permit } from './call-limits.ts'

/** Time that moves to the next sleeper when told to. */
class SteppedClock implements Clock {
  nowMs = 0
  readonly #sleepers: { readonly atMs: number; readonly wake: () => void }[] = []
  now = (): number => this.nowMs
  sleep = (ms: number): Promise<void> =>
    new Promise((wake) => void this.#sleepers.push({ atMs: this.nowMs + ms, wake }))
  async step(): Promise<void> {
    const next = this.#sleepers.sort((a, b) => a.atMs - b.atMs).shift()
    if (next !== undefined) this.nowMs = Math.max(this.nowMs, next.atMs)
    next?.wake()
    await new Promise((resolve) => setImmediate(resolve))
  }
}
const never = new AbortController().signal
const settled = async <T>(promise: Promise<T>): Promise<T | 'waits'> =>
  Promise.race([promise, new Promise<'waits'>((resolve) => setImmediate(() => resolve('waits')))])

describe('so many at a time', () => {
  test('who came first is let in first', async () => {
    const limits = new CallLimits({ ...DEFAULT_CALLS, concurrency: 2 }, new SteppedClock())
    const order: number[] = []
    const permits: Permit[] = []
    for (const n of [1, 2, 3, 4]) {
      void limits.enter(never).then((permit) => {
        order.push(n)
        permits.push(permit!)
      })
    }
    await settled(Promise.resolve())
    expect([order, limits.running]).toEqual([[1, 2], 2])
    limits.leave(permits[0]!, 'answered')
    await settled(Promise.resolve())
    expect([order, limits.running]).toEqual([[1, 2, 3], 2])
  })

  test('who goes away while waiting takes nobody’s place', async () => {
    const limits = new CallLimits({ ...DEFAULT_CALLS, concurrency: 1 }, new SteppedClock())
    const first = await limits.enter(never)
    const gone = new AbortController()
    const [second, third] = [limits.enter(gone.signal), limits.enter(never)]
    gone.abort()
    expect(await second).toBeUndefined()
    limits.leave(first!, 'answered')
    expect(await settled(third)).toEqual({ isProbe: false })
  })
})

test('no more begin in a second than the rate says, and a clock set back an hour changes nothing', async () => {
  const clock = new SteppedClock()
  const limits = new CallLimits({ ...DEFAULT_CALLS, concurrency: 100, ratePerSecond: 20 }, clock)
  const startedMs: number[] = []
  for (let i = 0; i < 5; i++) void limits.enter(never).then(() => startedMs.push(clock.nowMs))
  await settled(Promise.resolve())
  for (let i = 0; i < 2; i++) await clock.step()
  clock.nowMs -= 3_600_000
  for (let i = 0; i < 2; i++) await clock.step()
  expect(startedMs.slice(0, 3)).toEqual([0, 50, 100])
  expect(startedMs).toHaveLength(5)
})

test.each(['rate', 'breaker'])('a clock that was set back while nobody slept is not waited for, %s', async (limit) => {
  const clock = new SteppedClock()
  clock.nowMs = 3_600_000
  const policy = limit === 'rate' ? { ratePerSecond: 20 } : { breaker: { failures: 1, coolDownMs: 1_000 } }
  const limits = new CallLimits({ ...DEFAULT_CALLS, ...policy }, clock)
  limits.leave((await limits.enter(never))!, 'failed')
  clock.nowMs = 0
  const next = limits.enter(never)
  await clock.step()
  expect(await settled(next)).toMatchObject({ isProbe: limit === 'breaker' })
})

describe('when the other side does not answer', () => {
  const breaker = { failures: 3, coolDownMs: 1_000 }
  const broken = async (): Promise<{ clock: SteppedClock; limits: CallLimits }> => {
    const clock = new SteppedClock()
    const limits = new CallLimits({ ...DEFAULT_CALLS, breaker }, clock)
    for (let i = 0; i < 3; i++) limits.leave((await limits.enter(never))!, 'failed')
    return { clock, limits }
  }

  test('after so many failures in a row nobody is let in, then one to see', async () => {
    const { clock, limits } = await broken()
    const [first, second] = [limits.enter(never), limits.enter(never)]
    expect([await settled(first), limits.breaker]).toEqual(['waits', 'open'])
    await clock.step()
    expect([clock.nowMs, await first, await settled(second), limits.breaker]).toEqual([
      1_000,
      { isProbe: true },
      'waits',
      'probing',
    ])
    limits.leave((await first)!, 'answered')
    expect([await second, limits.breaker]).toEqual([{ isProbe: false }, 'closed'])
  })

  test('where the probe fails the waiting begins anew', async () => {
    const { clock, limits } = await broken()
    const [first, second] = [limits.enter(never), limits.enter(never)]
    await clock.step()
    limits.leave((await first)!, 'failed')
    expect(await settled(second)).toBe('waits')
    await clock.step()
    expect([clock.nowMs, await second]).toEqual([2_000, { isProbe: true }])
  })

  test('a call that was given up on our side says nothing of the other', async () => {
    const { clock, limits } = await broken()
    const [first, second] = [limits.enter(never), limits.enter(never)]
    await clock.step()
    limits.leave((await first)!, 'given_up')
    expect(await second).toEqual({ isProbe: true })
  })

  test('failures with an answer in between do not add up', async () => {
    const limits = new CallLimits({ ...DEFAULT_CALLS, breaker }, new SteppedClock())
    for (const how of ['failed', 'failed', 'answered', 'failed', 'failed'] as const)
      limits.leave((await limits.enter(never))!, how)
    expect(limits.breaker).toBe('closed')
  })
})
