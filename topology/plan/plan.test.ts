import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ANY, type Plan } from './change.ts'
import type { Desired, DesiredTopic } from './desired.ts'
import { planOf } from './plan.ts'
import { openPlan, sealPlan } from './plan-file.ts'
import { stepsOf, unconfirmed } from './steps.ts'
import { facetsLike, type World, type WorldTopic } from './world.ts'

const DAY_MS = 86_400_000
const topic = (name: string, more: Partial<DesiredTopic> = {}): DesiredTopic => {
  const retentionMs = more.retentionMs ?? 7 * DAY_MS
  const settings = { 'cleanup.policy': 'delete', 'retention.ms': String(retentionMs), ...more.settings }
  return { topic: name, partitions: 3, readers: ['reader'], writers: ['writer'], ...more, retentionMs, settings }
}
const found = (more: Partial<WorldTopic> = {}): WorldTopic => ({
  topicId: 'id1',
  partitions: 3,
  settings: { 'cleanup.policy': 'delete', 'retention.ms': String(7 * DAY_MS) },
  records: 100n,
  bytes: 5000n,
  expiring: undefined,
  ...more,
})
const desired = (topics: readonly DesiredTopic[], more: Partial<Desired> = {}): Desired => ({
  prefix: 'app.',
  topics,
  subjects: [],
  compatibility: 'FULL_TRANSITIVE',
  groups: [],
  moves: [],
  ...more,
})
const world = (topics: Readonly<Record<string, WorldTopic>>, more: Partial<World> = {}): World => ({
  clusterId: 'c',
  topics: new Map(Object.entries(topics)),
  subjects: new Map(),
  groups: new Map(),
  copies: new Map(),
  ...more,
})
const plan = (d: Desired, w: World, prune = false): Plan => planOf(d, w, { prune, digest: 'd' })

describe('grades', () => {
  const cases: readonly [string, DesiredTopic, WorldTopic, string, string | null][] = [
    ['kept for longer', topic('app.a', { retentionMs: 9 * DAY_MS }), found(), 'safe', '0'],
    ['kept for ever', topic('app.a', { retentionMs: -1 }), found(), 'safe', '0'],
    ['kept for less', topic('app.a', { retentionMs: DAY_MS }), found({ expiring: 40n }), 'destructive', '40'],
    ['kept for less, and empty', topic('app.a', { retentionMs: DAY_MS }), found({ records: 0n }), 'safe', '0'],
    [
      'compacted from now on',
      topic('app.a', { settings: { 'cleanup.policy': 'compact', 'retention.ms': String(7 * DAY_MS) } }),
      found(),
      'destructive',
      '100',
    ],
    ['more partitions, and empty', topic('app.a', { partitions: 6 }), found({ records: 0n }), 'disruptive', '0'],
  ]
  test.each(cases)('%s', (_, wanted, is, grade, records) => {
    const { changes, obstacles } = plan(desired([wanted]), world({ 'app.a': is }))
    expect(obstacles).toEqual([])
    expect(changes.map((change) => [change.grade, change.blast.records])).toEqual([[grade, records]])
  })

  test.each([
    ['fewer partitions', 2, 0n],
    ['more partitions where there are records', 6, 1n],
  ])('%s are an obstacle, not a change', (_, partitions, records) => {
    const { changes, obstacles } = plan(
      desired([topic('app.a', { partitions })]),
      world({ 'app.a': found({ records }) }),
    )
    expect(changes).toEqual([])
    expect(obstacles).toMatchObject([{ name: 'app.a' }])
  })

  test('a level that asks for less than the present one is disruptive', () => {
    const subject = { subject: 'app.a-value', topic: 'app.a', schema: '{}' }
    const is = { compatibility: 'FULL_TRANSITIVE', versions: 1, hasWanted: true, verdicts: [] }
    const { changes } = plan(
      desired([topic('app.a')], { subjects: [subject], compatibility: 'NONE' }),
      world({ 'app.a': found() }, { subjects: new Map([['app.a-value', is]]) }),
    )
    expect(changes.map(({ grade, action }) => [grade, action.kind])).toEqual([['disruptive', 'set_compatibility']])
  })

  const own = (compatibility: string | undefined, versions = 1) => ({
    compatibility,
    versions,
    hasWanted: true,
    verdicts: [],
  })
  test.each([
    ['BACKWARD', 'FORWARD_TRANSITIVE', 'disruptive'],
    ['FORWARD', 'BACKWARD_TRANSITIVE', 'disruptive'],
    ['FULL', 'BACKWARD_TRANSITIVE', 'disruptive'],
    ['BACKWARD', 'BACKWARD_TRANSITIVE', 'safe'],
    ['NONE', 'FORWARD_TRANSITIVE', 'safe'],
    ['BACKWARD_TRANSITIVE', 'FULL_TRANSITIVE', 'safe'],
    [undefined, 'NONE', 'disruptive'],
    [undefined, 'FULL_TRANSITIVE', 'safe'],
  ])('from level %s to %s is %s: what is held to no more is told', (from, to, grade) => {
    const subject = { subject: 'app.a-value', topic: 'app.a', schema: '{}' }
    const { changes } = plan(
      desired([topic('app.a')], { subjects: [subject], compatibility: to }),
      world({ 'app.a': found() }, { subjects: new Map([['app.a-value', own(from)]]) }),
    )
    expect(changes.map((change) => change.grade)).toEqual([grade])
  })

  test.each(['compact', 'delete'])('of compact,delete only %s is left: nothing more goes than before', (policy) => {
    const wanted = { 'cleanup.policy': policy, 'retention.ms': String(7 * DAY_MS) }
    const is = found({ settings: { ...wanted, 'cleanup.policy': 'compact,delete' } })
    const { changes } = plan(desired([topic('app.a', { settings: wanted })]), world({ 'app.a': is }))
    expect(changes.map((change) => [change.grade, change.blast.records])).toEqual([['safe', '0']])
  })

  test('topics of others are not looked at, unknown ones of ours are told, and with prune deleted', () => {
    const w = world({ 'app.a': found(), 'app.old': found(), 'other.b': found() })
    expect(plan(desired([topic('app.a')]), w).notes.map(({ name }) => name)).toEqual(['app.old'])
    const pruned = plan(desired([topic('app.a')]), w, true)
    expect(pruned.changes.map(({ name, grade }) => [name, grade])).toEqual([['app.old', 'destructive']])
    expect(unconfirmed(pruned.changes, [])).toEqual(['app.old'])
    expect(unconfirmed(pruned.changes, ['app.old'])).toEqual([])
  })
})

describe('a plan is carried out exactly', () => {
  const d = desired([topic('app.a'), topic('app.b', { retentionMs: 9 * DAY_MS }), topic('app.c', { partitions: 6 })])
  const w = world({ 'app.b': found(), 'app.c': found({ records: 0n }) })
  const made = plan(d, w)
  const atEnd = (of: Plan): Record<string, string> => {
    const turns = of.changes.flatMap((change) => Object.entries(change.turns))
    return Object.fromEntries(turns.map(([facet, { after }]) => [facet, after === ANY ? 'an id' : after]))
  }

  test('whatever part of it is done already, the rest is what is left', () => {
    fc.assert(
      fc.property(fc.subarray([...made.changes]), (done) => {
        const facets = { ...made.world, ...atEnd({ ...made, changes: done }) }
        const steps = stepsOf(made, facets)
        expect(steps.moved).toEqual([])
        expect(steps.done).toEqual(done)
        expect(steps.pending).toEqual(made.changes.filter((change) => !done.includes(change)))
      }),
    )
  })

  test('a facet that is at neither end has moved, whichever it is', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(made.world)), (facet) => {
        const isAnything = made.changes.some(({ turns }) => turns[facet]?.after === ANY)
        const moved = stepsOf(made, { ...made.world, [facet]: 'something else' }).moved
        expect(moved.map((one) => one.facet)).toEqual(isAnything ? [] : [facet])
      }),
    )
  })

  test('the world of the plan is read again with the same facets', () => {
    expect(facetsLike(w, made.world, 'd')).toEqual(made.world)
    expect(stepsOf(made, facetsLike(w, made.world, 'another')).moved.map(({ facet }) => facet)).toEqual(['topology'])
  })

  test('so it is where groups have slashes in their names', () => {
    const groups = new Map([['app.old/one', { hasMembers: false, unread: 3n, lost: 0n }]])
    const withGroup = world({}, { groups })
    const pruning = plan(desired([]), withGroup, true)
    expect(pruning.changes.map(({ name }) => name)).toEqual(['app.old/one'])
    expect(stepsOf(pruning, facetsLike(withGroup, pruning.world, 'd')).moved).toEqual([])
  })

  test('a file that was changed anywhere is refused', () => {
    const hash = (text: string): string =>
      String(text.length) + text.slice(-40) + text.slice(0, 40) + [...text].sort().join('')
    const text = sealPlan(made, { at: 'now', topology: 'here' }, hash)
    expect(openPlan(text, hash)).toEqual(made)
    expect(() => openPlan(text.replace('"safe"', '"sefa"'), () => 'x')).toThrow('was changed')
    expect(() => openPlan(text.replace('"version": 1', '"version": 2'), hash)).toThrow('version 2')
    expect(() => openPlan('{}', hash)).toThrow('no plan')
    expect(() => openPlan('not json', hash)).toThrow('no plan')
  })
})
