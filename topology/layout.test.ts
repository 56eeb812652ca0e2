import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CheckedNode, CheckedTopology } from './checked.ts'
import { layoutOf } from './layout.ts'

interface Entry {
  readonly kind: CheckedNode['kind']
  readonly from: readonly string[]
}

/** Nodes read topics of earlier ones, each of which writes one of its own name; in the order of the sections. */
const entries = fc
  .array(
    fc.tuple(fc.constantFrom('processor', 'processor', 'sink', 'source'), fc.array(fc.nat(20), { maxLength: 3 })),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map((drawn) => {
    const names: string[] = []
    return drawn.map(([kind, picks], i): readonly [string, Entry] => {
      const from = kind === 'source' || names.length === 0 ? [] : picks.map((pick) => names[pick % names.length] ?? '')
      if (kind !== 'sink') names.push(`n${i}`)
      return [`n${i}`, { kind: from.length === 0 && kind === 'processor' ? 'source' : (kind as Entry['kind']), from }]
    })
  })

const SECTIONS = ['source', 'processor', 'sink'] as const
const placesOf = (nodes: readonly (readonly [string, Entry])[]) => {
  const inOrder = SECTIONS.flatMap((kind) => nodes.filter(([, entry]) => entry.kind === kind))
  const checked = inOrder.map(([name, { kind, from }]) => [
    name,
    {
      name,
      kind,
      from,
      to: kind === 'sink' ? [] : [name],
      feedback: [],
      broadcast: [],
      tables: {},
      stores: [],
      span: {},
    },
  ])
  const topology = { name: 't', nodes: Object.fromEntries(checked) } as unknown as CheckedTopology
  return new Map(layoutOf(topology).nodes.map(({ name, column, row }) => [name, { column, row }]))
}
type Place = { readonly column: number; readonly row: number }

test('every node stands right of what it reads, sinks right of all, no two at one place', () => {
  fc.assert(
    fc.property(entries, (nodes) => {
      const places = placesOf(nodes)
      const at = (name: string): Place => places.get(name) as Place
      for (const [name, { from }] of nodes)
        for (const writer of from) expect(at(name).column).toBeGreaterThan(at(writer).column)
      const sinks = nodes.filter(([, { kind }]) => kind === 'sink').map(([name]) => at(name).column)
      expect(new Set(sinks).size).toBeLessThanOrEqual(1)
      expect(new Set([...places.values()].map(({ column, row }) => `${column} ${row}`)).size).toBe(nodes.length)
    }),
  )
})

test('a processor added that nothing reads moves nothing but what stands below it, and sinks with their column', () => {
  fc.assert(
    fc.property(entries, fc.array(fc.nat(20), { minLength: 1, maxLength: 3 }), fc.nat(12), (nodes, picks, index) => {
      const writers = nodes.filter(([, { kind }]) => kind !== 'sink').map(([name]) => name)
      fc.pre(writers.length > 0)
      const from = picks.map((pick) => writers[pick % writers.length] ?? '')
      const added: readonly [string, Entry] = ['added', { kind: 'processor', from }]
      const [before, after] = [placesOf(nodes), placesOf([...nodes.slice(0, index), added, ...nodes.slice(index)])]
      const place = after.get('added') as Place
      for (const [name, { kind }] of nodes) {
        const [was, is] = [before.get(name) as Place, after.get(name) as Place]
        if (kind === 'sink') expect(is.row).toBe(was.row)
        else if (was.column === place.column && was.row >= place.row) expect(is).toEqual({ ...was, row: was.row + 1 })
        else expect(is).toEqual(was)
      }
      const last = nodes.findLast(([, { kind }]) => kind === 'processor')?.[0]
      if (index >= nodes.length && last !== undefined)
        for (const [name, { kind }] of nodes) if (kind !== 'sink') expect(after.get(name)).toEqual(before.get(name))
    }),
  )
})

test('wherever a node is put, two that stay in one column keep their order', () => {
  fc.assert(
    fc.property(entries, fc.nat(11), (nodes, index) => {
      const without = nodes
        .filter(([, { from }]) => !from.includes(`n${index}`))
        .filter(([name]) => name !== `n${index}`)
      const known = new Set(without.map(([name]) => name))
      fc.pre(without.every(([, { from }]) => from.every((writer) => known.has(writer))))
      const [before, after] = [placesOf(without), placesOf(nodes)]
      for (const [a] of without)
        for (const [b] of without) {
          const [wasA, wasB, isA, isB] = [before.get(a), before.get(b), after.get(a), after.get(b)] as Place[] as [
            Place,
            Place,
            Place,
            Place,
          ]
          if (wasA.column !== wasB.column || isA.column !== isB.column) continue
          expect(Math.sign(isA.row - isB.row)).toBe(Math.sign(wasA.row - wasB.row))
        }
    }),
  )
})
