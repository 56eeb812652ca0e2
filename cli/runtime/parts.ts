import { join } from 'node:path'
import {
  type LakeWriter,
  migrate,
  type ObjectStore,
  openEmbeddedPostgres,
  openFolderObjectStore,
  openLakeWriter,
  openPostgres,
  openS3ObjectStore,
  type Postgres,
  seed,
} from '../../connectors/index.ts'
import { openConfluentRegistry, openLocalRegistry, type SchemaRegistry } from '../../schemas/index.ts'
import {
  type EngineLogger,
  type KafkaConnection,
  type LogDriver,
  openEmbeddedLog,
  openKafkajsDriver,
  openLibrdkafkaDriver,
  openWireDriver,
  systemClock,
} from '../../streams/index.ts'
import { CommandError, EXIT } from '../output.ts'
import type { Settings } from '../settings.ts'

/** The log of the settings. Opens nothing remote yet; the embedded one is taken by this process. */
export function openDriver(settings: Settings, logger: EngineLogger): LogDriver {
  if (settings.driver === 'embedded') return openEmbeddedLog({ folder: join(settings.dataFolder, 'log') })
  const connection: KafkaConnection = { brokers: settings.kafkaBrokers, clientId: 'stonks', logger }
  if (settings.driver === 'kafkajs') return openKafkajsDriver(connection)
  return settings.driver === 'wire' ? openWireDriver(connection) : openLibrdkafkaDriver(connection)
}

/** Ids from the registry of the settings, or from a file beside the embedded log. */
export function openRegistry(settings: Settings): SchemaRegistry {
  if (settings.schemaRegistryUrl) return openConfluentRegistry(settings.schemaRegistryUrl)
  if (settings.driver === 'embedded') return openLocalRegistry(join(settings.dataFolder, 'schemas.json'))
  throw new CommandError(
    EXIT.usage,
    'SCHEMA_REGISTRY_URL is not set',
    `records on Kafka (${settings.driver}) carry schema ids of a registry with the Confluent API`,
  )
}

/** Raw bytes: a folder, or the bucket of the settings. */
export async function openRawObjects(settings: Settings): Promise<ObjectStore> {
  const { s3 } = settings
  if (!s3) return openFolderObjectStore(join(settings.dataFolder, 'objects'))
  return openS3ObjectStore({ ...s3, bucket: s3.rawBucket, clock: systemClock })
}

/** The lake: a folder with a journal beside it, or the warehouse of the settings. */
export async function openLake(settings: Settings): Promise<LakeWriter> {
  const { s3 } = settings
  const store = s3
    ? await openS3ObjectStore({ ...s3, bucket: s3.lakeBucket, prefix: s3.lakePrefix, clock: systemClock })
    : openFolderObjectStore(join(settings.dataFolder, 'lake'))
  return openLakeWriter({ store, clock: systemClock, journalFile: join(settings.dataFolder, 'lake.journal') })
}

/** PostgreSQL of the settings, or an embedded one in the data folder, brought up to date there. */
export async function openDatabase(settings: Settings): Promise<Postgres> {
  if (settings.databaseUrl) return openPostgres({ url: settings.databaseUrl })
  const server = await openEmbeddedPostgres({ dir: join(settings.dataFolder, 'postgres') }).catch((error: Error) => {
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
    async close() {
      await database.close()
      await server.stop()
    },
  }
}
