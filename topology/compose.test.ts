import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { checkTopology } from './check.ts'
import { composeSyntax } from './compose.ts'
import { Diagnostics } from './diagnostic.ts'
import type { SyntaxNode } from './document.ts'

const BASE = `version: 1
name: demo
schemas: { directory: ${join(import.meta.dirname, '../schemas/avro')} }
topics:
  raw: { value: RawDocument, partitions: 3 }
processors: {}
`

interface Given {
  readonly files?: Readonly<Record<string, string>>
  readonly overlays?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}
const check = (text: string, { files = {}, overlays = [], env = {} }: Given = {}) =>
  checkTopology('main.yaml', text, {
    env,
    catalog: {},
    overlays,
    readFile: (file) => {
      const found = files[file]
      if (found === undefined) throw new Error('no such file')
      return found
    },
  })
const found = (text: string, given: Given = {}) =>
  check(text, given).diagnostics.map(({ code, span }) => `${code} ${span.file}:${span.line}:${span.column}`)
const topicsOf = (text: string, given: Given) => {
  const result = check(text, given)
  return result.ok ? result.topology.topics : result.diagnostics
}

describe('overlays', () => {
  const laid = (overlay: string, env = {}) => ({ files: { 'prod.yaml': overlay }, overlays: ['prod.yaml'], env })

  test('merge maps, replace scalars and lists, and remove what is null; later ones win', () => {
    const text = BASE.replace('processors:', '  spare: { value: Bar }\nprocessors:')
    const given = {
      files: {
        'prod.yaml': 'topics: { raw: { partitions: 12, retention: 7d }, spare: null, more: { value: Bar } }',
        'eu/prod.yaml': 'topics: { raw: { partitions: 24 } }',
      },
      overlays: ['prod.yaml', 'eu/prod.yaml'],
    }
    expect(topicsOf(text, given)).toMatchObject({
      raw: { schema: 'RawDocument', partitions: 24, retentionMs: 7 * 86_400_000 },
      more: { schema: 'Bar' },
    })
    expect(Object.keys(topicsOf(text, given))).toEqual(['raw', 'more'])
  })

  test.each([
    ['says what was said', 'topics: { raw: { partitions: 3 } }', 'T007 prod.yaml:1:18'],
    ['removes what is not there', 'topics:\n  rwa: null', 'T007 prod.yaml:2:3'],
    ['is empty', 'topics:\n  raw: {}', 'T007 prod.yaml:2:3'],
    ['removes from what it adds', 'topics:\n  new: { value: Bar, retention: null }', 'T007 prod.yaml:2:22'],
  ])('a key that %s is told', (_, overlay, expected) => expect(found(BASE, laid(overlay))).toEqual([expected]))

  test.each([
    ['an unknown key', 'topics: { raw: { partition: 6 } }', ['T002 prod.yaml:1:18']],
    ['a wrong value', '\ntopics: { raw: { partitions: many } }', ['T003 prod.yaml:2:30']],
    ['no YAML', 'topics: [', ['T001 prod.yaml:1:10']],
    ['a list', '[topics]', ['T003 prod.yaml:1:1']],
    ['nothing', '', ['T001 prod.yaml:1:1']],
  ])('mistakes are told at their place in the overlay: %s', (_, overlay, expected) =>
    expect(found(BASE, laid(overlay))).toEqual(expected),
  )

  test('one that is not there is told, and what it would have been laid on is not', () => {
    expect(found(BASE, { overlays: ['nowhere.yaml'] })).toEqual(['T006 nowhere.yaml:1:1'])
  })

  test('a value whose variable is not set leaves what was before', () => {
    const overlay = 'topics: { raw: { partitions: "${env:PARTITIONS}" } }'
    expect(topicsOf(BASE, laid(overlay))).toMatchObject({ raw: { partitions: 3 } })
    expect(topicsOf(BASE, laid(overlay, { PARTITIONS: '9' }))).toMatchObject({ raw: { partitions: 9 } })
  })

  test('a version in the overlay is for editors and tools, and another one than that of the topology is a mistake', () => {
    expect(found(BASE, laid('version: 1\ntopics: { raw: { partitions: 6 } }'))).toEqual([])
    expect(found(BASE, laid('version: 2'))).toEqual(['T009 prod.yaml:1:10'])
  })
})

describe('includes', () => {
  test('put together the parts of a topology, from the folder of the file that names them', () => {
    const files = {
      'parts/more.yaml': 'include: [deeper/still.yaml]\ntopics: { more: { value: Bar } }',
      'parts/deeper/still.yaml': `topics: { still: { value: Bar } }`,
    }
    const result = check(`include: parts/more.yaml\n${BASE}`, { files })
    expect(result.ok && Object.keys(result.topology.topics).sort()).toEqual(['more', 'raw', 'still'])
    expect([...result.sources.keys()]).toEqual(['main.yaml', 'parts/more.yaml', 'parts/deeper/still.yaml'])
  })

  test('the folder of schemas is taken from the file that names it', () => {
    const [main = ''] = BASE.split('schemas:')
    const rest = BASE.slice(BASE.indexOf('topics:'))
    const folder = join(import.meta.dirname, '../schemas')
    const files = { [`${folder}/part.yaml`]: 'schemas: { directory: avro }' }
    expect(found(`include: ${folder}/part.yaml\n${main}${rest}`, { files })).toEqual([])
  })

  test('what two files write is a mistake, told in the second and naming the first', () => {
    const files = { 'more.yaml': 'topics:\n  raw:\n    partitions: 6\n' }
    const { diagnostics } = check(`include: more.yaml\n${BASE}`, { files })
    expect(diagnostics).toMatchObject([
      { code: 'T040', message: expect.stringContaining('main.yaml:6'), span: { file: 'more.yaml', line: 3 } },
    ])
  })

  test('a file that two others include is read once', () => {
    const files = {
      'a.yaml': 'include: c.yaml',
      'b.yaml': 'include: c.yaml',
      'c.yaml': 'topics: { c: { value: Bar } }',
    }
    expect(found(`include: [a.yaml, b.yaml]\n${BASE}`, { files })).toEqual([])
  })

  test.each([
    ['a file that is not there', 'nowhere.yaml', {}, 'T006 main.yaml:1:10'],
    ['itself', 'main.yaml', {}, 'T006 main.yaml:1:10'],
    ['a circle', 'a.yaml', { 'a.yaml': 'include: b.yaml', 'b.yaml': '\ninclude: main.yaml' }, 'T006 b.yaml:2:10'],
    ['what is no map', 'a.yaml', { 'a.yaml': '- 1' }, 'T003 a.yaml:1:1'],
    ['what is no path', '{ a: b }', {}, 'T003 main.yaml:1:10'],
  ])('%s cannot be included', (_, name, files, expected) => {
    expect(found(`include: ${name}\n${BASE}`, { files })).toEqual([expected])
  })

  test('mistakes of a part are told at their place, after those of the file that includes it', () => {
    const files = { 'more.yaml': 'topics: { more: { valeu: Bar } }' }
    const text = `include: more.yaml\n${BASE.replace('partitions: 3', 'partitions: many')}`
    expect(found(text, { files })).toEqual(['T003 main.yaml:6:42', 'T002 more.yaml:1:19'])
  })
})

describe('substitution', () => {
  const files = { 'secrets/name': 'prices\n', 'secrets/evil': 'a }\nevil: { b: c' }

  test('of a file gives its text without the last line’s end, from the folder of the file that names it', () => {
    const text = `include: secrets/part.yaml\n${BASE.replace('name: demo\n', '')}`
    const result = check(text, { files: { ...files, 'secrets/part.yaml': 'name: "${file:name}"' } })
    expect(result.ok && result.topology.name).toBe('prices')
  })

  test('adds no structure, whatever is in the file or the variable', () => {
    const result = check(BASE.replace('name: demo', 'name: "${file:secrets/evil}"'), { files })
    expect(result.ok && Object.keys(result.topology.topics)).toEqual(['raw'])
    expect(found(BASE.replace('  raw:', '  "${env:A}":'), { env: { A: 'raw' } })).toEqual(['T005 main.yaml:5:3'])
  })

  test.each([
    ['a file that is not there', 'name: "${file:nowhere}"', 'T006'],
    ['a kind there is not', 'name: "${evn:NAME}"', 'T005'],
    ['a name that is none', 'name: "${env:1 x}"', 'T005'],
  ])('%s is told', (_, name, code) => {
    expect(found(BASE.replace('name: demo', name))[0]).toBe(`${code} main.yaml:2:7`)
  })
})

describe('secrets', () => {
  const withParameter = (line: string, env = {}) =>
    found(`${BASE.replace('processors: {}', 'processors:')}  ask: { from: raw, with: { ${line} } }\n`, { env }).filter(
      (one) => one.startsWith('T042'),
    )

  test.each([
    ['a password', 'smtp_password: hunter2'],
    ['a token in a list', 'api_key: [abc]'],
    ['a URL with one', 'url: "redis://user:word@host:6379"'],
  ])('in plain text are told: %s', (_, line) => expect(withParameter(line)).toHaveLength(1))

  test.each([
    ['one from the environment', 'api_key: "${env:KEY}"'],
    ['one with a default', 'api_key: "${env:NONE:-for-tests}"'],
    ['a URL that takes it from there', 'url: "redis://user:${env:KEY}@host"'],
    ['a number', 'token: 3'],
    ['a word that is in another', 'token_bucket: large'],
    ['a URL without one', 'url: "http://host:80/a@b"'],
  ])('are no mistake: %s', (_, line) => expect(withParameter(line, { KEY: 'k' })).toEqual([]))
})

describe('bad input is told and costs nothing', () => {
  const bomb = Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}]`).join('\n')
  test.each([
    ['a bomb of aliases', `a0: &a0 [x]\n${bomb}`, 'T003'],
    ['an anchor that loops', 'a: &a [*a]', 'T003'],
    ['a merge key', 'a: &a { x: 1 }\nb: { <<: *a }', 'T003'],
    ['brackets without end', `a: ${'['.repeat(20_000)}`, 'T008'],
    ['braces without end', `a: ${'{ a: '.repeat(5_000)}`, 'T008'],
    ['a nest of lists', `a: ${'['.repeat(5_000)}${']'.repeat(5_000)}`, 'T008'],
    ['33 levels', `a: ${'['.repeat(33)}${']'.repeat(33)}`, 'T008'],
    ['10 MB', `a: "${'x'.repeat(10_000_000)}"`, 'T008'],
    ['a tab', 'version: 1\ntopics:\n\traw: { value: Bar }', 'T001'],
    ['a key twice', 'version: 1\nversion: 1', 'T001'],
    ['several documents', 'version: 1\n---\nversion: 1', 'T001'],
    ['a tag', 'version: !!js/function 1', 'T001'],
    ['a key that is a list', '? [a, b]\n: 1', 'T003'],
    ['a later version', BASE.replace('version: 1', 'version: 2'), 'T009'],
    ['no version that there was', BASE.replace('version: 1', 'version: 0'), 'T009'],
    ['a name of JavaScript’s', `${BASE}constructor: {}\n__proto__: {}\n`, 'T002'],
  ])('%s', (_, text, code) => {
    const codes = check(text).diagnostics.map((d) => d.code)
    expect(new Set(codes)).toEqual(new Set([code]))
    expect(codes.length).toBeLessThan(100)
  })
})

const leaf = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.constantFrom('a', 'b'),
  fc.array(fc.constantFrom(1, 2), { maxLength: 2 }),
)
type Tree = number | string | null | readonly number[] | { readonly [name: string]: Tree }
const treeOf = (isOverlay: boolean): fc.Arbitrary<Record<string, Tree>> =>
  fc.letrec<{ map: Record<string, Tree>; value: Tree }>((tie) => ({
    map: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 3, depthIdentifier: 'tree' }),
    value: fc.oneof(
      { depthSize: 'small', depthIdentifier: 'tree' },
      isOverlay ? fc.oneof(leaf, fc.constant(null)) : leaf,
      tie('map'),
    ),
  })).map

const plain = (node: SyntaxNode): unknown =>
  node.kind === 'scalar'
    ? node.value
    : node.kind === 'list'
      ? node.items.map(plain)
      : Object.fromEntries([...node.entries].map(([name, { value }]) => [name, plain(value)]))

describe('laying on is an algebra', () => {
  const laidOn = (base: Tree, ...overlays: readonly Tree[]): unknown => {
    const texts = new Map(
      overlays.map((overlay, n) => [`${n}.yaml`, stringify(overlay, { aliasDuplicateObjects: false })]),
    )
    const ports = { env: {}, readFile: (file: string) => texts.get(file) ?? '' }
    const text = stringify(base, { aliasDuplicateObjects: false })
    const { syntax } = composeSyntax('base.yaml', text, [...texts.keys()], ports, new Diagnostics())
    return syntax && plain(syntax)
  }

  test('nothing changes nothing, once is as often, and of each key the last word holds', () => {
    fc.assert(
      fc.property(treeOf(false), treeOf(true), treeOf(true), (base, first, second) => {
        expect(laidOn(base, {})).toEqual(base)
        expect(laidOn(base, first, first)).toEqual(laidOn(base, first))
        const result = laidOn(base, first, second)
        expect(laidOn(base, first, second, second)).toEqual(result)
        holds(second, result)
      }),
      { numRuns: 300 },
    )
  })

  /** All that the overlay says is so afterwards. */
  function holds(overlay: Record<string, Tree>, result: unknown): void {
    for (const [name, value] of Object.entries(overlay)) {
      const there = (result as Record<string, unknown>)[name]
      if (value === null) expect(there).toBeUndefined()
      else if (typeof value === 'object' && !Array.isArray(value)) holds(value as Record<string, Tree>, there)
      else expect(there).toEqual(value)
    }
  }
})
