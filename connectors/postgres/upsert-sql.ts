import type { Json, ReadModelTable } from './read-model-tables.ts'

const WHERE_FROM = { _topic: 'text', _partition: 'int', _offset: 'bigint' } as const

/**
 * One statement for a whole batch: rows come as one JSON array in $1, so its text and plan never change. As jsonb, which the
 * server reads once; json it reads to check, to cut and once more for each jsonb column.
 */
export function upsertSql(table: ReadModelTable): string {
  const types = { ...table.columns, ...WHERE_FROM }
  const names = Object.keys(types).map(quoted)
  const typed = Object.entries(types).map(([name, type]) => `${quoted(name)} ${type}`)
  return [
    `insert into ${table.table} as stored (${names.join(', ')})`,
    `select ${names.join(', ')} from jsonb_to_recordset($1::jsonb) as r(${typed.join(', ')})`,
    `on conflict (${table.key.map(quoted).join(', ')}) ${onConflict(table, names)}`,
  ].join('\n')
}

function onConflict(table: ReadModelTable, names: readonly string[]): string {
  if (table.newestBy === undefined) return 'do nothing'
  const changed = names.filter((name) => !table.key.map(quoted).includes(name)).map((n) => `${n} = excluded.${n}`)
  if (table.live) changed.push('_seq = excluded._seq')
  const by = quoted(table.newestBy)
  return `do update set ${changed.join(', ')}
where (excluded.${by}, excluded._offset) > (stored.${by}, stored._offset)`
}

const quoted = (name: string): string => `"${name}"`

/** Rows of a batch with one row a key: the newest, where newer ones win; the first, where the first stays. */
export function distinctRows(table: ReadModelTable, rows: readonly Json[]): readonly Json[] {
  const byKey = new Map<string, Json>()
  for (const row of rows) {
    const key = table.key.map((name) => String(row[name])).join('\u0000')
    const held = byKey.get(key)
    if (!held || (table.newestBy !== undefined && isNewer(row, held, table.newestBy))) byKey.set(key, row)
  }
  return [...byKey.values()]
}

function isNewer(row: Json, held: Json, by: string): boolean {
  const [a, b] = [String(row[by]), String(held[by])]
  return a === b ? BigInt(row['_offset'] as string) > BigInt(held['_offset'] as string) : a > b
}

/** What PostgreSQL's text cannot hold: the character zero and halves of surrogate pairs. One unit each, so offsets stay. */
const NOT_TEXT = /\\u(0000|d[89a-f][0-9a-f]{2})/i

/** Rows as JSON that PostgreSQL reads; characters it cannot hold become U+FFFD. */
export function rowsToJson(rows: readonly Json[]): string {
  const json = JSON.stringify(rows)
  if (!NOT_TEXT.test(json)) return json
  return JSON.stringify(rows, (_, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed().replaceAll('\u0000', '\ufffd') : value,
  )
}
