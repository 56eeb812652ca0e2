import { type AvroRecord, loadAvroSchemas, openAvroSerde, type SchemaRegistry } from '../../../schemas/index.ts'
import type { Serde } from '../../../streams/index.ts'
import { type CheckedTopology, shadowTopicOf } from '../../../topology/index.ts'

/** Written by nobody: a reader needs no id of its own schema. */
const NO_ID = -1

/**
 * Serdes of a shadow, by topic of the topology: what it writes is registered under subjects of its own
 * (`<topic>.shadow-value`), what it reads is only looked up. So a candidate's schema never becomes a version of the topic's.
 */
export async function openShadowSerdes(
  topology: CheckedTopology,
  registry: SchemaRegistry,
  written: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Serde>> {
  const schemas = loadAvroSchemas(topology.schemaDirectory)
  const reading: SchemaRegistry = {
    ...registry,
    register: async (subject, schema) => (await registry.find(subject, schema)) ?? NO_ID,
  }
  const entries = Object.values(topology.topics).map(async ({ name, topic, schema }) => {
    const isWritten = written.has(name)
    const subject = `${isWritten ? shadowTopicOf(topic) : topic}-value`
    const record = schemas.get(schema) as AvroRecord
    return [topic, await openAvroSerde(subject, record, isWritten ? registry : reading)] as const
  })
  return new Map(await Promise.all(entries))
}
