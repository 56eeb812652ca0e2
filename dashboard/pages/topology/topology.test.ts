import { expect, test } from 'vitest'
import { TOPOLOGY } from '../../testing/topology.ts'
import { gridFor, leftOf, topOf, wiresOf } from './geometry.ts'
import { bottleneckOf, headlineOf, statusOf } from './headline.ts'
import { inFlowOrder, step } from './walk.ts'

const { nodes, edges } = TOPOLOGY
const withNode = (name: string, over: object) => nodes.map((n) => (n.name === name ? { ...n, ...over } : n))

test('the first line names the slowest while all keep up', () => {
  expect(headlineOf(nodes).sentence).toBe('Everything is keeping up. Slowest: lake, 0.9 s behind.')
})

test('the whole is as bad as its worst part', () => {
  const behind = headlineOf(withNode('extract', { behind_ms: 12_000, lag_records: 4210 }))
  expect(behind).toMatchObject({
    status: 'behind',
    sentence: 'extract is behind. Slowest: extract, 12 s, 4,210 records waiting.',
    state: 'extract is behind.',
  })
  const failing = headlineOf(withNode('parse', { last_error: 'E104: no such schema' }))
  expect(failing).toMatchObject({ status: 'failing', sentence: 'parse is failing. Newest error: E104: no such schema' })
  expect(headlineOf([]).sentence).toBe('No topology is loaded.')
})

test('a state follows time behind, not the count', () => {
  const [node] = nodes
  expect(statusOf({ ...node!, records_in_per_second: 9, behind_ms: 400, lag_records: 200_000 })).toBe('keeping up')
  expect(statusOf({ ...node!, behind_ms: 6_000, lag_records: 3 })).toBe('behind')
  expect(statusOf({ ...node!, records_in_per_second: 0, records_out_per_second: 0, lag_records: 0 })).toBe('idle')
})

test('the bottleneck is the busiest, where it is busy enough to hold others up', () => {
  expect(bottleneckOf(nodes)).toBe('extract')
  expect(bottleneckOf(withNode('extract', { busy: 0.5 }))).toBeNull()
})

test('the arrow keys lead along the edges from the first node to the last', () => {
  const path = ['scheduler']
  for (let i = 0; i < 12; i++) {
    const next = step(nodes, edges, path.at(-1)!, 'ArrowRight')
    if (next === null) break
    path.push(next)
  }
  expect(path).toEqual(['scheduler', 'ingest', 'parse', 'extract', 'aggregate', 'recommend', 'trade', 'broker', 'lake'])
  expect(step(nodes, edges, 'broker', 'ArrowLeft')).toBe('trade')
  expect(step(nodes, edges, 'lake', 'ArrowDown')).toBe('read_model')
  expect(step(nodes, edges, 'replay', 'ArrowUp')).toBe('scheduler')
  expect(step(nodes, edges, 'lake', 'ArrowRight')).toBeNull()
})

test('Tab goes by column, then by row', () => {
  expect(
    inFlowOrder(nodes)
      .map((n) => n.name)
      .slice(0, 3),
  ).toEqual(['scheduler', 'replay', 'ingest'])
})

test('all topics between two nodes are one line, and no line crosses a box', () => {
  const grid = gridFor(1376, 9)
  const wires = wiresOf(grid, nodes, edges)
  expect(wires.find((w) => w.key === 'trade>read_model')?.topics).toEqual([
    'risk.verdicts',
    'orders',
    'positions',
    'accounts',
  ])
  for (const wire of wires.filter((w) => !w.isNear)) {
    const points = [...wire.path.matchAll(/(-?[\d.]+) (-?[\d.]+)/g)].map((m) => [Number(m[1]), Number(m[2])] as const)
    points.slice(1).forEach(([x2, y2], index) => {
      const [x1, y1] = points[index]!
      const inside = nodes.filter((n) => {
        const [left, top] = [leftOf(grid, n.column) + 1, topOf(grid, n.row) + 1]
        const isX = Math.min(x1, x2) < left + grid.nodeWidth - 2 && Math.max(x1, x2) > left
        return isX && Math.min(y1, y2) < top + grid.nodeHeight - 2 && Math.max(y1, y2) > top
      })
      expect(inside.map((n) => `${wire.key} crosses ${n.name}`)).toEqual([])
    })
  }
})
