import { type JsonCodec, jsonCodec, loadAvroSchemas, type SchemaName } from '../../schemas/index.ts'

/** The field of a value that is the record's key, by topic. */
const KEYS: Readonly<Record<string, string>> = {
  'ingestion.jobs': 'source_id',
  'documents.raw': 'document_id',
  'documents.parsed': 'document_id',
  extractions: 'symbol',
  signals: 'symbol',
  recommendations: 'symbol',
  orders: 'account_id',
  'lake.publish': 'table',
}

/** What a bridge needs of its topic. */
export interface BridgeTopic {
  readonly topic: string
  readonly codec: JsonCodec
  /** The record's key, from a value. */
  readonly keyOf: (value: Readonly<Record<string, unknown>>) => string | undefined
}

/** The topic of a bridge: its values as JSON objects with the field names of the schema. Throws where there is no such schema. */
export function bridgeTopicOf(topic: string, schema: SchemaName): BridgeTopic {
  const record = loadAvroSchemas().get(schema)
  if (!record) throw new Error(`bridge of ${topic}: no schema ${schema}`)
  const field = KEYS[topic]
  return {
    topic,
    codec: jsonCodec(record),
    keyOf: (value) => (field === undefined || value[field] == null ? undefined : String(value[field])),
  }
}
