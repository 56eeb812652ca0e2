import {
  auditTable,
  type CatalogAudit,
  checkStore,
  LAKE_TABLES,
  loadTable,
  maintenanceOf,
  openTrino,
  type Retention,
  removeLeftovers,
  type StoreCheck,
  type TableStatus,
  type Trino,
  tableStatus,
} from '../../connectors/index.ts'
import { CommandError, EXIT } from '../output.ts'
import type { Settings } from '../settings.ts'
import { icebergPorts } from './stores.ts'

export interface TableCheck {
  readonly table: string
  readonly audits: readonly CatalogAudit[]
  readonly store: StoreCheck
}

/** Looks after the tables of the settings. */
export interface LakeCare {
  status(): Promise<readonly TableStatus[]>
  /** Needs Trino. */
  verify(): Promise<readonly TableCheck[]>
  /** Needs Trino. Goes on after a step that failed; resolves to how many did. */
  maintain(retention: Retention, note: (line: string) => void): Promise<number>
  close(): Promise<void>
}

/** Throws CommandError where the settings name no metastore. Connects when it is asked. */
export function openLakeCare(settings: Settings): LakeCare {
  const { s3, hiveMetastoreUri, lakeDatabase: database } = settings
  if (!s3 || !hiveMetastoreUri)
    throw new CommandError(
      EXIT.usage,
      'HIVE_METASTORE_URI and S3_ENDPOINT are not both set: there are no Iceberg tables here',
      'the lake in the data folder is checked by: stonks sql --audit',
    )
  const opened = icebergPorts(s3, hiveMetastoreUri)
  const tables = Object.entries(LAKE_TABLES).map(([topic, { table }]) => ({ topic, name: { database, name: table } }))

  return {
    async status() {
      const ports = await opened
      const found = await Promise.all(tables.map(({ topic, name }) => tableStatus(ports, name, topic)))
      return found.filter((one) => one !== undefined)
    },

    async verify() {
      const [ports, trino] = [await opened, trinoOf(settings)]
      const checks: TableCheck[] = []
      for (const { topic, name } of tables) {
        const version = await loadTable(ports, name)
        if (version === undefined) continue
        const store = await checkStore(ports, version, topic)
        // Trino cannot count what it cannot read; the store's answer says why.
        const audits = store.missing.length > 0 ? [] : await auditTable(trino, database, name.name)
        checks.push({ table: name.name, audits, store })
      }
      return checks
    },

    async maintain(retention, note) {
      const [ports, trino] = [await opened, trinoOf(settings)]
      let failed = 0
      for (const { topic, name } of tables) {
        const status = await tableStatus(ports, name, topic)
        // Trino fails at a table without any snapshot.
        if (status === undefined || status.snapshots === 0) continue
        for (const statement of maintenanceOf(database, name.name, retention)) {
          try {
            await trino.query(statement)
          } catch (error) {
            failed += 1
            note(`${statement}: ${error instanceof Error ? error.message : String(error)}`)
          }
        }
        note(`${name.name}: done, ${await removeLeftovers(ports, name, topic)} files of dead writers removed`)
      }
      return failed
    },

    async close() {
      const ports = await opened.catch(() => undefined)
      await ports?.metastore.close()
    },
  }
}

function trinoOf({ trinoUrl }: Settings): Trino {
  if (trinoUrl) return openTrino({ url: trinoUrl })
  throw new CommandError(EXIT.usage, 'TRINO_URL is not set', 'the tables are counted and kept in order by Trino')
}
