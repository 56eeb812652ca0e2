import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadNative } from './native.ts'

test('where the optional client is missing, the error says where it was looked for and how to install it', () => {
  const empty = mkdtempSync(join(tmpdir(), 'stonks-'))
  const named = join(empty, 'named')
  const load = (): unknown => loadNative({ STONKS_LIBRDKAFKA: named }, empty)
  expect(load).toThrow(expect.objectContaining({ code: 'DRIVER_MISSING', retriable: false }))
  expect(load).toThrow(named)
  expect(load).toThrow('node test/services/install.ts librdkafka')
  rmSync(empty, { recursive: true })
})
