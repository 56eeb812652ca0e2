import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { catalog } from '../../cli/runtime/catalog.ts'
import { checkTopology } from '../check.ts'
import type { CheckedTopology } from '../checked.ts'
import { reloadOf } from './reload.ts'

const file = 'topology/stonks.yaml'
const text = readFileSync(file, 'utf8')
function topologyOf(changed: string): CheckedTopology {
  const result = checkTopology(file, changed, {
    env: { STONKS_EXTRACTOR: 'rules' },
    catalog,
    driver: { name: 'wire', guarantees: ['exactly_once', 'at_least_once'] },
  })
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('; '))
  return result.topology
}
const with_ = (from: string | RegExp, to: string): CheckedTopology => {
  const changed = text.replace(from, to)
  expect(changed).not.toBe(text)
  return topologyOf(changed)
}
const all = Object.keys(topologyOf(text).nodes)

describe('what a changed file asks of those that run', () => {
  test('comments and the order of lines ask nothing', () => {
    expect(reloadOf(topologyOf(text), with_('sources:', '# another word\n\nsources:'), all)).toEqual({
      kind: 'nothing',
    })
  })

  test('parameters, batches, calls and retries begin their own node again, where it runs', () => {
    const batch = with_('batch: { records: 2000 }', 'batch: { records: 500 }')
    expect(reloadOf(topologyOf(text), batch, all)).toEqual({ kind: 'parameters', nodes: ['read_model'] })
    expect(reloadOf(topologyOf(text), batch, ['parse'])).toEqual({ kind: 'nothing' })
    const calls = with_('concurrency: 4', 'concurrency: 9')
    expect(reloadOf(topologyOf(text), calls, all)).toEqual({ kind: 'parameters', nodes: ['extract'] })
    const defaults = with_('commit: { interval: 200ms }', 'commit: { interval: 100ms }')
    expect(reloadOf(topologyOf(text), defaults, ['parse', 'trade'])).toEqual({
      kind: 'parameters',
      nodes: ['parse', 'trade'],
    })
  })

  test.each([
    [
      'a topic with other partitions',
      'signals: { key: string, value: Signal }',
      'signals: { key: string, value: Signal, partitions: 3 }',
      'topic signals',
    ],
    [
      'a store with another time to live',
      'evidence: { type: kv, ttl: 45d }',
      'evidence: { type: kv, ttl: 9d }',
      'aggregate',
    ],
    ['a guarantee', '    from: signals\n', '    from: signals\n    guarantee: at_least_once\n', 'recommend'],
    ['a node that is gone', /\n {2}lag: {7}\{[^\n]*/, '', 'lag'],
  ])('%s is for a plan', (_, from, to, changed) => {
    expect(reloadOf(topologyOf(text), with_(from, to), all)).toEqual({ kind: 'shape', changed: [changed] })
  })
})
