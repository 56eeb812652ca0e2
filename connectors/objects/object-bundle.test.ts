import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { rawObjectKey, sha256Hex } from '../../schemas/index.ts'
import { openFolderObjectStore } from './folder-object-store.ts'

const base = mkdtempSync(join(tmpdir(), 'bundle-'))
afterAll(() => rmSync(base, { recursive: true }))
const fresh = (): string => mkdtempSync(join(base, 's-'))
const keyOf = (bytes: Uint8Array): string => rawObjectKey('wire', 0, sha256Hex(bytes))
const FILE = 'raw/wire/1970/01/01/objects.jsonl'

test('small objects share a file and come back byte for byte, here and in another life', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          fc.uint8Array(),
          fc.string().map((s) => Buffer.from(s)),
        ),
      ),
      async (bodies) => {
        const folder = fresh()
        const store = openFolderObjectStore(folder)
        for (const body of bodies) await store.put(keyOf(body), body, { url: 'https://news.example/,"bytes":1}' })
        for (const life of [store, openFolderObjectStore(folder)]) {
          for (const body of bodies) {
            expect(Buffer.from(await life.get(keyOf(body)))).toEqual(Buffer.from(body))
            expect(await life.has(keyOf(body))).toBe(true)
          }
          expect((await life.list('raw/wire/')).sort()).toEqual([...new Set(bodies.map(keyOf))].sort())
        }
      },
    ),
    { numRuns: 20 },
  )
})

test('an object whose line was cut off is not there, and is put again', async () => {
  const bodies = ['first', 'has ","bytes":1} inside'].map((s) => Buffer.from(s))
  const [first, second] = bodies as [Buffer, Buffer]
  const whole = fresh()
  const writer = openFolderObjectStore(whole)
  await writer.put(keyOf(first), first)
  const kept = readFileSync(join(whole, FILE)).length
  await writer.put(keyOf(second), second, { url: 'x' })
  const bytes = readFileSync(join(whole, FILE))
  for (let length = kept; length < bytes.length; length += 4) {
    const folder = fresh()
    await openFolderObjectStore(folder).put(keyOf(first), first)
    appendFileSync(join(folder, FILE), bytes.subarray(kept))
    truncateSync(join(folder, FILE), length)
    const store = openFolderObjectStore(folder)
    expect(await store.has(keyOf(first))).toBe(true)
    await store.put(keyOf(second), second, { url: 'x' })
    const reader = openFolderObjectStore(folder)
    expect(Buffer.from(await reader.get(keyOf(second))).toString()).toBe(second.toString())
    expect((await reader.list('')).length).toBe(2)
  }
})

test('one store finds what another has put since', async () => {
  const folder = fresh()
  const [one, two] = [openFolderObjectStore(folder), openFolderObjectStore(folder)]
  const body = Buffer.from('late')
  expect(await two.has(keyOf(body))).toBe(false)
  await one.put(keyOf(body), body)
  expect(await two.has(keyOf(body))).toBe(true)
  expect(Buffer.from(await two.get(keyOf(body)))).toEqual(body)
})

test('each object has its sidecar in its line; a large object is a file of its own', async () => {
  const folder = fresh()
  const store = openFolderObjectStore(folder)
  const [small, large] = [Buffer.from('small'), Buffer.alloc(70_000, 7)]
  await store.put(keyOf(small), small, { url: 'https://news.example/1' })
  await store.put(keyOf(large), large, { url: 'https://news.example/2' })
  expect(JSON.parse(readFileSync(join(folder, FILE), 'utf8'))).toEqual({
    name: sha256Hex(small),
    sidecar: { url: 'https://news.example/1' },
    text: 'small',
    bytes: 5,
  })
  const hash = sha256Hex(large)
  expect(readdirSync(join(folder, 'raw/wire/1970/01/01')).sort()).toEqual(
    [hash, `${hash}.meta.json`, 'objects.jsonl'].sort(),
  )
  await expect(store.put(`raw/${FILE}`, small)).rejects.toThrow(/the name is taken/)
})
