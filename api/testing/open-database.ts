import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate, openEmbeddedPostgres, openPostgres, type Postgres, seed } from '../../connectors/index.ts'

/** A migrated and seeded PostgreSQL of its own for a test file. */
export async function openTestDatabase(): Promise<{ database: Postgres; close(): Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), 'stonks-api-'))
  const server = await openEmbeddedPostgres({ dir, durable: false })
  const database = openPostgres({ url: server.url })
  await migrate(database)
  await seed(database, new Date(0))
  return {
    database,
    async close() {
      await database.close()
      await server.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
