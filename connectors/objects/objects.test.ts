import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { rawObjectKey, sha256Hex } from '../../schemas/index.ts'
import { openFolderObjectStore } from './folder-object-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'objects-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('bytes come back as they were put, with the sidecar beside them', async () => {
  const store = openFolderObjectStore(folder)
  const bytes = Buffer.from([0, 255, 10])
  await store.put('raw/a/1', bytes, { url: 'https://news.example/1' })
  expect(Buffer.from(await store.get('raw/a/1'))).toEqual(bytes)
  expect(await store.has('raw/a/1')).toBe(true)
  expect(JSON.parse(readFileSync(join(folder, 'raw/a/1.meta.json'), 'utf8'))).toEqual({ url: 'https://news.example/1' })
})

test('an existing key is kept', async () => {
  const store = openFolderObjectStore(folder)
  await store.put('raw/a/2', Buffer.from('first'))
  await store.put('raw/a/2', Buffer.from('second'))
  expect(Buffer.from(await store.get('raw/a/2')).toString()).toBe('first')
})

test('a large object is stored whole and leaves no part behind', async () => {
  const store = openFolderObjectStore(folder)
  const large = Buffer.alloc(300_000, 7)
  await Promise.all(Array.from({ length: 4 }, () => store.put('raw/large/1', large)))
  expect((await store.get('raw/large/1')).length).toBe(300_000)
  expect(readdirSync(join(folder, 'raw/large'))).toEqual(['1'])
})

test('a missing key is named, and a key cannot leave the folder', async () => {
  const store = openFolderObjectStore(folder)
  expect(await store.has('raw/none')).toBe(false)
  await expect(store.get('raw/none')).rejects.toThrow(/no object raw\/none in/)
  await expect(store.put('../outside', Buffer.from('x'))).rejects.toThrow(/leaves/)
})

test('the key of raw bytes holds source, day in UTC and content hash', () => {
  const hash = sha256Hex('body')
  expect(rawObjectKey('sec edgar/..', Date.parse('2015-03-09T23:59:59Z'), hash)).toBe(
    `raw/sec_edgar_../2015/03/09/${hash}`,
  )
  expect(rawObjectKey('..', 0, hash)).toBe(`raw/_/1970/01/01/${hash}`)
})
