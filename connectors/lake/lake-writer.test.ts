import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { parquetReadObjects } from 'hyparquet'
import { afterAll, expect, test } from 'vitest'
import type { LakeRow } from '../../schemas/index.ts'
import type { InputRecord } from '../../streams/index.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import { openLakeWriter } from './lake-writer.ts'

const base = mkdtempSync(join(tmpdir(), 'lake-writer-'))
afterAll(() => rmSync(base, { recursive: true }))
const DAY_MS = 86_400_000
const COUNT = 40

/** A store that keeps what exists and fails every so many puts. */
function memoryStore(): ObjectStore & { readonly files: Map<string, Uint8Array>; failIn: number } {
  const files = new Map<string, Uint8Array>()
  const store = {
    files,
    failIn: 0,
    async put(key: string, bytes: Uint8Array) {
      if (--store.failIn === 0) throw new Error('outage')
      if (!files.has(key)) files.set(key, bytes)
    },
    get: async (key: string) => files.get(key) ?? new Uint8Array(),
    has: async (key: string) => files.has(key),
    list: async () => [...files.keys()],
  }
  return store
}

const records = (dayOfOffset: (offset: number) => number): InputRecord[] =>
  Array.from({ length: COUNT }, (_, offset) => {
    const timestampMs = dayOfOffset(offset) * DAY_MS
    const value: LakeRow = { row_id: `r${offset}`, table: 't', row: '{}', emitted_at: timestampMs }
    return { topic: 'lake.publish', partition: 0, offset: BigInt(offset), timestampMs, key: 't', value, headers: {} }
  })

async function offsetsIn(files: ReadonlyMap<string, Uint8Array>): Promise<number[]> {
  const { zstdDecompressSync } = await import('node:zlib')
  const compressors = { ['ZSTD']: (input: Uint8Array) => zstdDecompressSync(input) }
  const rows = await Promise.all(
    [...files.values()].map((bytes) => parquetReadObjects({ file: new Uint8Array(bytes).buffer, compressors })),
  )
  return rows
    .flat()
    .map((row) => Number(row['_offset']))
    .sort((a, b) => a - b)
}

/** The store as one life of the process sees it: once it has died nothing it does has any effect. */
function lifeWith(store: ObjectStore) {
  let putsLeft = Number.POSITIVE_INFINITY
  let stopped = (): void => {}
  const never = new Promise<never>(() => {})
  return {
    store: {
      ...store,
      async put(key: string, bytes: Uint8Array) {
        if (putsLeft > 0) await store.put(key, bytes)
        putsLeft--
        if (putsLeft > 0) return
        stopped()
        await never
      },
    },
    /** Dies within `work` right after so many puts; after all of it where it has fewer. */
    async dieAfter(puts: number, work: () => Promise<void>) {
      const died = new Promise<void>((resolve) => (stopped = resolve))
      putsLeft = puts
      await Promise.race([died, work().catch(() => {})])
      putsLeft = 0
      await setImmediate()
    },
  }
}

/** Each step: how many records to write, how the process fares after, and which put fails meanwhile. */
const step = fc.record({
  take: fc.integer({ min: 0, max: 15 }),
  then: fc.constantFrom('goes on', 'dies', 'dies in a roll', 'rolls'),
  failIn: fc.integer({ min: 0, max: 4 }),
  putsBeforeDeath: fc.integer({ min: 0, max: 3 }),
})

test.each([
  ['with a journal', true, 1000],
  ['with files written while more comes', true, 7],
  ['without a journal', false, 1000],
])('each record is in exactly one file, whatever dies or fails: %s', async (_how, withJournal, rollRecords) => {
  let run = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 12 }),
      fc.array(fc.record({ day: fc.integer({ min: 0, max: 2 }), partition: fc.integer({ min: 0, max: 2 }) }), {
        minLength: COUNT,
        maxLength: COUNT,
      }),
      async (steps, places) => {
        const all = records((offset) => places[offset]?.day ?? 0).map((r, i) => ({
          ...r,
          partition: places[i]?.partition ?? 0,
        }))
        const store = memoryStore()
        const journalFile = join(base, `${withJournal}-${rollRecords}-${run++}`)
        const clock = { now: () => 0, sleep: () => new Promise<void>(() => {}) }
        const open = async () => {
          const life = lifeWith(store)
          const lake = openLakeWriter({
            store: life.store,
            clock,
            rollRecords,
            ...(withJournal ? { journalFile } : {}),
          })
          await lake.open()
          return { lake, life }
        }
        let { lake, life } = await open()
        let committed = 0
        const lastStep = { take: COUNT, then: 'goes on', failIn: 0, putsBeforeDeath: 0 }
        for (const { take, then, failIn, putsBeforeDeath } of [...steps, lastStep]) {
          store.failIn = failIn
          lake.write(all.slice(committed, committed + take))
          try {
            await lake.flush()
            committed = Math.min(COUNT, committed + take)
            if (then === 'rolls') await lake.roll()
          } catch (error) {
            expect((error as Error).message).toBe('outage')
          }
          if (then === 'dies') await life.dieAfter(0, async () => {})
          if (then === 'dies in a roll') await life.dieAfter(putsBeforeDeath, () => lake.roll())
          store.failIn = 0
          if (then.startsWith('dies')) ({ lake, life } = await open())
        }
        await lake.close()
        expect(await offsetsIn(store.files)).toEqual(Array.from({ length: COUNT }, (_, i) => i))
      },
    ),
    { numRuns: 60 },
  )
})

test('records of a topic gone quiet reach the files when their time has come', async () => {
  const store = memoryStore()
  let wake = (): void => {}
  let now = 0
  const clock = { now: () => now, sleep: () => new Promise<void>((resolve) => (wake = resolve)) }
  const lake = openLakeWriter({ store, clock, journalFile: join(base, 'quiet'), rollMs: 1000 })
  await lake.open()
  lake.write(records(() => 0).slice(0, 3))
  await lake.flush()
  expect(store.files.size).toBe(0)
  now = 1000
  wake()
  await expect.poll(() => store.files.size).toBe(1)
  await lake.close()
})
