import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  type Catalog,
  defineFlow,
  defineProcessor,
  field,
  joinTopics,
  parseConfig,
  type Serde,
  TopologyTestDriver,
  topic,
  windowAggregate,
} from '../streams/index.ts'
import { checkTopology } from './check.ts'
import { compileTopology } from './compile.ts'

/** Code of the project that is a flow: counts by a field through a repartition topic, and takes its windows from the file. */
const countBy = defineFlow({
  type: 'count_by',
  summary: 'Counts records by a field.',
  fields: { field: field.text('Field to count by.') },
  create:
    ({ field: name }) =>
    (flow, { from, to, state, window }) => {
      if (window?.windows.kind !== 'time') throw new TypeError('only for this test')
      flow
        .stream(topic<Readonly<Record<string, string>>>(from[0] ?? ''))
        .groupBy('by_field', (row) => row[name])
        .windowedBy(window.windows)
        .count({ store: state[0] ?? '', emit: window.emit })
        .toStream()
        .map(({ value }) => value ?? 0)
        .to(topic<number>(to[0] ?? ''))
    },
})
const flows = { count_by: countBy, join: joinTopics, window_aggregate: windowAggregate }
const catalog: Catalog = {
  ...flows,
  plain: defineProcessor({ type: 'plain', summary: 'plain', fields: {}, create: () => ({ process: () => {} }) }),
}

const file = (processors: string, stores = '{ s: { type: kv } }'): string => `version: 1
name: demo
schemas: { directory: ${join(import.meta.dirname, '../schemas/avro')} }
defaults: { topic: { partitions: 2 } }
topics:
  bars: { value: Bar }
  quotes: { value: Bar }
  names: { value: Company, cleanup: compact }
  wide: { value: Bar, partitions: 3 }
  late: { value: Bar }
  out: { value: Signal }
stores: ${stores}
processors:
  p: ${processors}
`
const json: Serde = {
  serialize: (value) => Buffer.from(JSON.stringify(value)),
  deserialize: (bytes) => JSON.parse(Buffer.from(bytes).toString()),
}
const check = (text: string) => checkTopology('demo.yaml', text, { env: {}, catalog })
const mistakes = (text: string): string[] =>
  check(text)
    .diagnostics.filter((d) => d.severity === 'error' || d.code === 'T030')
    .map((d) => `${d.code}@${d.span.line}:${d.span.column} ${d.message}`)

function driverOf(processors: string): TopologyTestDriver {
  const result = check(file(processors))
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  const none = (): never => {
    throw new Error('not in this test')
  }
  const graph = compileTopology(result.topology, {
    processor: none,
    source: none,
    sink: none,
    flow(run, config) {
      const code = flows[run as keyof typeof flows] as typeof countBy
      return code?.create(parseConfig(code, config), {})
    },
    serde: () => json,
  })
  return new TopologyTestDriver(graph, { startMs: 0 })
}
const valuesOf = async (driver: TopologyTestDriver, name = 'out') => (await driver.read(name)).map((r) => r.value)

test('code that is a flow runs by its name, with the windows the file gives it', async () => {
  const driver = driverOf(
    '{ run: count_by, from: bars, to: out, state: s, with: { field: side }, window: { tumbling: 10s, grace: 0s } }',
  )
  for (const [key, side, timestampMs] of [
    ['a', 'buy', 1],
    ['b', 'sell', 2],
    ['c', 'buy', 3],
    ['d', 'buy', 11_000],
  ] as const)
    await driver.pipe('bars', { key, value: { side }, timestampMs })
  const out = await driver.read('out')
  expect(out.map((r) => `${r.key} ${r.value}`).sort()).toEqual(['buy 1', 'buy 1', 'buy 2', 'sell 1'])
})

test('windows can be aggregated by the file alone: figures, a group, on close, late records', async () => {
  const driver = driverOf(`
    run: window_aggregate
    from: bars
    window: { hopping: 10s, advance: 10s, grace: 1s, emit: on_close, late: late }
    with: { by: symbol, key_field: symbol, figures: { bars: count, volume: sum size, high: max price, close: last price } }
    state: s
    to: out`)
  const bar = async (symbol: string, price: number, size: number, timestampMs: number) =>
    await driver.pipe('bars', { key: `${symbol}${price}`, value: { symbol, price, size }, timestampMs })
  await bar('X', 5, 1, 1_000)
  await bar('X', 9, 2, 4_000)
  await bar('X', 7, 3, 10_500)
  await bar('X', 8, 4, 9_000)
  await bar('X', 1, 1, 11_000)
  await bar('X', 2, 1, 9_999)
  expect(await valuesOf(driver)).toEqual([
    { symbol: 'X', window_start: 0, window_end: 10_000, bars: 3, volume: 7, high: 9, close: 8 },
  ])
  expect(await valuesOf(driver, 'late')).toEqual([{ symbol: 'X', price: 2, size: 1 }])
})

test('topics can be joined by the file alone: two streams, a table as of a time, a global table', async () => {
  const select = 'with: { kind: left, select: { id: key, bid: left.price, ask: right.price, name: right.name } }'
  const streams = driverOf(`
    run: join
    from: [bars, quotes]
    within: { before: 1s, after: 1s, grace: 0s }
    ${select}
    state: s
    to: out`)
  await streams.pipe('bars', { key: 'k', value: { price: 1 }, timestampMs: 1_000 })
  await streams.pipe('quotes', { key: 'k', value: { price: 2 }, timestampMs: 1_500 })
  await streams.pipe('bars', { key: 'k', value: { price: 3 }, timestampMs: 5_000 })
  await streams.pipe('bars', { key: 'k', value: { price: 4 }, timestampMs: 9_000 })
  expect(await valuesOf(streams)).toEqual([
    { id: 'k', bid: 1, ask: 2, name: null },
    { id: 'k', bid: 3, ask: null, name: null },
  ])
  const asOf = driverOf(`
    run: join
    from: [bars, quotes]
    with: { history_minutes: 1, select: { bid: left.price, ask: right.price } }
    state: s
    to: out`)
  await asOf.pipe('quotes', { key: 'k', value: { price: 1 }, timestampMs: 1_000 })
  await asOf.pipe('quotes', { key: 'k', value: { price: 2 }, timestampMs: 3_000 })
  await asOf.pipe('bars', { key: 'k', value: { price: 9 }, timestampMs: 2_000 })
  expect(await valuesOf(asOf)).toEqual([{ bid: 9, ask: 1 }])
  const global = driverOf(
    `{ run: join, from: bars, tables: { t: names }, to: out, with: { by: company, select: { name: right.name } } }`,
  )
  await global.pipe('names', { key: 'c', value: { name: 'Acme' } })
  await global.pipe('bars', { key: 'k', value: { company: 'c' } })
  await global.pipe('bars', { key: 'k', value: { company: 'd' } })
  expect(await valuesOf(global)).toEqual([{ name: 'Acme' }])
}, 20_000)

const AGGREGATE = 'run: window_aggregate, from: bars, to: out, state: s, with: { figures: { n: count } }'
test.each([
  ['a window without grace', `{ ${AGGREGATE}, window: { tumbling: 5m } }`, ['T004@14:103 `grace` is missing']],
  [
    'two kinds',
    `{ ${AGGREGATE}, window: { tumbling: 5m, session: 1m, grace: 0s } }`,
    ['T028@14:103 a window is of one kind, found `tumbling` and `session`'],
  ],
  ['no kind', `{ ${AGGREGATE}, window: { grace: 0s } }`, ['T028@14:103 a window is of one kind, found none']],
  [
    'hopping that leaves gaps',
    `{ ${AGGREGATE}, window: { hopping: 1m, advance: 2m, grace: 0s } }`,
    ['T028@14:127 `advance` is longer than the window: records would be in none'],
  ],
  [
    'an unknown late topic',
    `{ ${AGGREGATE}, window: { tumbling: 1m, grace: 0s, late: lat } }`,
    ['T010@14:136 unknown topic `lat`'],
  ],
  ['no window', `{ ${AGGREGATE} }`, ['T027@14:3 `p` cannot be built: it aggregates by windows; give it `window:`']],
  [
    'a figure there is not',
    `{ ${AGGREGATE.replace('count', 'counts')}, window: { tumbling: 1m, grace: 0s } }`,
    ['T027@14:3 `p` cannot be built: `counts` is no figure; write count, or sum, min, max, first, last and a field'],
  ],
  [
    'a store that is not listed',
    `{ ${AGGREGATE.replace('state: s, ', '')}, window: { tumbling: 1m, grace: 0s } }`,
    [
      'T030@12:11 no node has the store `s`',
      'T027@14:3 `p` cannot be built: it needs one store under `state:`, and has none',
    ],
  ],
  [
    'a topic without use',
    `{ ${AGGREGATE.replace('from: bars', 'from: [bars, quotes]')}, window: { tumbling: 1m, grace: 0s } }`,
    ['T027@14:3 `p` cannot be built: it needs one topic under `from:`, and has bars, quotes'],
  ],
  [
    'inputs that are not co-partitioned',
    '{ run: join, from: [bars, wide], to: out, state: s, with: { select: { a: key } } }',
    ['T021@14:3 `p` cannot be built: p needs input topics with equally many partitions; it has bars 2, wide 3'],
  ],
  [
    'a window for code that is not a flow',
    '{ run: plain, from: bars, state: s, window: { tumbling: 1m, grace: 0s } }',
    ['T029@14:3 `p` has `window:`, but its code `plain` is not a flow'],
  ],
])('the checks find %s', (_, processors, expected) => {
  expect(mistakes(file(processors))).toEqual(expected)
})
