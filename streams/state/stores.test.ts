import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemoryBacking } from './backing.ts'
import { BufferedStore } from './buffered-store.ts'
import { openSessionStore, type Session } from './session-store.ts'
import { openVersionedStore } from './versioned-store.ts'
import { openWindowStore } from './window-store.ts'

/** A store that commits, fails calls and restarts as told; `open` makes the store under test over it. */
class Bench<S> {
  readonly backing = new MemoryBacking()
  readonly #open: (store: BufferedStore<unknown>, timeMs: () => number) => S
  nowMs = 0
  base!: BufferedStore<unknown>
  store!: S

  constructor(open: (store: BufferedStore<unknown>, timeMs: () => number) => S) {
    this.#open = open
    this.restart()
  }

  restart(): void {
    this.base = new BufferedStore('s', this.backing, () => 0)
    this.store = this.#open(this.base, () => this.nowMs)
  }

  commit(): void {
    this.base.keepCall()
    this.backing.apply(this.base.freeze())
    this.base.applied()
  }
}

const key = fc.constantFrom('a', 'b', 'ab', 'a\0')
const timeMs = fc.integer({ min: 0, max: 400 })
const around = fc.constantFrom('keep', 'drop', 'commit', 'restart')
/** What the model says must be kept or undone around a call; gives whether the call counts. */
function settle(bench: Bench<unknown>, what: string): boolean {
  if (what === 'drop') bench.base.dropCall()
  else if (what === 'keep') bench.base.keepCall()
  else bench.commit()
  if (what === 'restart') bench.restart()
  return what !== 'drop'
}

test('a window store reads like a map with a horizon, whatever fails, commits and restarts', () => {
  const step = fc.record({
    key,
    start: timeMs,
    later: fc.integer({ min: 0, max: 30 }),
    do: around,
    delete: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), fc.constantFrom(1, 10, 75), (steps, segmentMs) => {
      const retentionMs = 100
      const bench = new Bench((base, now) => openWindowStore<number>(base, { retentionMs, segmentMs, timeMs: now }))
      let model = new Map<string, { key: string; start: number; value: number }>()
      for (const [i, s] of steps.entries()) {
        bench.nowMs += s.later
        const id = `${s.key} ${s.start}`
        const next = new Map(model)
        if (s.delete) {
          bench.store.delete(s.key, s.start)
          next.delete(id)
        } else {
          const isKept = s.start >= bench.nowMs - retentionMs
          expect(bench.store.put(s.key, s.start, i)).toBe(isKept)
          if (isKept) next.set(id, { key: s.key, start: s.start, value: i })
        }
        if (settle(bench, s.do)) model = next
        const live = [...model.values()].filter((one) => one.start >= bench.nowMs - retentionMs)
        const [from, to] = [s.start - 20, s.start + 60]
        const inRange = live.filter((one) => one.start >= from && one.start <= to)
        const ofKey = inRange.filter((one) => one.key === s.key).sort((a, b) => a.start - b.start)
        // What lies so far ahead of time that no window can is not looked for.
        if (s.start > bench.nowMs + retentionMs) continue
        expect([...bench.store.fetch(s.key, from, to)]).toEqual(ofKey.map((one) => [one.start, one.value]))
        expect([...bench.store.all(from, to)].map(([k, start, value]) => `${k} ${start} ${value}`).sort()).toEqual(
          inRange.map((one) => `${one.key} ${one.start} ${one.value}`).sort(),
        )
        for (const one of live) expect(bench.store.get(one.key, one.start)).toBe(one.value)
      }
    }),
  )
})

test('expired windows leave the disk too, as deletions a changelog sees', () => {
  const bench = new Bench((base, now) =>
    openWindowStore<number>(base, { retentionMs: 100, segmentMs: 10, timeMs: now }),
  )
  let deletions = 0
  for (let i = 0; i < 3_000; i++) {
    bench.nowMs = i
    bench.store.put(`k${i % 7}`, i, i)
    bench.base.keepCall()
    if (i % 50 === 0) {
      const frozen = bench.base.freeze()
      deletions += [...frozen.values()].filter((text) => text === undefined).length
      bench.backing.apply(frozen)
      bench.base.applied()
    }
  }
  bench.commit()
  expect([...bench.backing.range(undefined, undefined)].length).toBeLessThan(200)
  expect(deletions).toBeGreaterThan(2_700)
})

test('a session store finds the sessions that touch a span, whatever fails, commits and restarts', () => {
  const step = fc.record({
    key,
    start: timeMs,
    length: fc.integer({ min: 0, max: 90 }),
    later: fc.integer({ min: 0, max: 30 }),
    do: around,
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const retentionMs = 150
      const bench = new Bench((base, now) => openSessionStore<number>(base, { retentionMs, timeMs: now }))
      let model: (Session<number> & { key: string })[] = []
      for (const [value, s] of steps.entries()) {
        const session = { startMs: s.start, endMs: s.start + s.length, value }
        bench.nowMs = Math.max(bench.nowMs + s.later, session.endMs)
        const touching = [...bench.store.find(s.key, session.startMs, session.endMs)]
        const isTouched = (one: Session<number> & { key: string }): boolean =>
          one.key === s.key && one.endMs >= session.startMs && one.startMs <= session.endMs
        const live = model.filter((one) => one.endMs >= bench.nowMs - retentionMs)
        expect(touching).toEqual(
          live
            .filter(isTouched)
            .map(({ startMs, endMs, value: v }) => ({ startMs, endMs, value: v }))
            .sort((a, b) => a.startMs - b.startMs),
        )
        for (const one of touching) bench.store.delete(s.key, one.startMs, one.endMs)
        const isKept = bench.store.put(s.key, session)
        const next = live.filter((one) => !isTouched(one))
        if (isKept) next.push({ ...session, key: s.key })
        if (settle(bench, s.do)) model = next
        for (const one of model) {
          const expected = one.endMs >= bench.nowMs - retentionMs ? one.value : undefined
          expect(bench.store.get(one.key, one.startMs, one.endMs)).toBe(expected)
        }
      }
    }),
  )
})

test('a versioned store answers as of any time within its history, whatever fails, commits and restarts', () => {
  const step = fc.record({
    key,
    from: timeMs,
    later: fc.integer({ min: 0, max: 20 }),
    deletes: fc.boolean(),
    do: around,
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const historyMs = 120
      const bench = new Bench((base, now) => openVersionedStore<number>(base, { historyMs, timeMs: now }))
      let model = new Map<string, { key: string; from: number; value: number | undefined }>()
      for (const [i, s] of steps.entries()) {
        bench.nowMs += s.later
        const value = s.deletes ? undefined : i
        const next = new Map(model)
        const isKept = s.from >= bench.nowMs - historyMs
        expect(bench.store.put(s.key, value, s.from)).toBe(isKept)
        if (isKept) next.set(`${s.key} ${s.from}`, { key: s.key, from: s.from, value })
        if (settle(bench, s.do)) model = next
        const versions = [...model.values()].filter((one) => one.key === s.key).sort((a, b) => a.from - b.from)
        const asOf = (at: number) => {
          const found = versions.findLast((one) => one.from <= at)
          const isKnown = at >= bench.nowMs - historyMs || found === versions.at(-1)
          return found?.value === undefined || !isKnown ? undefined : { value: found.value, fromMs: found.from }
        }
        for (let at = 0; at <= 420; at += 7) expect([at, bench.store.getAsOf(s.key, at)]).toEqual([at, asOf(at)])
        expect(bench.store.get(s.key)).toEqual(asOf(Number.POSITIVE_INFINITY))
      }
    }),
  )
})

test('replaced versions leave the disk once past the history, and so does a deletion that is the latest', () => {
  const bench = new Bench((base, now) => openVersionedStore<number>(base, { historyMs: 100, timeMs: now }))
  for (let i = 0; i < 2_000; i++) {
    bench.nowMs = i
    bench.store.put(`k${i % 5}`, i, i)
    if (i < 50) bench.store.put(`gone${i}`, i % 2 === 0 ? i : undefined, i)
    bench.commit()
  }
  expect([...bench.backing.range('v', 'w')].length).toBeLessThan(140)
  expect([...bench.backing.range('x', 'y')].length).toBeLessThan(140)
  expect(bench.store.get('gone0')).toEqual({ value: 0, fromMs: 0 })
})

test('an entry past its time to live leaves the disk in passing', () => {
  let nowMs = 0
  const backing = new MemoryBacking()
  const store = new BufferedStore<number>('s', backing, () => nowMs, 100)
  for (let i = 0; i < 5_000; i++) {
    nowMs = i
    store.put(`k${i}`, i)
    store.keepCall()
    if (i % 100 === 0) {
      backing.apply(store.freeze())
      store.applied()
    }
  }
  expect([...backing.range(undefined, undefined)].length).toBeLessThan(400)
})
