import { resolve } from 'node:path'
import { AVRO_DIRECTORY, type AvroRecord, loadAvroSchemas, resolutionProblem } from '../../schemas/index.ts'
import type { SchemaPlace, SchemaProblem } from '../../topology/index.ts'

/** Holds the schemas the code was built with to those of a topology's folder. Reads a folder once. */
export function schemaProblems(): SchemaProblem {
  const folders = new Map<string, ReadonlyMap<string, AvroRecord>>()
  const folder = (directory: string): ReadonlyMap<string, AvroRecord> => {
    const found = folders.get(directory) ?? loadAvroSchemas(directory)
    folders.set(directory, found)
    return found
  }
  return ({ directory, reader, writer }) => {
    if (resolve(directory) === resolve(AVRO_DIRECTORY))
      return reader.name === writer.name ? undefined : 'it is another record'
    const schemaOf = ({ name, of }: SchemaPlace): AvroRecord | undefined =>
      folder(of === 'code' ? AVRO_DIRECTORY : directory).get(name)
    try {
      const [reads, written] = [schemaOf(reader), schemaOf(writer)]
      if (reads === undefined || written === undefined) return 'one of them is in no file'
      return resolutionProblem(reads, written)
    } catch (error) {
      return (error as Error).message
    }
  }
}
