import { existsSync, globSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'

/** What a query answers. Integers of 64 bits, decimals and instants (UTC) are text, exact to the last digit. */
export interface LakeAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  /** True where there was more than the limit. */
  readonly truncated: boolean
}
export interface QueryOptions {
  /** 10,000 unless given. */
  readonly maxRows?: number
  /** The query is stopped when it aborts. */
  readonly signal?: AbortSignal
}

/** The query cannot be answered; the message says why, and names the tables there are. */
export class LakeQueryError extends Error {
  override readonly name = 'LakeQueryError'
}

const MAX_ROWS = 10_000
/** Loaded with the first query: it takes 30 MB. */
const loadDuckDb = () => import('@duckdb/node-api')

/**
 * Answers one SELECT over the Parquet files below `folder`, a view for each table. It can read nothing else and write
 * nothing. Throws LakeQueryError.
 */
export async function querySql(folder: string, sql: string, options: QueryOptions = {}): Promise<LakeAnswer> {
  const root = resolve(folder)
  const tables = tablesIn(root)
  const { DuckDBInstance } = await loadDuckDb()
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const stop = (): void => connection.interrupt()
  options.signal?.addEventListener('abort', stop, { once: true })
  try {
    await prepareViews(connection, root, namedIn(sql, tables))
    return await answer(connection, sql, options.maxRows ?? MAX_ROWS)
  } catch (error) {
    if (error instanceof LakeQueryError) throw error
    if (options.signal?.aborted) throw new LakeQueryError('the query was stopped', { cause: error })
    throw new LakeQueryError(`${(error as Error).message}\ntables with files: ${tables.join(', ') || 'none yet'}`, {
      cause: error,
    })
  } finally {
    options.signal?.removeEventListener('abort', stop)
    connection.closeSync()
    instance.closeSync()
  }
}

function tablesIn(root: string): string[] {
  if (!existsSync(root)) return []
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^[a-z][a-z0-9_]*$/.test(entry.name))
    .map((entry) => entry.name)
    .filter((name) => globSync('day=*/*.parquet', { cwd: join(root, name) }).length > 0)
    .sort()
}

/** Opening a table reads the footers of its files: only those that the query may mean, all where it names none. */
function namedIn(sql: string, tables: readonly string[]): readonly string[] {
  const named = tables.filter((table) => new RegExp(`\\b${table}\\b`, 'i').test(sql))
  return named.length > 0 ? named : tables
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

async function prepareViews(connection: DuckDBConnection, root: string, tables: readonly string[]): Promise<void> {
  await connection.run("SET TimeZone = 'UTC'")
  for (const table of tables) {
    const files = quoted(`${root}/${table}/day=*/*.parquet`)
    await connection.run(
      `CREATE VIEW ${table} AS SELECT * FROM read_parquet(${files}, hive_partitioning = true, hive_types = {'day': DATE}, union_by_name = true)`,
    )
  }
  await connection.run(`SET allowed_directories = [${quoted(`${root}/`)}]`)
  await connection.run('SET enable_external_access = false')
  await connection.run('SET lock_configuration = true')
}

async function answer(connection: DuckDBConnection, sql: string, maxRows: number): Promise<LakeAnswer> {
  const statements = await connection.extractStatements(sql)
  if (statements.count !== 1) throw new LakeQueryError(`expected one statement, found ${statements.count}`)
  const statement = await statements.prepare(0)
  const { StatementType } = await loadDuckDb()
  const readOnly = [StatementType.SELECT, StatementType.EXPLAIN]
  if (!readOnly.includes(statement.statementType)) throw new LakeQueryError('the lake is read-only: expected a SELECT')
  const reader = await statement.streamAndReadUntil(maxRows + 1)
  const names = reader.columnNames()
  const types = reader.columnTypes()
  const rows = reader.getRowObjectsJson()
  return {
    columns: names.map((name, index) => ({ name, type: String(types[index]) })),
    rows: rows.slice(0, maxRows),
    truncated: rows.length > maxRows,
  }
}

export interface TableAudit {
  readonly table: string
  readonly rows: bigint
  readonly distinctOffsets: bigint
  /** True where every record is there exactly once. */
  readonly exact: boolean
}

/** Counts rows and distinct (topic, partition, offset) of every table: equal where each record is there once. */
export async function auditLake(folder: string): Promise<readonly TableAudit[]> {
  const audits: TableAudit[] = []
  for (const table of tablesIn(resolve(folder))) {
    const sql = `SELECT count(*) AS n, count(DISTINCT (_topic, _partition, _offset)) AS d FROM ${table}`
    const [row] = (await querySql(folder, sql)).rows
    const [rows, distinctOffsets] = [BigInt(String(row?.['n'])), BigInt(String(row?.['d']))]
    audits.push({ table, rows, distinctOffsets, exact: rows === distinctOffsets })
  }
  return audits
}
