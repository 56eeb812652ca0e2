import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unreachedNodes } from './reach.ts'

const node = (name: string, from: readonly string[], to: readonly string[]) => ({
  name,
  kind: from.length === 0 ? ('source' as const) : ('processor' as const),
  from,
  broadcast: [],
  to,
})
const names = (nodes: readonly { readonly name: string }[]) => nodes.map(({ name }) => name)

test('a loop that nothing feeds is not reached, nor is what hangs on it', () => {
  const loop = [node('trade', ['executions'], ['orders']), node('broker', ['orders'], ['executions'])]
  const after = node('report', ['orders'], [])
  expect(names(unreachedNodes([...loop, after], new Set()))).toEqual(['trade', 'broker', 'report'])
  expect(unreachedNodes([...loop, after, node('replay', [], ['executions'])], new Set())).toEqual([])
  expect(unreachedNodes([...loop, after], new Set(['orders']))).toEqual([])
})

test('what another system writes reaches its readers', () => {
  expect(unreachedNodes([node('parse', ['from.elsewhere'], ['parsed'])], new Set())).toEqual([])
})

const topics = fc.subarray(['a', 'b', 'c', 'd', 'e'])
const graphs = fc.array(fc.tuple(topics, topics), { maxLength: 8 })

test('whatever is written from outside reaches all, and more sources never reach less', () => {
  fc.assert(
    fc.property(graphs, topics, (graph, fed) => {
      const nodes = graph.map(([from, to], i) => node(`n${i}`, from, to))
      const everything = new Set(['a', 'b', 'c', 'd', 'e'])
      expect(unreachedNodes(nodes, everything)).toEqual([])
      const before = new Set(names(unreachedNodes(nodes, new Set())))
      const after = names(unreachedNodes([...nodes, node('more', [], fed)], new Set()))
      // A topic that gets its first writer here no longer counts as written elsewhere, but its writer is a source.
      expect(after.filter((name) => !before.has(name))).toEqual([])
    }),
  )
})
