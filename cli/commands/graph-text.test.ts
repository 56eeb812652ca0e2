import { expect, test } from 'vitest'
import type { Topology, TopologyNode } from '../../api/contract.ts'
import type { Layout, LayoutNode } from '../../topology/index.ts'
import { graphText } from './graph-text.ts'

const node = (name: string, column: number, from: readonly string[], to: readonly string[]): LayoutNode => ({
  name,
  kind: column === 0 ? 'source' : 'processor',
  column,
  row: 0,
  from,
  to,
  stores: column === 2 ? ['sums'] : [],
  line: 1,
})
const LAYOUT: Layout = {
  name: 'demo',
  nodes: [node('sum', 2, ['parsed'], []), node('feed', 0, [], ['raw', 'names']), node('parse', 1, ['raw'], ['parsed'])],
  edges: [
    { source: 'feed', target: 'parse', topic: 'raw', kind: 'stream' },
    { source: 'parse', target: 'sum', topic: 'parsed', kind: 'stream' },
    { source: 'feed', target: 'sum', topic: 'names', kind: 'table' },
  ],
}

test('nodes stand in the order of the flow, with what they read and write', () => {
  expect(graphText(LAYOUT).split('\n')).toEqual([
    expect.stringMatching(/^NODE +KIND +READS +WRITES +STORES/),
    expect.stringMatching(/^feed +source +- +raw, names +-/),
    '',
    expect.stringMatching(/^parse +processor +raw +parsed +-/),
    '',
    expect.stringMatching(/^sum +processor +parsed, names= +- +sums/),
  ])
})

test('numbers of now stand beside them; what is not measured is a question mark', () => {
  const parse: Partial<TopologyNode> = {
    name: 'parse',
    records_in_per_second: 1234.4,
    records_out_per_second: 0.25,
    busy: 0.5,
    lag_records: 12_345,
    behind_ms: 90_000,
  }
  const live: Topology = { name: 'demo', as_of: '', edges: [], nodes: [parse as TopologyNode] }
  const lines = graphText(LAYOUT, live).split('\n')
  expect(lines[3]).toMatch(/ 1.234 +0\.3 +50 % +12.345 +1 ?m.* +raw +parsed$/)
  expect(lines[1]).toMatch(/\? +\? +\? +\? +\? +- +raw, names$/)
})
