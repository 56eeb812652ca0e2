import { rowsOf } from './lake-frames.ts'
import { encodeParquet } from './parquet-file.ts'
import type { LakeSchema } from './parquet-schema.ts'

/** Frames of one topic that become one file, in the order given. */
export interface FileToEncode {
  readonly topic: string
  readonly frames: readonly { readonly partition: number; readonly body: Uint8Array }[]
}

/** Parquet bytes. Throws naming topic and offset of a record that does not fit. */
export function encodeFile(schemas: ReadonlyMap<string, LakeSchema>, { topic, frames }: FileToEncode): Uint8Array {
  const schema = schemas.get(topic)
  if (!schema) throw new Error(`lake: no table for topic ${topic}; it has ${[...schemas.keys()].join(', ')}`)
  return encodeParquet(
    schema,
    topic,
    frames.map(({ partition, body }) => rowsOf(partition, body)),
  )
}
