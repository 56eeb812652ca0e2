import { fork } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { ManualClock } from '../../testing/manual-clock.ts'
import { openEmbeddedLog } from './embedded-driver.ts'

const folders: string[] = []
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'embedded-'))
  folders.push(made)
  return made
}
afterEach(() => {
  for (const one of folders.splice(0)) rmSync(one, { recursive: true, force: true })
})

const topic = (name: string, extra = {}) => ({
  topic: name,
  partitions: 2,
  cleanup: 'delete' as const,
  retentionMs: 86_400_000,
  ...extra,
})
const record = (n: number, partition = 0) => ({
  topic: 't',
  partition,
  timestampMs: n,
  key: Buffer.from(`k${n % 7}`),
  value: n % 5 === 0 ? undefined : Buffer.from('v'.repeat(n % 300) + n),
  headers: n % 3 ? {} : { h: String(n) },
})

test('what was committed is read back after reopening, from any offset, and nothing else', async () => {
  const dir = folder()
  let driver = openEmbeddedLog({ folder: dir })
  driver.localLog.ensureTopics([topic('t')])
  for (let i = 0, n = 0; i < 40; i++) {
    const batch = driver.localLog.begin()
    for (let k = 0; k <= i * 40; k++, n++) batch.append(record(n))
    batch.commit([], [])
  }
  const lost = driver.localLog.begin()
  lost.append(record(1))
  await driver.close()
  driver = openEmbeddedLog({ folder: dir })
  const end = Number((await (await driver.admin()).endOffsets('t'))[0])
  fc.assert(
    fc.property(fc.integer({ min: 0, max: end }), fc.integer({ min: 1, max: 3000 }), (from, max) => {
      const { records, next } = driver.localLog.read({ topic: 't', partition: 0 }, from, max)
      expect(records.length).toBe(Math.min(max, end - from))
      expect(next).toBe(from + records.length)
      for (const [i, r] of records.entries()) {
        const w = record(from + i)
        if (
          r.offset !== BigInt(from + i) ||
          r.timestampMs !== from + i ||
          r.headers['h'] !== (w.headers as { h?: string }).h
        )
          throw new Error('wrong record')
        if (Buffer.compare(r.key!, w.key) !== 0 || r.value?.toString() !== w.value?.toString())
          throw new Error('wrong bytes')
      }
    }),
    { numRuns: 60 },
  )
  await driver.close()
})

test('a later batch is not read before an earlier open one is done, and then nothing is skipped', async () => {
  const { localLog } = openEmbeddedLog({ folder: folder() })
  localLog.ensureTopics([topic('t')])
  const at = { topic: 't', partition: 0 }
  const [slow, fast] = [localLog.begin(), localLog.begin()]
  slow.append(record(1))
  fast.append(record(2))
  fast.commit([], [])
  expect(localLog.read(at, 0, 10)).toEqual({ records: [], next: 0 })
  slow.commit([], [])
  expect(localLog.read(at, 0, 10).records.map((r) => r.timestampMs)).toEqual([1, 2])
  await localLog.close()
})

test('a second opener in this process is told who has the folder', async () => {
  const dir = folder()
  const driver = openEmbeddedLog({ folder: dir })
  expect(() => openEmbeddedLog({ folder: dir })).toThrow(
    expect.objectContaining({ code: 'LOG_IN_USE', details: expect.objectContaining({ pid: process.pid }) }),
  )
  await driver.close()
  await openEmbeddedLog({ folder: dir }).close()
})

test('the lock of a living process is respected, of a dead one taken over', async () => {
  const dir = folder()
  const script = join(dir, 'hold.mjs')
  writeFileSync(
    script,
    `import { openEmbeddedLog } from '${join(import.meta.dirname, 'embedded-driver.ts')}'; openEmbeddedLog({ folder: '${dir}' }); process.send('open'); setInterval(() => {}, 1000)`,
  )
  const child = fork(script, { execArgv: [] })
  await new Promise((resolve) => child.once('message', resolve))
  expect(() => openEmbeddedLog({ folder: dir })).toThrow(new RegExp(`in use by process ${child.pid}`))
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('exit', resolve))
  await openEmbeddedLog({ folder: dir }).close()
})

test('a reader beside the writer sees what is there, and is refused to write', async () => {
  const dir = folder()
  const driver = openEmbeddedLog({ folder: dir })
  driver.localLog.ensureTopics([topic('t')])
  const batch = driver.localLog.begin()
  batch.append(record(1))
  batch.commit([], [])
  const look = openEmbeddedLog({ folder: dir, readOnly: true })
  expect(look.localLog.read({ topic: 't', partition: 0 }, 0, 10).records.length).toBe(1)
  expect(() => look.localLog.begin().commit([], [])).toThrow(/reading only/)
  await look.close()
  await driver.close()
})

test('records of a topic that keeps for ever stay', async () => {
  const dir = folder()
  const clock = new ManualClock(10_000)
  let driver = openEmbeddedLog({ folder: dir, clock })
  driver.localLog.ensureTopics([{ ...topic('t'), retentionMs: -1 }])
  const batch = driver.localLog.begin()
  batch.append(record(1))
  batch.commit([], [])
  await driver.close()
  clock.advance(1e12)
  driver = openEmbeddedLog({ folder: dir, clock })
  expect(driver.localLog.startOffset({ topic: 't', partition: 0 })).toBe(0)
  await driver.close()
})

test('records past their retention go, their offsets stay taken; time counts from the append', async () => {
  const dir = folder()
  const clock = new ManualClock(10_000)
  let driver = openEmbeddedLog({ folder: dir, clock })
  driver.localLog.ensureTopics([topic('t')])
  const batch = driver.localLog.begin()
  batch.append(record(1))
  batch.commit([], [])
  await driver.close()
  clock.advance(86_400_001)
  driver = openEmbeddedLog({ folder: dir, clock })
  const at = { topic: 't', partition: 0 }
  expect([driver.localLog.startOffset(at), driver.localLog.endOffset(at)]).toEqual([1, 1])
  await driver.close()
})

test('a compacted topic keeps the latest of each key at its offset', async () => {
  const dir = folder()
  let driver = openEmbeddedLog({ folder: dir })
  driver.localLog.ensureTopics([topic('t', { cleanup: 'compact' })])
  for (let n = 1; n < 100; n++) {
    const batch = driver.localLog.begin()
    batch.append({ ...record(n), value: Buffer.from(String(n)) })
    batch.commit([], [])
  }
  await driver.close()
  driver = openEmbeddedLog({ folder: dir })
  const { records, next } = driver.localLog.read({ topic: 't', partition: 0 }, 0, 1000)
  expect(records.map((r) => Number(r.value!.toString()))).toEqual([93, 94, 95, 96, 97, 98, 99])
  expect(records.map((r) => r.offset)).toEqual([92n, 93n, 94n, 95n, 96n, 97n, 98n])
  expect(next).toBe(99)
  await driver.close()
})

test('stores are in the order of UTF-16 code units, each by itself', async () => {
  const { localLog } = openEmbeddedLog({ folder: folder() })
  const keys = ['\u{1F600}', '\uffee', 'a', 'ab', '', 'b']
  localLog.begin().commit(
    [],
    [
      { storeId: 's', entries: keys.map((key) => [key, `v${key}`]) },
      { storeId: 'sa', entries: [['x', 'other']] },
    ],
  )
  const backing = localLog.backing('s')
  expect([...backing.range(undefined, undefined)]).toEqual([...keys].sort().map((key) => [key, `v${key}`]))
  expect([...backing.range('a', 'b')].map(([key]) => key)).toEqual(['a', 'ab'])
  expect(backing.get('ab')).toBe('vab')
  await localLog.close()
})

test('with no room left a commit is refused before anything is written, and goes through when there is room', async () => {
  let freeBytes = 1e9
  const driver = openEmbeddedLog({ folder: folder(), freeBytes: () => freeBytes })
  driver.localLog.ensureTopics([topic('t')])
  const commit = (n: number): void => {
    const batch = driver.localLog.begin()
    batch.append(record(n))
    try {
      batch.commit([], [])
    } catch (error) {
      batch.abandon()
      throw error
    }
  }
  commit(1)
  freeBytes = 1e6
  expect(() => commit(2)).toThrow(expect.objectContaining({ code: 'DISK_FULL' }))
  freeBytes = 1e9
  commit(3)
  const { records } = driver.localLog.read({ topic: 't', partition: 0 }, 0, 10)
  expect(records.map(({ timestampMs }) => timestampMs)).toEqual([1, 3])
  await driver.close()
})
