import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { StreamsError } from '../streams/index.ts'
import type { AvroRecord } from './avro-schema.ts'
import { openRegistryOperations } from './registry-operations.ts'

/** Where schema ids come from. Ids of the project's own schemas are known once `register` resolved. */
export interface SchemaRegistry {
  /** Makes `schema` the newest version of `subject` and resolves to its id. Throws where compatibility forbids it, naming both. */
  register(subject: string, schema: AvroRecord): Promise<number>
  /** Id of a schema that is registered under the subject already; changes nothing. */
  find(subject: string, schema: AvroRecord): Promise<number | undefined>
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
    async find(_subject, schema) {
      const text = JSON.stringify(schema)
      const known = schemas.findIndex((s) => JSON.stringify(s) === text)
      return known < 0 ? undefined : known + 1
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

/**
 * A registry with the Confluent API. A schema that is there already is only looked up, so a process needs no right to write
 * where `apply` has registered before it. A subject that is new gets `compatibility` as its level; one that is there keeps what
 * somebody has set for it: `plan` tells where that is another one.
 */
export function openConfluentRegistry(url: string, compatibility: string): SchemaRegistry {
  const operations = openRegistryOperations(url)
  // Loaded only where there is a registry to talk to.
  const opened = import('@kafkajs/confluent-schema-registry').then(
    ({ SchemaRegistry }) =>
      new SchemaRegistry({
        host: url,
        retry: { retries: 8, initialRetryTimeInSecs: 0.2, maxRetryTimeInSecs: 5 },
      }),
  )
  const idOf = async (subject: string, schema: string): Promise<number> => {
    const found = await operations.find(subject, schema)
    if (found !== undefined) return found
    // Set before registering: a registry's own default may be NONE.
    if (await operations.isNew(subject)) await setLevel(subject, schema)
    return operations.register(subject, schema)
  }
  /** Of two processes that start at once the second may be told of a conflict: the level is there then. */
  const setLevel = async (subject: string, schema: string): Promise<void> => {
    try {
      await operations.setCompatibility(subject, compatibility)
    } catch (error) {
      if ((await operations.subject(subject, schema)).compatibility === undefined) throw error
    }
  }
  return {
    async register(subject, schema) {
      try {
        return await whenItAnswers(() => idOf(subject, JSON.stringify(schema)))
      } catch (error) {
        throw new StreamsError(
          'SERIALIZATION',
          `schema registry refused ${schema.name} for ${subject}: ${(error as Error).message}`,
          { subject },
          error,
        )
      }
    },
    find: (subject, schema) => whenItAnswers(() => operations.find(subject, JSON.stringify(schema))),
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

const TRIES = 8
const TRY_AFTER_MS = 200

/** A registry that is just starting is asked again, for some seconds. */
async function whenItAnswers<T>(ask: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof StreamsError && error.retriable) || tried === TRIES) throw error
      await sleep(Math.min(TRY_AFTER_MS * 2 ** tried, 5_000))
    }
  }
}
