import { join } from 'node:path'
import {
  embeddedUrl,
  freePort,
  migrate,
  openEmbeddedPostgres,
  openPostgres,
  type Postgres,
  seed,
} from '../../connectors/index.ts'
import {
  type EngineLogger,
  type KafkaConnection,
  type LogDriver,
  openEmbeddedLog,
  openKafkajsDriver,
  openLibrdkafkaDriver,
  openWireDriver,
} from '../../streams/index.ts'
import { CommandError, EXIT } from '../output.ts'
import type { Settings } from '../settings.ts'

/** The log of the settings. Opens nothing remote yet; the embedded one is taken by this process, unless it only reads. */
export async function openDriver(settings: Settings, logger: EngineLogger, readOnly = false): Promise<LogDriver> {
  if (settings.driver === 'embedded') return openEmbeddedLog({ folder: join(settings.dataFolder, 'log'), readOnly })
  const connection = { ...kafkaOf(settings, 'stonks'), logger }
  if (settings.driver === 'kafkajs') return openKafkajsDriver(connection)
  return settings.driver === 'wire' ? openWireDriver(connection) : openLibrdkafkaDriver(connection)
}

/** The cluster of the settings, and how to get in. */
export const kafkaOf = ({ kafkaBrokers: brokers, kafkaAccess }: Settings, clientId: string): KafkaConnection => ({
  brokers,
  clientId,
  ...kafkaAccess,
})

/** A database and where another thread reaches it. */
export interface OpenedDatabase extends Postgres {
  readonly url: string
}

/** A database that is not open yet, and where it will be reached: what needs only that can be opened meanwhile. */
export interface DatabasePlace {
  readonly url: string
  open(): Promise<OpenedDatabase>
}

/** PostgreSQL of the settings, or an embedded one in the data folder, brought up to date there. */
export const openDatabase = async (settings: Settings): Promise<OpenedDatabase> =>
  (await placeDatabase(settings)).open()

export async function placeDatabase(settings: Settings): Promise<DatabasePlace> {
  const url = settings.databaseUrl
  if (url) return { url, open: async () => ({ ...openPostgres({ url }), url }) }
  const port = await freePort()
  return { url: embeddedUrl(port), open: () => openEmbedded(settings, port) }
}

async function openEmbedded(settings: Settings, port: number): Promise<OpenedDatabase> {
  const dir = join(settings.dataFolder, 'postgres')
  const server = await openEmbeddedPostgres({ dir, port }).catch((error: Error) => {
    if (/lets no other user through|no embedded PostgreSQL/.test(error.message))
      throw new CommandError(EXIT.missing, error.message)
    if (!/is open in process/.test(error.message)) throw error
    throw new CommandError(EXIT.refused, error.message, 'stop it, or give this one a folder of its own with --data')
  })
  const database = openPostgres({ url: server.url })
  await migrate(database)
  await seed(database, new Date())
  return {
    ...database,
    url: server.url,
    async close() {
      await database.close()
      await server.stop()
    },
  }
}
