import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { defineProcessor, type Graph } from '../../streams/index.ts'
import { checkTopology } from '../check.ts'
import { compileTopology } from '../compile.ts'
import { diffMove, uncarried } from './diff-moves.ts'
import { movesOf } from './moves.ts'
import type { World, WorldCopy, WorldGroup, WorldTopic } from './world.ts'

const catalog = {
  count: defineProcessor({ type: 'count', summary: 'count', fields: {}, create: () => ({ process: () => {} }) }),
}
const check = (moved: string, errors = '') =>
  checkTopology(
    'demo.yaml',
    `version: 1
name: app
schemas: { directory: ${join(import.meta.dirname, '../../schemas/avro')} }
moved: ${moved}
topics: { raw: { value: RawDocument, partitions: 3 } }
stores: { counts: { type: kv }, more: { type: kv } }
processors: { tally: { run: count, from: raw, state: [counts, more]${errors} } }
`,
    { env: {}, catalog },
  )

function movesFor(moved: string, errors = '') {
  const result = check(moved, errors)
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  const none = (): never => {
    throw new Error('names only')
  }
  const serde = () => ({ serialize: none, deserialize: none })
  const graph: Graph = compileTopology(result.topology, { processor: none, source: none, sink: none, serde })
  return movesOf(result.topology, graph)
}

describe('what `moved:` asks for', () => {
  test('a renamed processor has all its changelogs under new names, that of parked records too', () => {
    const [move] = movesFor(
      '{ processors: { counter: tally }, stores: { totals: counts } }',
      ', errors: { then: park }',
    )
    expect(move?.groups).toEqual({ from: 'app.counter', to: 'app.tally' })
    expect(move?.changelogs.map(({ from, to }) => [from, to])).toEqual([
      ['app.counter.totals.changelog', 'app.tally.counts.changelog'],
      ['app.counter.more.changelog', 'app.tally.more.changelog'],
      [expect.stringMatching(/^app\.counter\..*changelog$/), expect.stringMatching(/^app\.tally\..*changelog$/)],
    ])
  })

  test('a renamed store is one changelog, and its group keeps its name', () => {
    expect(movesFor('{ stores: { totals: counts } }')).toMatchObject([
      {
        groups: { from: 'app.tally', to: 'app.tally' },
        changelogs: [{ from: 'app.tally.totals.changelog', to: 'app.tally.counts.changelog', partitions: 3 }],
      },
    ])
  })

  test.each([
    ['a new name that is not there', '{ processors: { counter: taly } }'],
    ['an old name that still is', '{ processors: { tally: tally } }'],
    ['two that became one', '{ stores: { a: counts, b: counts } }'],
    ['a store that no processor has', '{ stores: { a: count } }'],
  ])('%s is a mistake', (_, moved) => {
    expect(check(moved).diagnostics.map((d) => d.code)).toEqual(['T041'])
  })
})

describe('from the old name to the new one', () => {
  const [move] = movesFor('{ processors: { counter: tally } }')
  const OPEN: WorldCopy = { isWhole: false, isStable: true, hasOther: false }
  const group = (more: Partial<WorldGroup> = {}): WorldGroup => ({ hasMembers: false, unread: 0n, lost: 0n, ...more })
  const topic = (partitions: number) => ({ partitions, records: 5n, bytes: 1n }) as WorldTopic
  const COUNTS = 'app.tally.counts.changelog'
  const diff = (more: { groups?: object; copies?: object; topics?: object } = {}) => {
    const world: World = {
      clusterId: 'c',
      subjects: undefined,
      topics: new Map(Object.entries({ 'app.counter.counts.changelog': topic(3), ...more.topics })),
      groups: new Map(Object.entries({ 'app.counter': group(), ...more.groups })),
      copies: new Map(Object.entries({ [COUNTS]: OPEN, ...more.copies })),
    }
    return diffMove(move!, world)
  }

  test('copies what is not copied, and offsets come last', () => {
    expect(diff().changes.map(({ action, grade }) => [action.kind, grade])).toEqual([
      ['copy_topic', 'disruptive'],
      ['carry_offsets', 'disruptive'],
    ])
    expect(diff({ copies: { [COUNTS]: { ...OPEN, isWhole: true } } }).changes).toHaveLength(1)
  })

  test('a node is not to be started before that, and is afterwards', () => {
    const groups = (names: readonly string[]) => new Map(names.map((name) => [name, group()]))
    const world = { clusterId: 'c', subjects: undefined, topics: new Map(), copies: new Map() }
    expect(uncarried([move!], { ...world, groups: groups(['app.counter']) })).toEqual(['tally'])
    expect(uncarried([move!], { ...world, groups: groups(['app.counter', 'app.tally']) })).toEqual([])
    expect(uncarried([move!], { ...world, groups: groups([]) })).toEqual([])
  })

  test('does nothing where the new name has offsets, or the old one never had any', () => {
    expect(diff({ groups: { 'app.tally': group({ hasMembers: true }) } })).toEqual({ changes: [], obstacles: [] })
    const never = { 'app.counter': group({ unread: undefined }) }
    expect(diff({ groups: never, copies: { [COUNTS]: { ...OPEN, isWhole: true } } }).changes).toEqual([])
  })

  test.each([
    ['the old one runs', { groups: { 'app.counter': group({ hasMembers: true }) } }, /has members/],
    ['the new one runs', { groups: { 'app.tally': group({ hasMembers: true, unread: undefined }) } }, /has members/],
    ['a transaction is open', { copies: { [COUNTS]: { ...OPEN, isStable: false } } }, /not ended/],
    ['the new one has other records', { copies: { [COUNTS]: { ...OPEN, hasOther: true } } }, /not of app\.counter/],
    ['partitions differ', { topics: { 'app.counter.counts.changelog': topic(6) } }, /has 6 partitions/],
  ])('nothing is carried where %s', (_, more, message) => {
    const { changes, obstacles } = diff(more)
    expect(changes).toEqual([])
    expect(obstacles.map((one) => one.message)).toEqual([expect.stringMatching(message)])
  })
})
