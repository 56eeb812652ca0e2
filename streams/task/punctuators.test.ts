import { expect, test } from 'vitest'
import { Punctuators } from './punctuators.ts'

const stream = 'stream_time' as const
const wall = 'wall_clock_time' as const

test('a timer whose call is under way is still due for whoever starts from the committed state', () => {
  const timers = new Punctuators()
  timers.schedule(100, stream, () => {}, 1_000)
  const [due] = timers.due(stream, 1_250)
  expect(due?.timeMs).toBe(1_250)
  expect(timers.due(stream, 1_260)).toEqual([])
  expect(timers.snapshot()).toEqual([1_100])
  const again = new Punctuators()
  again.restore(timers.snapshot())
  again.schedule(100, stream, () => {}, 1_250)
  expect(again.due(stream, 1_250)).toHaveLength(1)
  due?.fired()
  expect(timers.snapshot()).toEqual([1_300])
})

test('a clock that is set back makes a timer wait for one interval, not until the clock has caught up', () => {
  const timers = new Punctuators()
  timers.schedule(100, wall, () => {}, 5_000_000)
  expect(timers.nextWallMs(5_000_050)).toBe(5_000_100)
  expect(timers.nextWallMs(1_000)).toBe(1_100)
  expect(timers.due(wall, 1_100)).toHaveLength(1)
  expect(timers.nextWallMs(1_100)).toBe(1_200)
})

test('a clock that jumps ahead calls a timer once', () => {
  const timers = new Punctuators()
  timers.schedule(100, wall, () => {}, 0)
  expect(timers.due(wall, 3_600_050)).toHaveLength(1)
  expect(timers.nextWallMs(3_600_050)).toBe(3_600_100)
})
