import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  type Catalog,
  DEFAULT_CALLS,
  defineAsyncProcessor,
  defineProcessor,
  defineSink,
  defineSource,
  field,
} from '../streams/index.ts'
import { checkTopology } from './check.ts'
import { diagnosticToJson, renderDiagnostic } from './diagnostic.ts'

const nothing = { process: () => {} }
const processor = (type: string) =>
  defineProcessor({
    type,
    summary: type,
    fields: { window: field.number('Minutes.', { min: 1, max: 60, default: 5 }) },
    create: () => nothing,
  })
const catalog: Catalog = {
  feed: defineSource({
    type: 'feed',
    summary: 'feed',
    fields: {},
    create: () => ({ poll: async () => 'done' as const }),
  }),
  parse: processor('parse'),
  score: processor('score'),
  parquet: defineSink({ type: 'parquet', summary: 'parquet', fields: {}, create: () => ({ write: async () => {} }) }),
  redis_in: defineSource({
    type: 'redis_in',
    summary: 'in',
    fields: { list: field.text('List.') },
    create: () => ({ poll: async () => 'idle' as const }),
  }),
  redis_out: defineSink({
    type: 'redis_out',
    summary: 'out',
    fields: { list: field.text('List.') },
    create: () => ({ write: async () => {} }),
  }),
}
const BASE = `version: 1
name: demo
schemas: { directory: ${join(import.meta.dirname, '../schemas/avro')} }
topics:
  raw:    { value: RawDocument }
  parsed: { value: ParsedDocument }
  scores: { value: Signal }
sources:
  feed: { to: raw }
processors:
  parse: { from: raw, to: parsed }
  score: { from: parsed, to: scores, with: { window: 10 } }
`
const check = (text: string, options: object = {}) => checkTopology('demo.yaml', text, { env: {}, catalog, ...options })
const codes = (text: string, options: object = {}) =>
  check(text, options)
    .diagnostics.filter((d) => d.severity === 'error')
    .map((d) => `${d.code}@${d.span.line}:${d.span.column}`)

test('a topology of twelve lines is valid and has safe defaults', () => {
  const result = check(BASE)
  expect(result.diagnostics).toEqual([])
  if (!result.ok) throw new Error('not ok')
  expect(result.topology.topics['raw']).toMatchObject({ topic: 'demo.raw', partitions: 6, cleanup: 'delete' })
  expect(result.topology.nodes['parse']).toMatchObject({
    guarantee: 'exactly_once',
    run: 'parse',
    errors: { then: 'dlq' },
  })
})

describe('each mistake is found at its place', () => {
  test.each([
    ['an unknown key', BASE.replace('{ from: raw, to: parsed }', '{ form: raw, to: parsed }'), ['T002@11:12']],
    ['a wrong type', BASE.replace('value: Signal', 'value: Signal, partitions: many'), ['T003@7:40']],
    ['a missing topic', BASE.replace('from: parsed', 'from: prased'), ['T010@12:18']],
    ['a processor without code', BASE.replace('  score:', '  scoer:'), ['T011@12:3']],
    ['an unknown schema', BASE.replace('Signal', 'Singal'), ['T013@7:20']],
    ['an unknown parameter', BASE.replace('window: 10', 'windwo: 10'), ['T014@12:46']],
    ['a parameter out of range', BASE.replace('window: 10', 'window: 100'), ['T014@12:54']],
    ['a cycle', BASE.replace('from: raw, to: parsed', 'from: [raw, scores], to: parsed'), ['T020@11:3']],
    [
      'inputs with different partitions',
      BASE.replace('value: Signal }', 'value: Signal, partitions: 2 }').replace(
        'from: raw,',
        'from: [raw, scores], feedback: scores,',
      ),
      ['T021@11:3'],
    ],
    ['an unknown store', BASE.replace('from: raw,', 'from: raw, state: seen,'), ['T012@11:30']],
    ['broken YAML', `${BASE}  - [`, ['T001@13:1', 'T001@13:6']],
  ])('%s', (_, text, expected) => {
    const found = codes(text)
    if (expected[0]?.startsWith('T001')) expect(found[0]).toMatch(/^T001@13/)
    else expect(found).toEqual(expected)
  })

  test('several at once', () => {
    expect(codes(BASE.replace('to: raw', 'to: rwa').replace('from: parsed', 'from: prased'))).toEqual([
      'T010@9:15',
      'T010@12:18',
    ])
  })
})

test('a store belongs to one node', () => {
  const text = BASE.replace('from: raw,', 'from: raw, state: seen,')
    .replace('from: parsed,', 'from: parsed, state: seen,')
    .concat('stores:\n  seen: { type: kv, ttl: 1d }\n')
  expect(codes(text)).toEqual(['T022@12:33'])
})

test('two bridges on one list are refused', () => {
  const text = `${BASE}bridges:\n  a: { list: "q", topic: raw, direction: in }\n  b: { list: "q", topic: raw, direction: in }\n`
  expect(codes(text)).toEqual(['T023@15:14'])
})

test('a bridge becomes a source or a sink, and off is nothing', () => {
  const text = (direction: string) => `${BASE}bridges:\n  a: { list: "q", topic: raw, direction: ${direction} }\n`
  const nodes = (direction: string) => {
    const result = check(text(direction))
    return result.ok ? Object.values(result.topology.nodes).filter((n) => n.name.startsWith('bridge_')) : []
  }
  expect(nodes('in')).toMatchObject([{ kind: 'source', run: 'redis_in', to: ['raw'] }])
  expect(nodes('out')).toMatchObject([{ kind: 'sink', run: 'redis_out', from: ['raw'] }])
  expect(nodes('off')).toEqual([])
})

test('a guarantee the driver cannot give is refused, and the setting that lowers it is taken', () => {
  const driver = { name: 'kafkajs', guarantees: ['at_least_once'] as const }
  expect(codes(BASE, { driver })).toEqual(['T024@9:3', 'T024@11:3', 'T024@12:3'])
  expect(codes(BASE, { driver, guarantee: 'at_least_once' })).toEqual([])
})

test('variables are substituted inside scalars only, and an unset one leaves the default', () => {
  const text = BASE.replace('window: 10', 'window: "${env:MINUTES}"')
  const config = (env: object) => {
    const result = check(text, { env })
    return result.ok ? result.topology.nodes['score']?.config : result.diagnostics.map((d) => d.message)
  }
  expect(config({ MINUTES: '7' })).toEqual({ window: '7' })
  expect(config({})).toEqual({})
  expect(config({ MINUTES: '1 }\n  evil: { from: raw' })).toHaveLength(1)
  const fallback = check(BASE.replace('window: 10', 'window: "${env:MINUTES:-9}"'))
  expect(fallback.ok && fallback.topology.nodes['score']?.config).toEqual({ window: '9' })
})

test('a diagnostic prints the line with a caret and what to do', () => {
  const text = BASE.replace('from: parsed', 'from: prased')
  const [diagnostic] = check(text).diagnostics
  expect(renderDiagnostic(diagnostic!, text)).toBe(
    [
      'error[T010]: unknown topic `prased`',
      '  --> demo.yaml:12:18',
      '   |',
      '12 |   score: { from: prased, to: scores, with: { window: 10 } }',
      '   |                  ^^^^^^ not a topic of this file',
      '   |',
      '   = help: did you mean `parsed`?',
    ].join('\n'),
  )
  expect(diagnosticToJson(diagnostic!)).toMatchObject({ code: 'T010', line: 12, column: 18, end_column: 24 })
})

test('the project’s own topology has no mistakes but needs its code', () => {
  const file = join(import.meta.dirname, 'stonks.yaml')
  const found = checkTopology(file, readFileSync(file, 'utf8'), { env: {}, catalog: {} })
  expect(new Set(found.diagnostics.map((d) => d.code))).toEqual(new Set(['T011']))
})

describe('how calls are made', () => {
  const asking = defineAsyncProcessor({ type: 'ask', summary: 'ask', fields: {}, create: () => nothing })
  const withAsk = { catalog: { ...catalog, ask: asking } }
  const text = (settings: string, run = 'ask') =>
    BASE.replace(
      'score: { from: parsed, to: scores, with: { window: 10 } }',
      `score: { run: ${run}, from: parsed, to: scores, ${settings} }`,
    )

  test('is read with defaults, and the memo is a store of the node', () => {
    const stores = 'stores:\n  answers: { type: kv, ttl: 30d }\n'
    const result = check(
      text('async: { concurrency: 32, order: unordered, rate: 90/m, memo: answers }') + stores,
      withAsk,
    )
    expect(result.diagnostics).toEqual([])
    expect(result.ok && result.topology.nodes['score']).toMatchObject({
      calls: { ...DEFAULT_CALLS, concurrency: 32, order: 'unordered', ratePerSecond: 1.5, memo: 'answers' },
      stores: [{ name: 'answers', ttlMs: 30 * 86_400_000 }],
    })
    const unset = check(text('instances: 1'), withAsk)
    expect(unset.ok && unset.topology.nodes['score']?.calls).toBeUndefined()
  })

  test.each([
    ['a rate that is none', text('async: { rate: fast }'), ['T003@12:63']],
    ['an order there is not', text('async: { order: per_topic }'), ['T005@12:64']],
    ['a memo that is no store', text('async: { memo: answers }'), ['T012@12:63']],
    ['code that makes no calls', text('async: { concurrency: 3 }', 'parse'), ['T031@12:3']],
    ['broadcast topics', text('broadcast: raw'), ['T031@12:3']],
  ])('%s is found at its place', (_, wrong, expected) => expect(codes(wrong, withAsk)).toEqual(expected))
})

describe('parking', () => {
  const parked = (errors: string) =>
    BASE.replace('parse: { from: raw, to: parsed }', `parse: { from: raw, to: parsed, errors: ${errors} }`)

  test('is read with defaults', () => {
    const result = check(parked('{ then: park, park: { retry: 10s..5m, tries: 7 } }'))
    expect(result.diagnostics).toEqual([])
    expect(result.ok && result.topology.nodes['parse']?.errors).toMatchObject({
      then: 'park',
      park: { retryMinMs: 10_000, retryMaxMs: 300_000, triesMax: 7, recordsMax: 1_000 },
    })
  })

  test('as the default it is for processors only, and asked of others it is a mistake', () => {
    const byDefault = check(`defaults: { errors: { then: park } }\n${BASE}`)
    const thenOf = (name: string) => byDefault.ok && byDefault.topology.nodes[name]?.errors.then
    expect([thenOf('parse'), thenOf('feed')]).toEqual(['park', 'dlq'])
    expect(codes(BASE.replace('feed: { to: raw }', 'feed: { to: raw, errors: { then: park } }'))).toEqual(['T032@9:36'])
  })
})
