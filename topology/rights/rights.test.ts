import { describe, expect, test } from 'vitest'
import { graphOf, processor, sink, source } from '../../streams/testing/graph-of.ts'
import { aclCommands } from './commands.ts'
import { compareRights, type FoundRule } from './compare.ts'
import { type Right, rightKey } from './right.ts'
import { workloadsOf } from './rights-of.ts'

const none = (): never => {
  throw new TypeError('not run')
}
const graph = graphOf({ in: 1, names: { cleanup: 'compact' }, orders: 1 }, [
  source({ name: 'feed', to: ['in'], create: none }),
  processor({ name: 'copy', from: ['in'], to: ['orders'], stores: [{ name: 'seen', type: 'kv' }], create: none }),
  sink({ name: 'lake', from: ['orders'], create: none }),
])
const rightsOf = (name: string): readonly Right[] => workloadsOf(graph).find((one) => one.name === name)?.rights ?? []
const keys = (name: string): readonly string[] => rightsOf(name).map(rightKey)

describe('the least rights', () => {
  test('a source writes as itself alone, a sink has no transactional id, and neither reads what is not its own', () => {
    expect(keys('feed')).toContain('transactional_id literal g.feed Write')
    expect(keys('lake').filter((key) => key.includes('Write'))).toEqual(['topic literal g.lake.dlq Write'])
    expect(keys('lake').some((key) => key.includes('g.in'))).toBe(false)
  })

  test('a shadow may write and make only what ends with .shadow or is of its own node', () => {
    const written = rightsOf('shadow').filter(({ operation }) => operation === 'Write' || operation === 'Create')
    expect(written.map(({ name }) => name).filter((name) => !name.includes('.shadow'))).toEqual([])
    expect(keys('shadow')).toContain('topic literal g.in Read')
  })

  const rule = (right: Partial<Right>, more: Partial<FoundRule> = {}): FoundRule => ({
    principal: 'User:g-lake',
    host: '*',
    resource: 'Topic',
    name: right.name ?? 'g.orders',
    pattern: 'Literal',
    operation: right.operation ?? 'Read',
    permission: 'Allow',
    ...more,
  })
  const lake = workloadsOf(graph).filter(({ name }) => name === 'lake')
  const missing = (rules: readonly FoundRule[]): readonly string[] =>
    compareRights(lake, 'User:g-', rules).flatMap((one) => one.missing.map(rightKey))

  test('a rule for a prefix, for everybody or for all operations counts; one that denies takes away', () => {
    expect(missing([])).toHaveLength(5)
    expect(missing([rule({ name: 'g.' }, { pattern: 'Prefixed', operation: 'All' })])).toEqual([
      'group literal g.lake Read',
    ])
    expect(missing([rule({ name: '*' }, { principal: 'User:*', operation: 'All' })])).toHaveLength(1)
    const denied = [rule({ name: '*' }, { operation: 'All' }), rule({}, { permission: 'Deny' })]
    expect(missing(denied)).toEqual(['topic literal g.orders Read', 'group literal g.lake Read'])
  })

  test('what is allowed and needed for nothing is told', () => {
    const [difference] = compareRights(lake, 'User:g-', [rule({ operation: 'Delete' })])
    expect(difference?.extra).toMatchObject([{ name: 'g.orders', operation: 'Delete' }])
  })

  test('names that a shell would take apart are quoted', () => {
    const [odd] = lake.map((one) => ({ ...one, rights: one.rights.slice(0, 1) }))
    const [command] = odd === undefined ? [] : aclCommands(odd, "User:o'neil ", [])
    expect(command).toContain(`'User:o'\\''neil lake'`)
  })
})
