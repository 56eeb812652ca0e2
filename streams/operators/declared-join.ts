import { defineFlow, type FlowPlace, field } from '../component.ts'
import type { Stream } from './dsl.ts'
import type { Flow } from './flow.ts'
import type { JoinKind } from './join-streams.ts'
import { invalidPlace, onlyOf } from './place.ts'
import { topic } from './topic.ts'

type Row = Readonly<Record<string, unknown>>
type Joined = (left: Row | undefined, right: Row | undefined, key: string | undefined) => Row

/** A field of the result: of which side, and which. */
function picker(text: string): (...sides: Parameters<Joined>) => unknown {
  if (text === 'key') return (_, __, key) => key ?? null
  const [side, name, ...rest] = text.split('.')
  if (name === undefined || name === '' || rest.length > 0 || (side !== 'left' && side !== 'right'))
    throw invalidPlace(`\`${text}\` is no field; write key, left.<field> or right.<field>`)
  return (left, right) => (side === 'left' ? left : right)?.[name] ?? null
}

function joinedBy(select: Readonly<Record<string, string>>): Joined {
  const fields = Object.entries(select).map(([name, text]) => [name, picker(text)] as const)
  return (left, right, key) => Object.fromEntries(fields.map(([name, pick]) => [name, pick(left, right, key)]))
}

/**
 * Joins by the topology file alone. With `within:` two streams; with a global table under `tables:` each record with the
 * row its field `by` names; else the first topic of `from:` with the second as a table.
 */
export const joinTopics = defineFlow({
  type: 'join',
  summary: 'Joins two topics on their keys, or records with a table.',
  fields: {
    kind: field.choice('Which records without a match are kept.', ['inner', 'left', 'outer'], { default: 'inner' }),
    by: field.text('Field that names the row of a global table; the key unless given.', { default: '' }),
    history_minutes: field.number('Joins a table as of the time of the record, so far back; 0: as it is now.', {
      min: 0,
      max: 5_256_000,
      default: 0,
    }),
    select: field.texts('Fields of the result: key, left.<field> or right.<field>.'),
  },
  create: ({ kind, by, history_minutes: historyMinutes, select }) => {
    return (flow, place) => {
      const row = joinedBy(select)
      const joined = place.within === undefined ? joinLookup : joinWithin
      const result = joined(flow, place, kind, row, { by, historyMs: historyMinutes * 60_000 })
      result.to(topic<Row>(onlyOf(place.to, 'topic', 'to')))
    }
  },
})

function twoOf({ from }: FlowPlace): readonly [string, string] {
  const [left, right, ...others] = from
  if (left !== undefined && right !== undefined && others.length === 0) return [left, right]
  throw invalidPlace(`it joins two topics under \`from:\`, and has ${from.join(', ') || 'none'}`)
}

function joinWithin(flow: Flow, place: FlowPlace, kind: JoinKind, row: Joined): Stream<Row> {
  const [left, right] = twoOf(place).map((name) => flow.stream(topic<Row>(name))) as [Stream<Row>, Stream<Row>]
  const { within } = place
  if (within === undefined) throw invalidPlace('it joins two streams; give it `within:`')
  const options = { store: onlyOf(place.state, 'store', 'state'), within }
  if (kind === 'outer') return left.outerJoin(right, row, options)
  return kind === 'left' ? left.leftJoin(right, row, options) : left.join(right, row, options)
}

function joinLookup(
  flow: Flow,
  place: FlowPlace,
  kind: JoinKind,
  row: Joined,
  { by, historyMs }: { readonly by: string; readonly historyMs: number },
): Stream<Row> {
  if (kind === 'outer')
    throw invalidPlace('a stream and a table have no outer join; give it `within:` to join two streams')
  const globals = Object.values(place.tables)
  if (globals.length > 0) {
    const table = flow.globalTable(topic<Row>(onlyOf(globals, 'table', 'tables')))
    const stream = flow.stream(topic<Row>(onlyOf(place.from, 'topic', 'from')))
    const keyOf = (value: Row, { key }: { readonly key: string | undefined }): string | undefined =>
      by === '' ? key : value[by] === undefined || value[by] === null ? undefined : String(value[by])
    return kind === 'left' ? stream.leftJoinGlobal(table, keyOf, row) : stream.joinGlobal(table, keyOf, row)
  }
  const [left, right] = twoOf(place)
  const store = onlyOf(place.state, 'store', 'state')
  const table = flow.table(topic<Row>(right), historyMs > 0 ? { store, historyMs } : { store })
  const stream = flow.stream(topic<Row>(left))
  return kind === 'left' ? stream.leftJoinTable(table, row) : stream.joinTable(table, row)
}
