// What both the engine's thread and the one of the sinks open: only the doors this needs, since a thread loads its own.
import { randomBytes, randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import {
  LAKE_TABLES,
  type Lake,
  openIcebergLake,
  openLakeWriter,
  openMetastore,
  type TablePorts,
} from '../../connectors/lake/index.ts'
import {
  type ObjectStore,
  openFolderObjectStore,
  openS3ObjectStore,
  openTableObjects,
} from '../../connectors/objects/index.ts'
import {
  type AvroRecord,
  loadAvroSchemas,
  openAvroSerde,
  openConfluentRegistry,
  openLocalRegistry,
  type SchemaRegistry,
} from '../../schemas/index.ts'
import { type Serde, systemClock } from '../../streams/index.ts'
import type { CheckedTopology } from '../../topology/index.ts'
import { CommandError, EXIT } from '../output.ts'
import type { S3Settings, Settings } from '../settings.ts'

/** Ids from the registry of the settings, or from a file beside the embedded log. */
export function openRegistry(settings: Settings, compatibility: string): SchemaRegistry {
  if (settings.schemaRegistryUrl) return openConfluentRegistry(settings.schemaRegistryUrl, compatibility)
  if (settings.driver === 'embedded') return openLocalRegistry(join(settings.dataFolder, 'schemas.json'))
  throw new CommandError(
    EXIT.usage,
    'SCHEMA_REGISTRY_URL is not set',
    `records on Kafka (${settings.driver}) carry schema ids of a registry with the Confluent API`,
  )
}

/**
 * Registers the schemas of the topics and opens their serdes, by topic on the log. Subjects are `<topic>-value`. Of topics
 * that this process does not touch nothing is asked.
 */
export async function openSerdes(
  topology: CheckedTopology,
  settings: Settings,
  isTouched: (topicName: string) => boolean = () => true,
): Promise<ReadonlyMap<string, Serde>> {
  const registry = openRegistry(settings, topology.compatibility)
  const schemas = loadAvroSchemas(topology.schemaDirectory)
  const entries = Object.values(topology.topics).map(async ({ name, topic, schema }) => {
    if (!isTouched(name)) return [topic, untouched(topic)] as const
    const serde = await openAvroSerde(`${topic}-value`, schemas.get(schema) as AvroRecord, registry)
    return [topic, serde] as const
  })
  return new Map(await Promise.all(entries))
}

function untouched(topic: string): Serde {
  const none = (): never => {
    throw new CommandError(EXIT.bug, `${topic} is touched by no node of this process`)
  }
  return { serialize: none, deserialize: none }
}

/** Raw bytes: a folder, or the bucket of the settings. */
export async function openRawObjects(settings: Settings): Promise<ObjectStore> {
  const { s3 } = settings
  if (!s3) return openFolderObjectStore(join(settings.dataFolder, 'objects'))
  return openS3ObjectStore({ ...s3, bucket: s3.rawBucket, clock: systemClock })
}

/** The lake of a process, opened when it is first asked for. */
export interface LakeOfProcess {
  readonly theLake: () => Promise<Lake>
  readonly close: () => Promise<void>
}

/** The lake: Iceberg tables where a metastore is named, else files in the warehouse of the settings or in a folder. */
export function lakeOfProcess(settings: Settings): LakeOfProcess {
  let lake: Promise<Lake> | undefined
  const open = (): Promise<Lake> =>
    openLake(settings).catch((error: unknown) => {
      lake = undefined
      throw error
    })
  return {
    theLake: () => (lake ??= open()),
    close: async () => (await lake)?.close(),
  }
}

async function openLake(settings: Settings): Promise<Lake> {
  const { s3, hiveMetastoreUri, lakeDatabase } = settings
  if (s3 && hiveMetastoreUri) return openIceberg(s3, hiveMetastoreUri, lakeDatabase)
  const store = s3
    ? await openS3ObjectStore({ ...s3, bucket: s3.lakeBucket, prefix: s3.lakePrefix, clock: systemClock })
    : openFolderObjectStore(join(settings.dataFolder, 'lake'))
  return openLakeWriter({ store, clock: systemClock, journalFile: join(settings.dataFolder, 'lake.journal') })
}

async function openIceberg(s3: S3Settings, uri: string, database: string): Promise<Lake> {
  const { lakeBucket: bucket, lakePrefix } = s3
  return openIcebergLake({
    ...(await icebergPorts(s3, uri)),
    warehouse: ['s3a:/', bucket, lakePrefix].filter((part) => part !== '').join('/'),
    database,
    tables: LAKE_TABLES,
    schemas: loadAvroSchemas(),
  })
}

/** What the tables of the settings are reached with. The bucket is made where it is missing. */
export async function icebergPorts(s3: S3Settings, uri: string): Promise<TablePorts> {
  return {
    objects: await openTableObjects({ ...s3, bucket: s3.lakeBucket, clock: systemClock }),
    metastore: openMetastore({ uri, clock: systemClock, user: `stonks@${hostname()}` }),
    clock: systemClock,
    random: { uuid: randomUUID, bytes: randomBytes },
  }
}
