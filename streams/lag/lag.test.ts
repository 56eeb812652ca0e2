import { describe, expect, test } from 'vitest'
import { LagHistory } from './lag-history.ts'
import type { LagReading } from './lag-reading.ts'
import { type CommitSample, statusOfWindow } from './lag-status.ts'
import { trendOf } from './lag-trend.ts'

/** Commits as [offset, seconds, lag]. */
type Commits = readonly (readonly [offset: number, seconds: number, lag: number | undefined])[]
const samplesOf = (commits: Commits): readonly CommitSample[] =>
  commits.map(([offset, seconds, lag]) => ({
    offset: BigInt(offset),
    atMs: seconds * 1000,
    lag: lag === undefined ? undefined : BigInt(lag),
  }))
const every100s = (offsets: readonly number[], lags: readonly number[]): Commits =>
  offsets.map((offset, i) => [offset, (i + 1) * 100, lags[i]])
const ADVANCING = [1000, 2000, 3000, 4000, 5000]
const STANDING = [1000, 1000, 1000, 1000, 1000]
const EACH_SECOND: Commits = Array.from({ length: 15 }, (_, n) => [792_748_079 + n, 1_512_224_618 + n, 0])

describe('the rules of Burrow, by its published cases', () => {
  const cases: readonly [string, Commits, readonly number[], currentLag: number, nowSeconds: number, string][] = [
    ['0: no lag somewhere in the window', every100s(ADVANCING, [0, 50, 100, 150, 200]), [5200], 200, 600, 'ok'],
    [
      '1: silent for as long as the window, not longer',
      every100s(ADVANCING, [0, 50, 100, 150, 200]),
      [5200],
      200,
      900,
      'ok',
    ],
    [
      '2: silent for longer, though there once was no lag',
      every100s(ADVANCING, [0, 50, 100, 150, 200]),
      [5200],
      200,
      1000,
      'stop',
    ],
    [
      '3: silent for longer, with lag all along',
      every100s(ADVANCING, [50, 100, 150, 200, 250]),
      [5250],
      250,
      1000,
      'stop',
    ],
    ['4: does not move, but there was no lag', every100s(STANDING, [0, 50, 100, 150, 200]), [1200], 200, 600, 'ok'],
    ['5: does not move, and lag grows', every100s(STANDING, [100, 150, 200, 250, 300]), [1300], 300, 600, 'stall'],
    ['6: does not move, and lag stays', every100s(STANDING, [100, 100, 100, 100, 100]), [1100], 100, 600, 'stall'],
    ['7: went back', every100s([1000, 2000, 3000, 2000, 4000], [100, 150, 200, 1250, 300]), [4300], 300, 600, 'rewind'],
    ['8: no lag now, whatever was', every100s(ADVANCING, [50, 100, 150, 200, 250]), [5250], 0, 1000, 'ok'],
    [
      '9: silent while new records came',
      EACH_SECOND,
      [792_749_024, 792_749_000, 792_748_800, 792_748_600, 792_748_500],
      931,
      1_512_224_650,
      'stop',
    ],
    [
      '10: silent, but it was at the end just now',
      EACH_SECOND,
      [792_748_094, 792_748_093, 792_748_093],
      1,
      1_512_224_650,
      'ok',
    ],
    [
      '11: commits whose lag is not known count for nothing',
      ADVANCING.flatMap(
        (offset, i): Commits => [
          [offset, (i + 1) * 100, i * 50],
          [offset + 500, (i + 1) * 100 + 50, undefined],
        ],
      ),
      [5700],
      200,
      600,
      'ok',
    ],
  ]
  test.each(cases)('%s', (_, commits, ends, currentLag, nowSeconds, status) => {
    const window = { samples: samplesOf(commits), recentEnds: ends.map(BigInt), currentLag: BigInt(currentLag) }
    expect(statusOfWindow({ ...window, nowMs: nowSeconds * 1000 })).toBe(status)
  })

  test('lag that only grows is a warning, and a rewind that caught up is none', () => {
    const window = (commits: Commits) =>
      statusOfWindow({ samples: samplesOf(commits), recentEnds: [], currentLag: 9n, nowMs: 600_000 })
    expect(window(every100s(ADVANCING, [50, 100, 150, 200, 250]))).toBe('warn')
    expect(window(every100s([1000, 2000, 500, 4000, 5000], [50, 100, 1500, 0, 9]))).toBe('ok')
  })
})

describe('the trend', () => {
  const points = (rows: readonly (readonly [seconds: number, committed: number, written: number])[]) =>
    rows.map(([seconds, committed, written]) => ({
      atMs: seconds * 1000,
      committed: BigInt(committed),
      written: BigInt(written),
      lag: BigInt(written - committed),
    }))

  test('time to catch up is lag over what is gained a second', () => {
    const trend = trendOf(
      points([
        [0, 0, 1000],
        [10, 300, 1100],
        [20, 600, 1200],
      ]),
    )
    expect(trend).toMatchObject({
      direction: 'falling',
      consumedPerSecond: 30,
      producedPerSecond: 10,
      catchUpMs: 30_000,
    })
  })

  test('who falls behind never catches up, who is there has caught up', () => {
    expect(
      trendOf(
        points([
          [0, 0, 100],
          [10, 10, 300],
        ]),
      ),
    ).toMatchObject({ direction: 'rising', catchUpMs: undefined })
    expect(
      trendOf(
        points([
          [0, 0, 100],
          [10, 300, 300],
        ]),
      ).catchUpMs,
    ).toBe(0)
    expect(trendOf(points([[0, 5, 5]]))).toMatchObject({ direction: 'steady', catchUpMs: 0 })
  })

  test('small changes of a large lag are steady', () => {
    expect(
      trendOf(
        points([
          [0, 0, 100_000],
          [10, 100, 100_200],
        ]),
      ).direction,
    ).toBe('steady')
  })
})

describe('the history', () => {
  const reading = (more: Partial<LagReading>): LagReading => ({
    group: 'g',
    at: { topic: 't', partition: 0 },
    committed: 10n,
    doneAbove: 0n,
    end: 20n,
    written: 20n,
    records: 10n,
    isExact: true,
    nextMs: 0,
    hasMembers: true,
    ...more,
  })
  /** Looks every five seconds for a minute and a half. */
  const statusAfter = (at: (seconds: number) => Partial<LagReading>): string | undefined => {
    const history = new LagHistory()
    let status: string | undefined
    for (let seconds = 0; seconds <= 90; seconds += 5)
      status = history.observe([reading(at(seconds))], 3_600_000 + seconds * 1000, seconds * 1000)[0]?.status
    return status
  }

  test('commits that stand still are a stall where the group has members, else a stop', () => {
    expect(statusAfter(() => ({}))).toBe('stall')
    expect(statusAfter(() => ({ hasMembers: false }))).toBe('stop')
  })

  test('a commit that stands still while work above it gets done is no stall', () => {
    expect(statusAfter((s) => ({ doneAbove: BigInt(s), end: 200n, written: 200n, records: 190n - BigInt(s) }))).toBe(
      'ok',
    )
  })

  test('nobody is called stopped before half a minute has shown it', () => {
    const history = new LagHistory()
    for (const seconds of [0, 5, 10, 15, 20])
      expect(history.observe([reading({ hasMembers: false })], 3_600_000, seconds * 1000)[0]?.status).toBe('ok')
  })

  test('never committed is said where there are records, and a little behind is keeping up', () => {
    expect(statusAfter(() => ({ committed: undefined }))).toBe('never')
    expect(statusAfter(() => ({ committed: undefined, records: 0n }))).toBe('ok')
    expect(statusAfter((s) => ({ nextMs: 3_600_000 + s * 1000 - 2000 }))).toBe('ok')
  })

  test('a lag that grows on the whole is a warning, though it shrank once', () => {
    const growing = (s: number): Partial<LagReading> => {
      const lag = s === 60 ? 900n : BigInt(100 + s * 20)
      return { committed: BigInt(s * 10), written: BigInt(s * 10) + lag, end: BigInt(s * 10) + lag, records: lag }
    }
    expect(statusAfter(growing)).toBe('warn')
  })

  test('nothing left to read is no age at all, however old the last commit is', () => {
    const [lag] = new LagHistory().observe([reading({ records: 0n, nextMs: undefined })], 9e12, 0)
    expect(lag).toMatchObject({ behindMs: 0, status: 'ok', catchUpMs: 0 })
  })
})
