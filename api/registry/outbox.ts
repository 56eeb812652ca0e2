import type { CompanyJson } from '../contract.ts'
import type { Database } from '../database.ts'

/** A change on its way to the topic `registry.companies`; `record` null is a tombstone. */
export interface OutboxEntry {
  readonly seq: string
  readonly company_id: string
  readonly record: CompanyJson | null
}

/** The oldest changes not yet published, in the order they were made. */
export const takeOutbox = (db: Database, limit: number): Promise<OutboxEntry[]> =>
  db.query('select seq, company_id, record from registry_outbox where published_at is null order by seq limit $1', [
    limit,
  ])

/** After they are durable in the log. Published twice after a crash in between is harmless: the topic is compacted. */
export async function markPublished(db: Database, entries: readonly OutboxEntry[], at: Date): Promise<void> {
  await db.query('update registry_outbox set published_at = $2 where seq = any($1::bigint[])', [
    entries.map((e) => e.seq),
    at,
  ])
}
