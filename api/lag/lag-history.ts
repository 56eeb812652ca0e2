import type { LagHistoryView } from '../contract.ts'
import type { Database } from '../database.ts'

/** Lag of a group on a topic, over all partitions. */
export interface LagMinute {
  readonly group: string
  readonly topic: string
  readonly lagRecords: bigint
  readonly behindMs: number | undefined
  readonly status: string
}

/** History is kept for this long. */
export const LAG_KEPT_DAYS = 7

const KEEP_SQL = `insert into lag_history (group_id, topic, minute, lag_records, behind_ms, status)
select * from unnest($1::text[], $2::text[], array_fill($3::timestamptz, array[cardinality($1::text[])]), $4::bigint[], $5::bigint[], $6::text[])
on conflict (group_id, topic, minute) do update set
  lag_records = greatest(lag_history.lag_records, excluded.lag_records),
  behind_ms = greatest(lag_history.behind_ms, excluded.behind_ms),
  status = excluded.status`

/** Adds to the minute of `at`, of which the largest values stay. Several processes may do so; what is too old is dropped. */
export async function keepLag(database: Database, minutes: readonly LagMinute[], at: Date): Promise<void> {
  if (minutes.length === 0) return
  const minute = new Date(Math.floor(at.getTime() / 60_000) * 60_000)
  await database.query(
    KEEP_SQL,
    [
      minutes.map(({ group }) => group),
      minutes.map(({ topic }) => topic),
      minute,
      minutes.map(({ lagRecords }) => String(lagRecords)),
      minutes.map(({ behindMs }) => behindMs ?? null),
      minutes.map(({ status }) => status),
    ],
    'keep_lag',
  )
  await database.query(
    `delete from lag_history where minute < $1::timestamptz - interval '${LAG_KEPT_DAYS} days'`,
    [minute],
    'drop_lag',
  )
}

export interface LagHistoryQuery {
  readonly group?: string | undefined
  readonly topic?: string | undefined
  readonly hours: number
  /** Width of a point; of its minutes the largest values. */
  readonly stepMinutes: number
}

const READ_SQL = `select date_bin(make_interval(mins => $4), minute, timestamptz '2000-01-01') as at,
  group_id as "group", topic, max(lag_records)::text as lag_records, max(behind_ms)::float8 as behind_ms,
  (array_agg(status order by minute desc))[1] as status
from lag_history
where minute > $1::timestamptz - make_interval(hours => $5)
  and ($2::text is null or group_id = $2) and ($3::text is null or topic = $3)
group by 1, 2, 3 order by 1, 2, 3`

type Item = LagHistoryView['items'][number]

export async function readLagHistory(database: Database, query: LagHistoryQuery, at: Date): Promise<LagHistoryView> {
  const rows = await database.query<Omit<Item, 'at'> & { readonly at: Date }>(
    READ_SQL,
    [at, query.group ?? null, query.topic ?? null, query.stepMinutes, query.hours],
    'lag_history',
  )
  return { items: rows.map((row) => ({ ...row, at: row.at.toISOString() })) }
}
