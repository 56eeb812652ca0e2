import { parentPort, workerData } from 'node:worker_threads'
import type { AvroRecord } from '../../schemas/index.ts'
import { encodeFile, type FileToEncode } from './encode-file.ts'
import type { LakeSchema } from './parquet-schema.ts'
import { lakeSchemaOf } from './parquet-schema.ts'

/** The other end of `openFileEncoder`: answers each file with its bytes or its error, in order. */
export type Encoded = { readonly bytes: Uint8Array } | { readonly error: unknown }

const records = workerData as ReadonlyMap<string, AvroRecord>
const schemas = new Map<string, LakeSchema>([...records].map(([topic, record]) => [topic, lakeSchemaOf(record)]))

parentPort?.on('message', (file: FileToEncode) => {
  try {
    const bytes = encodeFile(schemas, file)
    parentPort?.postMessage({ bytes } satisfies Encoded, [bytes.buffer as ArrayBuffer])
  } catch (error) {
    parentPort?.postMessage({ error } satisfies Encoded)
  }
})
