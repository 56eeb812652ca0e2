/** SQL, handed in. Numerics and bigints come as text, timestamps as Dates, json parsed. */
export interface Database {
  /** `$1` placeholders. A `name` keeps the plan prepared on its connection. */
  query<Row = Record<string, unknown>>(sql: string, params?: readonly unknown[], name?: string): Promise<Row[]>
  /** Commits when `work` resolves, rolls back when it throws. One connection; do not nest. */
  transaction<T>(work: (database: Database) => Promise<T>): Promise<T>
}
