import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Page } from '../contract.ts'
import type { Database } from '../database.ts'
import { Problem } from '../http/problem.ts'

/** Query parameters every list takes. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50).meta({ description: 'Items a page' }),
  cursor: z.string().max(1_000).optional().meta({ description: '`next` of the page before' }),
})

export type PageQuery = z.infer<typeof pageQuery>

/** A list newest first: rows by `time` and then `id`, a total order that new rows do not disturb. */
export interface Listing {
  /** Table or view. */
  readonly from: string
  /** What is selected; aliases `time` and `id` are added. */
  readonly select: string
  readonly time: string
  readonly id: string
}

export interface Condition {
  /** SQL with `?` for the value. */
  readonly sql: string
  readonly value: unknown
}

interface Cursor {
  readonly time: string
  readonly id: string
  /** Of the list and its filters: a cursor is good for the list it came from. */
  readonly list: string
}

/** One page. Throws 400 where the cursor is of another list or other filters. */
export async function readPage<T>(
  database: Database,
  listing: Listing,
  conditions: readonly Condition[],
  page: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<Page<T>> {
  const list = fingerprint(listing, conditions)
  const params: unknown[] = []
  const where = conditions.map((c) => {
    params.push(c.value)
    return c.sql.replace('?', `$${params.length}`)
  })
  if (page.cursor !== undefined) {
    const cursor = parseCursor(page.cursor, list)
    params.push(cursor.time, cursor.id)
    where.push(`(${listing.time}, ${listing.id}) < ($${params.length - 1}::timestamptz, $${params.length}::text)`)
  }
  params.push(page.limit + 1)
  const rows = await database.query<Record<string, unknown> & { _time: Date; _id: string }>(
    `select ${listing.select}, ${listing.time} as _time, ${listing.id} as _id from ${listing.from}
     ${where.length > 0 ? `where ${where.join(' and ')}` : ''}
     order by ${listing.time} desc, ${listing.id} desc limit $${params.length}`,
    params,
  )
  const last = rows.length > page.limit ? rows[page.limit - 1] : undefined
  const items = rows
    .slice(0, page.limit)
    .map(({ _time, _id, ...item }) => ('record' in item ? item['record'] : item) as T)
  return { items, next: last ? toCursor({ time: last._time.toISOString(), id: last._id, list }) : null }
}

const fingerprint = (listing: Listing, conditions: readonly Condition[]): string =>
  createHash('sha256')
    .update(JSON.stringify([listing.from, listing.time, conditions]))
    .digest('base64url')
    .slice(0, 8)

const toCursor = (cursor: Cursor): string =>
  Buffer.from(JSON.stringify([cursor.time, cursor.id, cursor.list])).toString('base64url')

function parseCursor(cursor: string, list: string): Cursor {
  try {
    const [time, id, of] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[]
    if (typeof time === 'string' && typeof id === 'string' && of === list && !Number.isNaN(Date.parse(time)))
      return { time, id, list }
  } catch {
    // Not ours: the same answer as for one of another list.
  }
  throw new Problem('bad-request', 'this cursor is not of this list with these filters: begin without one')
}

/** Conditions for the filters that are given. */
export function conditionsOf(
  filters: Readonly<Record<string, unknown>>,
  sql: Readonly<Record<string, string>>,
): readonly Condition[] {
  return Object.entries(sql).flatMap(([name, text]) =>
    filters[name] === undefined ? [] : [{ sql: text, value: filters[name] }],
  )
}
