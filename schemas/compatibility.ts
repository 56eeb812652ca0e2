import { avroCodec } from './avro-codec.ts'
import type { AvroRecord } from './avro-schema.ts'

/** Whether a schema may follow an earlier version, and if not, why. */
export interface CompatibilityVerdict {
  readonly version: number
  readonly isCompatible: boolean
  readonly messages: readonly string[]
}

const READS_OLD = /^(BACKWARD|FULL)/
const READ_BY_OLD = /^(FORWARD|FULL)/

/**
 * Avro's resolution rules between a schema and each earlier version, in the directions of the level: readers of the new
 * one with old data (BACKWARD), readers of old ones with new data (FORWARD), or both. Levels that are not transitive ask
 * for the latest version only.
 */
export function verdictsOf(
  level: string,
  schema: AvroRecord,
  earlier: readonly { readonly version: number; readonly schema: object }[],
): readonly CompatibilityVerdict[] {
  const asked = level.endsWith('_TRANSITIVE') ? earlier : earlier.slice(-1)
  return asked.map(({ version, schema: old }) => {
    const messages = [
      ...(READS_OLD.test(level) ? problemOf(schema, old, 'the new schema cannot read it') : []),
      ...(READ_BY_OLD.test(level) ? problemOf(old as AvroRecord, schema, 'it cannot read the new schema') : []),
    ]
    return { version, isCompatible: messages.length === 0, messages }
  })
}

/** Why a reader of one schema cannot read what was written with another, by Avro's resolution rules; undefined where it can. */
export function resolutionProblem(reader: AvroRecord, writer: object): string | undefined {
  try {
    avroCodec(reader).decoderFor(writer)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

function problemOf(reader: AvroRecord, writer: object, what: string): readonly string[] {
  const problem = resolutionProblem(reader, writer)
  return problem === undefined ? [] : [`${what}: ${problem}`]
}
