import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { loadAvroSchemas } from '../../../schemas/index.ts'
import { checkTopology, judge, readSuite } from '../../../topology/index.ts'
import { PROJECT_FOLDER } from '../../settings.ts'
import { writeWindowsSuite } from '../../testing/windows-suite.ts'
import { catalog } from '../catalog.ts'
import { fillValue } from './fill-value.ts'
import { runInMemory } from './run-in-memory.ts'

const folder = mkdtempSync(join(tmpdir(), 'suites-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Failures by case. */
async function failuresOf(
  file: string,
  text = readFileSync(file, 'utf8'),
): Promise<Readonly<Record<string, readonly string[]>>> {
  const { suite, diagnostics } = readSuite(file, text, {})
  if (suite === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'))
  const topologyFile = resolve(dirname(file), suite.topology ?? '')
  const checked = checkTopology(topologyFile, readFileSync(topologyFile, 'utf8'), { env: {}, catalog })
  if (!checked.ok) throw new Error(checked.diagnostics.map(({ message }) => message).join('\n'))
  const { topology } = checked
  const processors = Object.values(topology.nodes).flatMap(({ kind, name }) => (kind === 'processor' ? [name] : []))
  const found: Record<string, readonly string[]> = {}
  for (const one of suite.cases) {
    const outcome = await runInMemory(topology, suite.nodes ?? processors, one)
    found[one.name] = judge(one, outcome).map(({ message }) => message)
  }
  return found
}

describe('suites in memory', () => {
  test('those beside the project’s topology come out as expected', async () => {
    const found = await failuresOf(join(PROJECT_FOLDER, 'topology/parse.suite.yaml'))
    expect(Object.values(found).flat()).toEqual([])
    expect(Object.keys(found)).toHaveLength(2)
  })

  test('the fifteen lines in the documentation have no mistakes, and give what they say', async () => {
    const documentation = readFileSync(join(PROJECT_FOLDER, 'docs/topology.md'), 'utf8')
    const text = /```yaml\n(version: 1\n[^`]+)```/.exec(documentation)?.[1] ?? ''
    expect(text.trimEnd().split('\n')).toHaveLength(15)
    const checked = checkTopology(join(PROJECT_FOLDER, 'docs/facts.yaml'), text, { env: {}, catalog })
    expect(checked.diagnostics).toEqual([])
    if (!checked.ok) throw new Error('not ok')
    const suite = readFileSync(join(PROJECT_FOLDER, 'topology/parse.suite.yaml'), 'utf8').replace(
      'dead_letter: parse, absent: true',
      'on: extractions, count: 1, value: { document_id: d1, company_id: nvidia, symbol: NVDA }',
    )
    const [one] = readSuite('parse.suite.yaml', suite, {}).suite?.cases ?? []
    const outcome = await runInMemory(checked.topology, ['parse', 'extract'], one!)
    expect(judge(one!, outcome)).toEqual([])
  })

  test('windows close by the times of records, and what is late goes where it is told to', async () => {
    expect(Object.values(await failuresOf(writeWindowsSuite(folder))).flat()).toEqual([])
  })

  test('a case that expects something else fails, and says what there was', async () => {
    const file = writeWindowsSuite(folder)
    const [first] = Object.values(await failuresOf(file, readFileSync(file, 'utf8').replace('bars: 2', 'bars: 3')))
    expect(first).toEqual(['1 expected on bars.counted, 0 found; in that of NVDA: bars is 2, not 3'])
  })

  test('stores are looked into, and time that passes calls timers', async () => {
    const file = join(PROJECT_FOLDER, 'topology/parse.suite.yaml')
    const text = `
topology: stonks.yaml
nodes: [aggregate]
cases:
  - name: a bar is kept
    produce:
      - { to: market.bars, key: NVDA, value: { symbol: NVDA, timespan: 1d, close: "100", adjusted_close: "100" } }
      - { advance: 1m }
    stores:
      - { of: aggregate, store: prices, key: nothing, absent: true }
      - { of: aggregate, store: evidence, key: NVDA, value: {} }
`
    expect(await failuresOf(file, text)).toEqual({
      'a bar is kept': ['evidence of aggregate, key NVDA: nothing is there'],
    })
  })
})

test('fields that are left out get their default or the emptiest value; what the schema does not know stays to be told', () => {
  const bar = loadAvroSchemas().get('Bar')
  if (bar === undefined) throw new Error('no Bar')
  expect(fillValue(bar, { symbol: 'NVDA', colour: 'red' }, 1_000)).toMatchObject({
    symbol: 'NVDA',
    colour: 'red',
    timespan: '',
    start_at: '1970-01-01T00:00:01.000Z',
    open: '0',
    vwap: null,
    simulated: false,
  })
})
