import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  CODES,
  checkTopology,
  DIAGNOSTIC_PAGES,
  type DiagnosticCode,
  diagnosticFiles,
  explain,
  type Sections,
  sectionsText,
  topologyJsonSchema,
} from '../../topology/index.ts'
import { catalog } from '../runtime/catalog.ts'
import { PROJECT_FOLDER } from '../settings.ts'

const codes = Object.keys(CODES) as DiagnosticCode[]

/** What pages leave out. */
const BASE: Sections = {
  schemas: `  directory: ${join(PROJECT_FOLDER, 'schemas/avro')}`,
  topics: `  documents.again: { value: RawDocument }
  narrow: { value: RawDocument, partitions: 1 }
  documents.parsed: { value: ParsedDocument }
  registry.companies: { value: Company, partitions: 1, cleanup: compact }`,
  sources: '  replay: { to: [documents.raw, registry.companies] }',
  bridges: `  again: { list: "again", topic: documents.again, direction: in }
  narrow: { list: "narrow", topic: narrow, direction: in }`,
  processors: '  parse: { from: documents.raw, to: documents.parsed }',
}

function topologyOf(sections: Sections): string {
  // Topics are added to, the rest is replaced.
  const topics = `${sections['topics'] ?? '  documents.raw: { value: RawDocument }'}\n${BASE['topics']}`
  return sectionsText({ version: '1', name: 'page', ...BASE, ...sections, topics })
}

type Page = (typeof DIAGNOSTIC_PAGES)[DiagnosticCode]
const found = (side: 'wrong' | 'right', { driver, beside, ...page }: Page): readonly string[] => {
  const promised = { name: driver ?? '', guarantees: ['at_least_once'] as const }
  const text = topologyOf(page[side])
  const options = {
    env: {},
    catalog,
    overlays: beside?.isOverlay ? [beside.file] : [],
    readFile: (file: string) => {
      if (beside?.file === file) return sectionsText(beside[side])
      throw new Error('there is none')
    },
    ...(driver === undefined ? {} : { driver: promised }),
  }
  return [...new Set(checkTopology('page.yaml', text, options).diagnostics.map((d) => d.code))]
}

describe('pages of diagnostics', () => {
  test.each(codes)('what the page of %s calls wrong gives it, what it calls right does not', (code) => {
    expect(found('wrong', DIAGNOSTIC_PAGES[code])).toContain(code)
    expect(found('right', DIAGNOSTIC_PAGES[code])).toEqual([])
  })

  test('the files are those of the table, no more and no less', () => {
    const folder = join(PROJECT_FOLDER, 'docs/diagnostics')
    const files = new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
    expect(Object.fromEntries(files)).toEqual(Object.fromEntries(diagnosticFiles()))
  })
})

describe('explain', () => {
  const at = (path: string) => explain(topologyJsonSchema(), path)

  test('a place under a name of the writer tells its keys, what they take and an example', () => {
    expect(at('processors.extract.errors')).toMatchObject({
      ok: true,
      path: 'processors.<name>.errors',
      takes: 'a map',
      keys: [
        { name: 'retry', takes: 'a map' },
        { name: 'then', takes: 'dlq | stop | park' },
        { name: 'park', takes: 'a map' },
      ],
      example: expect.stringMatching(/^errors: \{ retry: .*then: dlq.* \}$/),
    })
  })

  test('names may have dots in them', () => {
    expect(at('topics.documents.raw.retention')).toMatchObject({ path: 'topics.<name>.retention' })
    expect(at('topics.documents.raw')).toMatchObject({
      path: 'topics.<name>',
      keys: expect.arrayContaining([expect.objectContaining({ name: 'value', required: true })]),
    })
  })

  test('an unknown key names what there is', () => {
    expect(at('processors.extract.erors')).toMatchObject({
      ok: false,
      unknown: 'erors',
      candidates: expect.arrayContaining(['errors']),
    })
    expect(at('procesors')).toMatchObject({ ok: false, at: 'the top' })
  })

  test('every key of the grammar is explained', () => {
    const undocumented: string[] = []
    const visit = (path: string): void => {
      const place = at(path)
      if (!place.ok) throw new Error(path)
      if (path !== '' && place.doc === '') undocumented.push(path)
      for (const { name } of place.keys) {
        const isNamed = place.takes === 'a map by names of yours'
        visit([path, ...(isNamed ? ['x'] : []), name].filter((part) => part !== '').join('.'))
      }
    }
    visit('')
    expect(undocumented).toEqual([])
  })
})
