import { defineFlow, field } from '../component.ts'
import { StreamsError } from '../errors.ts'
import type { Grouped, WindowedTable } from './dsl.ts'
import type { Flow } from './flow.ts'
import { invalidPlace, onlyOf } from './place.ts'
import { topic } from './topic.ts'
import type { WindowedOptions } from './window-emitter.ts'
import type { Windows } from './windows.ts'

type Row = Readonly<Record<string, unknown>>

/** One figure of a window: from what it is until the first record, how a record changes it, how two are merged. */
interface Figure {
  readonly add: (figure: unknown, row: Row) => unknown
  readonly merge: (first: unknown, second: unknown) => unknown
}

const numberOf = (row: Row, name: string): number => {
  const value = row[name]
  if (typeof value === 'number') return value
  throw new StreamsError('PROCESSING', `${name} is ${JSON.stringify(value)}; only numbers can be summed and compared`)
}

/** Makes a figure of two values by a function that does not mind their order. */
const combined = (name: string, both: (a: number, b: number) => number): Figure => ({
  add: (figure, row) => (figure === null ? numberOf(row, name) : both(figure as number, numberOf(row, name))),
  merge: (first, second) =>
    first === null ? second : second === null ? first : both(first as number, second as number),
})

const FIGURES: Readonly<Record<string, (name: string) => Figure>> = {
  sum: (name) => combined(name, (a, b) => a + b),
  min: (name) => combined(name, Math.min),
  max: (name) => combined(name, Math.max),
  first: (name) => ({
    add: (figure, row) => figure ?? row[name] ?? null,
    merge: (first, second) => first ?? second,
  }),
  last: (name) => ({
    add: (figure, row) => row[name] ?? figure,
    merge: (first, second) => second ?? first,
  }),
}

const COUNT: Figure = {
  add: (figure) => ((figure as number | null) ?? 0) + 1,
  merge: (first, second) => ((first as number | null) ?? 0) + ((second as number | null) ?? 0),
}

function figureOf(text: string): Figure {
  if (text === 'count') return COUNT
  const [verb = '', name = '', ...rest] = text.split(' ')
  const figure = FIGURES[verb]
  if (figure !== undefined && name !== '' && rest.length === 0) return figure(name)
  throw invalidPlace(`\`${text}\` is no figure; write count, or ${Object.keys(FIGURES).join(', ')} and a field`)
}

/** Figures of the records of each key and window, by the topology file alone. */
export const windowAggregate = defineFlow({
  type: 'window_aggregate',
  summary: 'Counts, sums and compares the records of each key in windows.',
  fields: {
    by: field.text('Field to group by, through a repartition topic; the key unless given.', { default: '' }),
    figures: field.texts('Name of a field of the result: count, or sum, min, max, first, last and a field.'),
    key_field: field.text('Field of the result that holds the key.', { default: 'key' }),
  },
  create: ({ by, figures: texts, key_field: keyField }) => {
    return (flow, { from, to, state, window }) => {
      const figures = Object.entries(texts).map(([name, text]) => [name, figureOf(text)] as const)
      if (window === undefined) throw invalidPlace('it aggregates by windows; give it `window:`')
      if (window.windows.kind === 'session' && window.emit === 'on_update')
        throw invalidPlace('sessions take back what they emitted when they grow; give it `window: { emit: on_close }`')
      const late = window.late === undefined ? {} : { late: topic<Row>(window.late) }
      const options = { store: onlyOf(state, 'store', 'state'), emit: window.emit, ...late }
      const results = aggregate(groupsOf(flow, onlyOf(from, 'topic', 'from'), by), window.windows, figures, options)
      results
        .toStream()
        .map(({ window: { startMs, endMs }, value }, { key }) => ({
          [keyField]: key,
          window_start: startMs,
          window_end: endMs,
          ...value,
        }))
        .to(
          topic<Row>(
            onlyOf(
              to.filter((name) => name !== window.late),
              'topic',
              'to',
            ),
          ),
        )
    }
  },
})

function groupsOf(flow: Flow, from: string, by: string): Grouped<Row> {
  const rows = flow.stream(topic<Row>(from))
  if (by === '') return rows.groupByKey()
  return rows.groupBy(`by_${by}`, (row) => (row[by] === undefined || row[by] === null ? undefined : String(row[by])))
}

function aggregate(
  groups: Grouped<Row>,
  windows: Windows,
  figures: readonly (readonly [string, Figure])[],
  options: WindowedOptions<Row>,
): WindowedTable<Row> {
  const each = (next: (figure: Figure, name: string) => unknown): Row =>
    Object.fromEntries(figures.map(([name, figure]) => [name, next(figure, name)]))
  const fold = {
    ...options,
    initial: () => each(() => null),
    add: (all: Row, row: Row) => each((figure, name) => figure.add(all[name] ?? null, row)),
    merge: (first: Row, second: Row) => each((figure, name) => figure.merge(first[name] ?? null, second[name] ?? null)),
  }
  return windows.kind === 'session'
    ? groups.windowedBy(windows).aggregate(fold)
    : groups.windowedBy(windows).aggregate(fold)
}
