import { expect, test } from 'vitest'
import { SNAPSHOT } from '../testing/topology.ts'
import { createLive, type EventStream, type LiveStore } from './live.ts'
import { freshnessOf, retryDelayMs } from './live-view.ts'
import type { LiveChanges } from './wire.ts'

const QUIET: LiveChanges = {
  as_of: SNAPSHOT.as_of,
  topology: null,
  state: null,
  documents: [],
  signals: [],
  recommendations: [],
  orders: [],
}

/** A clock that stands until it is moved, and a stream that says what the test says. */
function stand(): {
  readonly live: LiveStore
  readonly send: (type: string, data?: unknown) => void
  readonly pass: (ms: number) => void
  readonly opened: () => number
  readonly drawn: () => number
} {
  let nowMs = 0
  let opened = 0
  let drawn = 0
  let listeners = new Map<string, (event: { readonly data?: unknown }) => void>()
  let timers: { readonly atMs: number; readonly run: () => void }[] = []
  const open = (): EventStream => {
    opened += 1
    const own = new Map<string, (event: { readonly data?: unknown }) => void>()
    listeners = own
    return { addEventListener: (type, listener) => void own.set(type, listener), close: () => own.clear() }
  }
  const live = createLive({
    open,
    nowMs: () => nowMs,
    random: () => 0,
    setTimer: (run, delayMs) => timers.push({ atMs: nowMs + delayMs, run }),
    clearTimer: () => {
      timers = []
    },
  })
  live.subscribe(() => {
    drawn += 1
  })
  live.start()
  return {
    live,
    send: (type, data) => listeners.get(type)?.(data === undefined ? {} : { data: JSON.stringify(data) }),
    pass: (ms) => {
      const until = nowMs + ms
      for (;;) {
        const next = timers.toSorted((a, b) => a.atMs - b.atMs)[0]
        if (next === undefined || next.atMs > until) break
        timers = timers.filter((t) => t !== next)
        nowMs = next.atMs
        next.run()
      }
      nowMs = until
    },
    opened: () => opened,
    drawn: () => drawn,
  }
}

test('the snapshot is shown at once', () => {
  const { live, send } = stand()
  expect(live.state().freshness).toBe('waiting')
  send('snapshot', SNAPSHOT)
  expect(live.state()).toMatchObject({ freshness: 'fresh', view: { topology: { name: 'stonks' } } })
})

test('a hundred changes within a second are drawn once', () => {
  const { live, send, pass, drawn } = stand()
  send('snapshot', SNAPSHOT)
  const before = drawn()
  for (let i = 0; i < 100; i++) send('changes', { ...QUIET, orders: [{}] })
  pass(1_000)
  expect(drawn()).toBe(before + 1)
  expect(live.state().view?.revisions.orders).toBe(101)
})

test('numbers are late after 2 s and disconnected after 10 s of silence', () => {
  expect(freshnessOf(1_000, 0, 3_000)).toBe('fresh')
  expect(freshnessOf(1_000, 0, 3_001)).toBe('late')
  expect(freshnessOf(1_000, 0, 11_001)).toBe('disconnected')
  expect(freshnessOf(null, 0, 5_000)).toBe('waiting')
  expect(freshnessOf(null, 0, 10_001)).toBe('disconnected')
})

test('a broken stream is opened again after a growing delay, with the seconds counted down', () => {
  const { live, send, pass, opened } = stand()
  send('snapshot', SNAPSHOT)
  send('error')
  pass(1_000)
  expect(opened()).toBe(2)
  send('error')
  pass(1_000)
  expect(live.state().retryInSeconds).toBe(1)
  pass(1_000)
  expect(opened()).toBe(3)
})

test('a stream that says nothing for ten seconds is opened anew, and again', () => {
  const { live, send, pass, opened } = stand()
  send('snapshot', SNAPSHOT)
  pass(12_000)
  expect(live.state().freshness).toBe('disconnected')
  pass(30_000)
  expect(opened()).toBeGreaterThan(2)
  send('snapshot', SNAPSHOT)
  pass(1_000)
  expect(live.state().freshness).toBe('fresh')
})

test('while paused the picture stands; resuming shows the newest', () => {
  const { live, send, pass } = stand()
  send('snapshot', SNAPSHOT)
  live.setPaused(true)
  const shown = live.state().view
  send('changes', { ...QUIET, as_of: '2026-11-24T14:31:00.000Z' })
  pass(1_000)
  expect(live.state().view).toBe(shown)
  expect(live.state().freshness).toBe('fresh')
  live.setPaused(false)
  expect(live.state().view?.as_of).toBe('2026-11-24T14:31:00.000Z')
})

test('what did not change keeps its identity, so nothing is drawn for it', () => {
  const { live, send, pass } = stand()
  send('snapshot', SNAPSHOT)
  const before = live.state().view
  send('changes', QUIET)
  pass(1_000)
  expect(live.state().view?.topology).toBe(before?.topology)
  expect(live.state().view?.revisions).toBe(before?.revisions)
})

test('a cut message is passed over', () => {
  const { live, send, pass } = stand()
  send('snapshot', SNAPSHOT)
  send('changes', undefined)
  pass(1_000)
  expect(live.state().view?.as_of).toBe(SNAPSHOT.as_of)
})

test('delays double from one second to thirty', () => {
  expect([0, 1, 2, 3, 4, 5, 9].map((attempt) => retryDelayMs(attempt, 0))).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
  ])
  expect(retryDelayMs(0, 0.999)).toBeGreaterThanOrEqual(800)
})
