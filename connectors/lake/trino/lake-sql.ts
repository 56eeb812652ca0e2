import type { Trino } from './open-trino.ts'

/** Both catalogs that show the lake's tables. */
export const CATALOGS = ['iceberg', 'lakehouse'] as const

export interface CatalogAudit {
  readonly catalog: string
  readonly rows: bigint
  readonly distinctOffsets: bigint
  /** Offsets between the first and the last of each partition that no row has. */
  readonly absent: bigint
}

/** Counts a table in both catalogs: rows equal distinct origins where each record is there once. */
export async function auditTable(trino: Trino, database: string, table: string): Promise<readonly CatalogAudit[]> {
  const audits: CatalogAudit[] = []
  for (const catalog of CATALOGS) {
    const { rows } = await trino.query(
      `SELECT coalesce(sum(n), 0), coalesce(sum(d), 0), coalesce(sum(span - d), 0) FROM (
         SELECT count(*) AS n, count(DISTINCT _offset) AS d, max(_offset) - min(_offset) + 1 AS span
         FROM ${catalog}.${named(database)}.${named(table)} GROUP BY _topic, _partition)`,
    )
    const [n = 0, d = 0, absent = 0] = rows[0] ?? []
    audits.push({ catalog, rows: whole(n), distinctOffsets: whole(d), absent: whole(absent) })
  }
  return audits
}

const whole = (value: unknown): bigint => BigInt(String(value))
const named = (name: string): string => `"${name.replaceAll('"', '""')}"`

export interface Retention {
  /** How long earlier snapshots stay, `6h`. */
  readonly snapshots: string
  /** Above the longest that a sink may stand still between writing a file and committing it. */
  readonly orphans: string
}

/**
 * What keeps a table quick, one after the other: small files become large ones, manifests fewer, old snapshots and files of
 * nobody go. Each may run beside the sink: its commits only add, and what it has not committed yet is younger than `orphans`.
 */
export const maintenanceOf = (database: string, table: string, retention: Retention): readonly string[] => {
  const alter = `ALTER TABLE iceberg.${named(database)}.${named(table)} EXECUTE`
  return [
    `${alter} optimize(file_size_threshold => '128MB')`,
    `${alter} optimize_manifests`,
    `${alter} expire_snapshots(retention_threshold => '${retention.snapshots}')`,
    `${alter} remove_orphan_files(retention_threshold => '${retention.orphans}')`,
  ]
}
