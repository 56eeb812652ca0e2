import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { PROJECT_FOLDER, readSettings } from '../../settings.ts'
import { checkFile } from '../load-topology.ts'
import { openFileState } from './file-state.ts'

const folder = mkdtempSync(join(tmpdir(), 'file-state-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const part = (interval: string, topic = 'documents.parsed') => `
topics:
  documents.raw: { key: string, value: RawDocument }
  ${topic}: { key: string, value: ParsedDocument }
  registry.companies: { key: string, value: Company, cleanup: compact }
processors:
  parse: { from: documents.raw, tables: { companies: registry.companies }, to: ${topic}, commit: { interval: ${interval} } }
`

test('a file is as it was loaded, changed, broken, mended, or gone', () => {
  const [file, included] = [join(folder, 'topology.yaml'), join(folder, 'part.yaml')]
  const settings = { ...readSettings({}), topologyFile: file }
  let written = 0
  const write = (path: string, text: string) => writeFileSync(path, `${text}${'#'.repeat(++written)}\n`)
  write(
    file,
    `version: 1\nname: demo\nschemas: { directory: ${join(PROJECT_FOLDER, 'schemas/avro')} }\ninclude: [part.yaml]\n`,
  )
  write(included, part('100ms'))
  const loaded = checkFile(file, settings)
  if (!loaded.ok) throw new Error(loaded.diagnostics.map(({ message }) => message).join('\n'))
  const state = openFileState(settings, loaded.topology)
  expect(state()).toEqual({ state: 'as_loaded', changes: [] })

  write(included, part('200ms'))
  expect(state()).toEqual({ state: 'changed', changes: ['parse'] })
  write(included, part('100ms', 'others'))
  expect(state()).toMatchObject({
    state: 'changed',
    changes: expect.arrayContaining(['topic documents.parsed', 'topic others']),
  })
  write(included, part('soon'))
  expect(state()).toMatchObject({ state: 'broken', changes: [expect.stringMatching(/^part\.yaml:7 T\d+ /)] })
  write(included, part('100ms'))
  expect(state()).toEqual({ state: 'as_loaded', changes: [] })
  rmSync(file)
  expect(state()).toMatchObject({ state: 'broken', changes: [expect.stringContaining('topology.yaml')] })
})
