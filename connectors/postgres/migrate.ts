import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { sha256Hex } from '../../schemas/index.ts'
import type { Database } from './database.ts'

export const MIGRATIONS_DIRECTORY = fileURLToPath(new URL('../../migrations/', import.meta.url))
/** Any number that only this project uses for an advisory lock. */
const LOCK_KEY = 731_905_114

interface Migration {
  readonly name: string
  readonly sql: string
  readonly sha256: string
}

/**
 * Applies what is missing, in name order, each file in one transaction; several processes may call it at once. Resolves
 * to the names applied now. Throws where a file already applied has changed, or one applied is no longer there.
 */
export async function migrate(
  database: Database,
  directory: string = MIGRATIONS_DIRECTORY,
): Promise<readonly string[]> {
  const migrations = loadMigrations(directory)
  await database.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [LOCK_KEY])
    await tx.query(
      'create table if not exists migrations (name text primary key, sha256 text not null, applied_at timestamptz not null default now())',
    )
  })
  const applied: string[] = []
  for (const migration of migrations) if (await applyOne(database, migration)) applied.push(migration.name)
  await refuseUnknown(database, migrations)
  return applied
}

async function applyOne(database: Database, migration: Migration): Promise<boolean> {
  return database.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [LOCK_KEY])
    const [found] = await tx.query<{ sha256: string }>('select sha256 from migrations where name = $1', [
      migration.name,
    ])
    if (found?.sha256 === migration.sha256) return false
    if (found)
      throw new Error(
        `migration ${migration.name} was changed after it was applied: put it back and write the change as a new file`,
      )
    try {
      await tx.query(migration.sql)
    } catch (error) {
      throw new Error(`migration ${migration.name}: ${(error as Error).message}`, { cause: error })
    }
    await tx.query('insert into migrations (name, sha256) values ($1, $2)', [migration.name, migration.sha256])
    return true
  })
}

async function refuseUnknown(database: Database, migrations: readonly Migration[]): Promise<void> {
  const known = new Set(migrations.map((m) => m.name))
  const rows = await database.query<{ name: string }>('select name from migrations order by name')
  const gone = rows.find((row) => !known.has(row.name))
  if (gone) throw new Error(`the database has migration ${gone.name}, which this version does not: use a newer version`)
}

function loadMigrations(directory: string): Migration[] {
  return readdirSync(directory)
    .filter((file) => /^\d{4}-.*\.sql$/.test(file))
    .sort()
    .map((name) => {
      const sql = readFileSync(`${directory}/${name}`, 'utf8')
      return { name, sql, sha256: sha256Hex(sql) }
    })
}
