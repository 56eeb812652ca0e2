import { expect, test } from 'vitest'
import { graphOf } from '../testing/graph-of.ts'
import { withFlow } from './compile-flow.ts'
import { Flow } from './flow.ts'
import { flowDriver, outputs, SETTINGS } from './testing/flow-driver.ts'
import { topic } from './topic.ts'

const numbers = topic<number>('in')
const words = topic<string>('out')
const odd = topic<number>('odd')

test('filter, map, flatMap, branch and merge do to records what they do to lists', async () => {
  const driver = flowDriver({ in: 1, out: 1, odd: 1 }, (flow) => {
    const { small, large, rest } = flow
      .stream(numbers)
      .filter((n) => n !== 13)
      .branch({ small: (n) => n < 10, large: (n) => n > 100 })
    rest.filter((n) => n % 2 === 1).to(odd)
    small
      .flatMap((n) => (n === 0 ? [] : [n, -n]))
      .map((n, { key }) => `${key}${n}`)
      .merge(large.mapRecord((n, { key }) => ({ key: `big ${key}`, value: String(n) })))
      .to(words)
  })
  const steps = [0, 3, 13, 21, 22, 101].map((n, i) => ['in', 'k', n, i] as const)
  expect(await outputs(driver, steps)).toEqual([
    [],
    [
      ['k', 'k3', 1],
      ['k', 'k-3', 1],
    ],
    [],
    [],
    [],
    [['big k', '101', 5]],
  ])
  expect((await driver.read('odd')).map((r) => r.value)).toEqual([21])
})

test('a stream leaves tombstones out unless it is told to keep them', async () => {
  const driver = flowDriver({ in: 1, out: 1 }, (flow) => {
    flow.stream(numbers).map(String).to(words)
    flow
      .stream(numbers, { tombstones: 'keep' })
      .filter((n) => n === undefined)
      .map(() => 'gone')
      .to(words)
  })
  expect(
    await outputs(driver, [
      ['in', 'k', null, 1],
      ['in', 'k', 7, 2],
    ]),
  ).toEqual([[['k', 'gone', 1]], [['k', '7', 2]]])
})

test('a repartition topic brings records of one key together, with its name and as many partitions as its input', async () => {
  const flow = new Flow('p')
  flow
    .stream(numbers)
    .groupBy('by_parity', (n) => (n < 0 ? undefined : n % 2 === 0 ? 'even' : 'odd'))
    .count({ store: 'counts' })
    .toStream()
    .to(topic<number>('out'))
  const graph = withFlow(graphOf({ in: 4, out: 1 }, []), flow, SETTINGS)
  expect(graph.topics['p.by_parity.repartition']).toMatchObject({ topic: 'g.p.by_parity.repartition', partitions: 4 })
  expect(Object.values(graph.nodes).map((n) => n.name)).toEqual(['p', 'p.by_parity'])
  const driver = flowDriver({ in: 4, out: 1 }, (f) => {
    f.stream(numbers)
      .groupBy('by_parity', (n) => (n < 0 ? undefined : n % 2 === 0 ? 'even' : 'odd'))
      .count({ store: 'counts' })
      .toStream()
      .to(topic<number>('out'))
  })
  const steps = [1, 2, -5, 3, 5, 4].map((n, i) => ['in', `key ${n}`, n, i] as const)
  expect((await outputs(driver, steps)).flat()).toEqual([
    ['odd', 1, 0],
    ['even', 1, 1],
    ['odd', 2, 3],
    ['odd', 3, 4],
    ['even', 2, 5],
  ])
})

test('a topic between parts that closes a loop is declared as one, so that nobody waits for itself', () => {
  const feedbackOf = (work: (flow: Flow) => void) => {
    const flow = new Flow('p')
    work(flow)
    const nodes = Object.values(withFlow(graphOf({ in: 2, out: 1, other: 2 }, []), flow, SETTINGS).nodes)
    return nodes.map((n) => [n.name, n.kind === 'processor' ? n.feedback : []])
  }
  const other = topic<number>('other')
  const foreign = { name: 'f', keyOf: String, store: 'r', subscribers: 's' }
  expect(
    feedbackOf((f) => f.table(numbers, { store: 'a' }).joinForeign(f.table(other, { store: 'b' }), foreign, (a) => a)),
  ).toEqual([
    ['p', ['p.f_answers.repartition']],
    ['p.f_subscriptions', []],
  ])
  expect(
    feedbackOf((f) => {
      const table = f.table(numbers, { store: 'a' })
      f.stream(numbers)
        .rekey(String)
        .repartition('again')
        .joinTable(table, (a) => a)
    }),
  ).toEqual([['p', ['p.again.repartition']]])
  expect(feedbackOf((f) => f.stream(numbers).groupBy('g', String).count({ store: 'c' }))).toEqual([
    ['p', []],
    ['p.g', []],
  ])
})

test('mistakes of building are told as such', () => {
  const build = (
    work: (flow: Flow) => void,
    topics: Readonly<Record<string, number>> = { in: 2, out: 1, other: 3 },
  ) => {
    const flow = new Flow('p')
    work(flow)
    return withFlow(graphOf(topics, []), flow, SETTINGS)
  }
  const other = topic<number>('other')
  const within = { beforeMs: 1, afterMs: 1, graceMs: 1 }
  expect(() => build((f) => f.stream(numbers).rekey(String).groupByKey().count({ store: 's' }))).toThrow(
    /aggregate s needs records partitioned by their key/,
  )
  expect(() =>
    build((f) =>
      f
        .stream(numbers)
        .join(f.stream(other), (a, b) => a + b, { store: 's', within })
        .map(String)
        .to(words),
    ),
  ).toThrow(/p needs input topics with equally many partitions; it has in 2, other 3/)
  expect(() => build((f) => f.stream(topic('nowhere')).to(words as never))).toThrow(
    /topic nowhere, which is not declared/,
  )
  expect(() =>
    build((f) => {
      f.table(numbers, { store: 's' })
      f.table(other, { store: 's' })
    }),
  ).toThrow(/the store s belongs to another operator already/)
  expect(() =>
    build((f) => {
      f.stream(numbers).repartition('r')
      f.stream(numbers).repartition('r')
    }),
  ).toThrow(/two repartition topics are named r/)
  expect(() => build((f) => f.stream(numbers).merge(new Flow('q').stream(numbers)))).toThrow(/of another flow/)
  expect(() =>
    build((f) =>
      f
        .stream(numbers)
        .repartition('r', { partitions: 5 })
        .join(f.stream(other), (a) => a, { store: 's', within }),
    ),
  ).toThrow(/needs 3 partitions in each of its topics, not 5/)
})
