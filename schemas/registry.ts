import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { StreamsError } from '../streams/index.ts'
import type { AvroRecord } from './avro-schema.ts'

/** Where schema ids come from. Ids of the project's own schemas are known once `register` resolved. */
export interface SchemaRegistry {
  /** Makes `schema` the newest version of `subject` and resolves to its id. Throws where compatibility forbids it, naming both. */
  register(subject: string, schema: AvroRecord): Promise<number>
  /** The schema that wrote records with this id. */
  writerSchema(id: number): object | Promise<object>
}

/** Ids in a file beside the embedded log: a schema keeps its id for ever, a changed schema gets the next. */
export function openLocalRegistry(file: string | undefined): SchemaRegistry {
  const schemas: object[] = file === undefined ? [] : readSchemas(file)
  return {
    async register(_subject, schema) {
      const text = JSON.stringify(schema)
      const known = schemas.findIndex((s) => JSON.stringify(s) === text)
      if (known >= 0) return known + 1
      schemas.push(schema)
      if (file !== undefined) writeSchemas(file, schemas)
      return schemas.length
    },
    writerSchema(id) {
      const schema = schemas[id - 1]
      if (!schema)
        throw new StreamsError(
          'DESERIALIZATION',
          `unknown schema id ${id}: the local registry holds 1 to ${schemas.length}`,
          { schema_id: id },
        )
      return schema
    },
  }
}

function readSchemas(file: string): object[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as object[]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new Error(`${file}: not readable as the list of schemas: ${(error as Error).message}`, { cause: error })
  }
}

function writeSchemas(file: string, schemas: readonly object[]): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, JSON.stringify(schemas))
  renameSync(`${file}.new`, file)
}

async function setCompatibility(url: string, subject: string): Promise<void> {
  const response = await fetch(`${url}/config/${encodeURIComponent(subject)}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ compatibility: 'FULL_TRANSITIVE' }),
    signal: AbortSignal.timeout(10_000),
  })
  if (!response.ok) throw new Error(`compatibility of ${subject}: ${response.status} ${await response.text()}`)
}

/** A registry with the Confluent API, compatibility FULL_TRANSITIVE on every subject. */
export function openConfluentRegistry(url: string): SchemaRegistry {
  // Loaded only where there is a registry to talk to.
  const confluent = import('@kafkajs/confluent-schema-registry')
  const opened = confluent.then(
    ({ SchemaRegistry }) =>
      new SchemaRegistry({
        host: url,
        retry: { retries: 8, initialRetryTimeInSecs: 0.2, maxRetryTimeInSecs: 5 },
      }),
  )
  return {
    async register(subject, schema) {
      try {
        // Set before registering, and by every process alike: a registry's own default may be NONE, and two may start at once.
        await setCompatibility(url, subject)
        const [{ COMPATIBILITY, SchemaType }, client] = [await confluent, await opened]
        const { id } = await client.register(
          { type: SchemaType.AVRO, schema: JSON.stringify(schema) },
          { subject, compatibility: COMPATIBILITY.FULL_TRANSITIVE },
        )
        return id
      } catch (error) {
        throw new StreamsError(
          'SERIALIZATION',
          `schema registry refused ${schema.name} for ${subject}: ${(error as Error).message}`,
          { subject },
          error,
        )
      }
    },
    async writerSchema(id) {
      try {
        const schema = await (await opened).getSchema(id)
        return JSON.parse(
          JSON.stringify((schema as { schema?: (o: object) => object }).schema?.({ exportAttrs: true }) ?? schema),
        ) as object
      } catch (error) {
        throw new StreamsError(
          'DESERIALIZATION',
          `unknown schema id ${id}: ${(error as Error).message}`,
          { schema_id: id },
          error,
        )
      }
    },
  }
}
