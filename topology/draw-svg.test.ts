import { expect, test } from 'vitest'
import { toSvg } from './draw-svg.ts'
import type { Layout, LayoutNode } from './layout.ts'

const node = (name: string, kind: LayoutNode['kind'], column: number, row: number): LayoutNode => ({
  name,
  kind,
  column,
  row,
  from: [],
  to: [],
  stores: [],
  line: 1,
})
const LAYOUT: Layout = {
  name: 'demo',
  nodes: [node('feed', 'source', 0, 0), node('parse', 'processor', 1, 0), node('lake', 'sink', 2, 1)],
  edges: [
    { source: 'feed', target: 'parse', topic: 'raw', kind: 'stream' },
    { source: 'feed', target: 'parse', topic: 'other', kind: 'stream' },
    { source: 'parse', target: 'lake', topic: 'parsed', kind: 'table' },
  ],
}

test('each node is a box at its column and row, each pair of nodes one line that names its topics', () => {
  const svg = toSvg(LAYOUT)
  expect([...svg.matchAll(/<rect x="(\d+)" y="(\d+)"/g)].map(([, x, y]) => [x, y])).toEqual([
    ['24', '24'],
    ['264', '24'],
    ['504', '120'],
  ])
  expect([...svg.matchAll(/<path class="(\w+)"[^>]*><title>([^<]*)/g)].map(([, kind, title]) => [kind, title])).toEqual(
    [
      ['stream', 'feed to parse: raw, other'],
      ['table', 'parse to lake: parsed'],
    ],
  )
})

test('a topology without nodes is an empty picture', () => {
  expect(toSvg({ name: 'demo', nodes: [], edges: [] })).toContain('viewBox="0 0 198 92"')
})
