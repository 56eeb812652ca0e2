import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { AVRO_DIRECTORY } from '../../schemas/index.ts'
import { schemaProblems } from './schema-problem.ts'

const folder = mkdtempSync(join(tmpdir(), 'schemas-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
cpSync(AVRO_DIRECTORY, folder, { recursive: true })

const file = join(folder, 'bar.avsc')
const original = JSON.parse(readFileSync(file, 'utf8')) as { readonly fields: readonly { readonly name: string }[] }
const withFields = (fields: readonly object[]) => writeFileSync(file, JSON.stringify({ ...original, fields }))
const extra = { name: 'auction', type: 'string', doc: 'Which auction.' }

const between = (directory: string) => {
  const problem = schemaProblems()
  const [read, write] = (['reads', 'writes'] as const).map((way) => problem({ directory, schema: 'Bar', way }))
  return { read, write }
}

test('the project’s own folder needs no look', () => {
  expect(between(AVRO_DIRECTORY)).toEqual({ read: undefined, write: undefined })
})

test('a field more can be read, and written where it has a default', () => {
  withFields([...original.fields, extra])
  expect(between(folder)).toEqual({ read: undefined, write: expect.stringContaining('auction') })
  withFields([...original.fields, { ...extra, default: '' }])
  expect(between(folder)).toEqual({ read: undefined, write: undefined })
})

test('a field less can be written, and not read where it has no default', () => {
  withFields(original.fields.filter(({ name }) => name !== 'close'))
  expect(between(folder)).toEqual({ read: expect.stringContaining('close'), write: undefined })
})

test('a file that is not Avro is named', () => {
  writeFileSync(file, '{')
  expect(between(folder).read).toContain('bar.avsc')
})
