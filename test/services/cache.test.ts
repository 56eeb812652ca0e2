import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mustMatch, removeFolder, sha256OfFile, sha256OfFolder } from './cache.ts'
import { fromEnvironment, toEnvironment } from './endpoints.ts'

test('an artefact with another checksum is refused by name, with both sums', () => {
  expect(() => mustMatch('kafka.jar', 'aa', 'bb')).toThrow(/kafka\.jar: checksum aa, pinned bb/)
  expect(() => mustMatch('kafka.jar', 'aa', 'aa')).not.toThrow()
})

test('the checksum of a set of files covers their names and their bytes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stonks-cache-'))
  try {
    writeFileSync(join(folder, 'a'), 'abc')
    expect(await sha256OfFile(join(folder, 'a'))).toMatch(/^ba7816bf8f01cfea/)
    const one = await sha256OfFolder(folder)
    writeFileSync(join(folder, 'b'), '')
    expect(await sha256OfFolder(folder)).not.toBe(one)
  } finally {
    removeFolder(folder)
  }
})

test('the printed environment names the same parts when it is read back', () => {
  const found = {
    kafka: { brokers: ['127.0.0.1:1', '127.0.0.1:2'] },
    registry: { url: 'http://127.0.0.1:3/apis/ccompat/v7' },
    redis: { url: 'redis://127.0.0.1:4' },
    postgres: { url: 'postgres://postgres@127.0.0.1:5/postgres' },
    minio: { endpoint: 'http://127.0.0.1:6', accessKey: 'a', secretKey: 's' },
    ollama: { url: 'http://127.0.0.1:7', model: 'm' },
  }
  const env = toEnvironment(found)
  const read = Object.entries(fromEnvironment).map(([name, from]) => [name, from(env)])
  expect(Object.fromEntries(read)).toEqual(found)
})
