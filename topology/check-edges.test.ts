import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Catalog, defineProcessor, defineSink, defineSource, type RecordKinds } from '../streams/index.ts'
import { checkTopology } from './check.ts'
import type { SchemaProblem } from './check-edges.ts'

const nothing = { process: () => {} }
const processor = (type: string, records: RecordKinds) =>
  defineProcessor({ type, summary: type, fields: {}, records, create: () => nothing })
const catalog: Catalog = {
  feed: defineSource({
    type: 'feed',
    summary: 'feed',
    fields: {},
    records: { writes: [{ schema: 'RawDocument' }] },
    create: () => ({ poll: async () => 'done' as const }),
  }),
  parse: processor('parse', {
    reads: [{ schema: 'RawDocument' }],
    tables: { companies: 'Company' },
    writes: [{ schema: 'ParsedDocument' }],
  }),
  weigh: processor('weigh', {
    reads: [{ schema: 'ParsedDocument' }, { schema: 'Bar', topic: 'market.bars' }],
    writes: [{ schema: 'Signal' }],
  }),
  anything: processor('anything', {}),
  keep: defineSink({
    type: 'keep',
    summary: 'keep',
    fields: {},
    records: { reads: [{ schema: 'Signal', topic: 'signals' }] },
    create: () => ({ write: async () => {} }),
  }),
}

const check = (nodes: string, schemaProblem?: SchemaProblem) => {
  const text = `version: 1
name: demo
schemas: { directory: ${join(import.meta.dirname, '../schemas/avro')} }
topics:
  raw: { value: RawDocument }
  parsed: { value: ParsedDocument }
  market.bars: { value: Bar }
  bars: { value: Bar }
  signals: { value: Signal }
  companies: { value: Company, cleanup: compact }
sources:
  feed: { to: raw }
${nodes}`
  const { diagnostics } = checkTopology('demo.yaml', text, {
    env: {},
    catalog,
    ...(schemaProblem && { schemaProblem }),
  })
  return diagnostics.filter(({ code }) => code === 'T043')
}
const told = (nodes: string, schemaProblem?: SchemaProblem) =>
  check(nodes, schemaProblem).map(({ message, span, help }) => `${span.line}:${span.column} ${message} (${help})`)

const GOOD = `processors:
  parse: { from: raw, to: parsed, tables: { companies: companies } }
  weigh: { from: [parsed, market.bars], to: signals }
  anything: { from: raw, to: bars }
sinks:
  lake: { from: signals, to: keep }`

test('code that says nothing of its records may be given any, the rest what it is for', () => {
  expect(told(GOOD)).toEqual([])
})

test('a topic of other records is told at its place, with the topics that would do', () => {
  expect(told('processors:\n  parse: { from: signals, to: parsed }')).toEqual([
    '14:18 the code `parse` reads RawDocument; `signals` holds Signal (topics that would do: raw)',
  ])
  expect(told('processors:\n  parse: { from: raw, to: signals }')).toEqual([
    '14:27 the code `parse` writes ParsedDocument; `signals` holds Signal (topics that would do: parsed)',
  ])
})

test('a topic that the code knows by another name is told', () => {
  expect(told('processors:\n  weigh: { from: [parsed, bars], to: signals }')).toEqual([
    '14:27 the code `weigh` knows Bar by the topic `market.bars`, and not by `bars` (name the topic `market.bars`)',
  ])
  expect(told('processors:\n  weigh: { from: parsed, broadcast: market.bars, to: signals }')).toEqual([])
})

test('a table that is never asked for is told, and one of other records', () => {
  expect(told('processors:\n  parse: { from: raw, to: parsed, tables: { compnies: companies } }')).toEqual([
    '14:55 the code `parse` asks for no table `compnies` (did you mean `companies`?)',
  ])
  expect(told('processors:\n  parse: { from: raw, to: parsed, tables: { companies: bars } }')).toEqual([
    '14:56 the code `parse` reads Company; `bars` holds Bar (topics that would do: companies)',
  ])
})

test('schemas are held to each other, reader against writer, in the direction of the edge', () => {
  const edges: string[] = []
  const problem: SchemaProblem = ({ way, schema }) => {
    edges.push(`${way} ${schema}`)
    return way === 'writes' && schema === 'ParsedDocument' ? 'no field body' : undefined
  }
  expect(told('processors:\n  parse: { from: raw, to: parsed }', problem)).toEqual([
    expect.stringMatching(
      /^14:27 `parse` cannot write `parsed`: its ParsedDocument and that of \S+ differ: no field body /,
    ),
  ])
  expect(edges).toEqual(['writes RawDocument', 'reads RawDocument', 'writes ParsedDocument'])
})
