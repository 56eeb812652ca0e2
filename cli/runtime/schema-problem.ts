import { resolve } from 'node:path'
import { AVRO_DIRECTORY, type AvroRecord, loadAvroSchemas, resolutionProblem } from '../../schemas/index.ts'
import type { SchemaProblem } from '../../topology/index.ts'

/** Holds the schemas the code was built with to those of a topology's folder. Reads a folder once. */
export function schemaProblems(): SchemaProblem {
  const folders = new Map<string, ReadonlyMap<string, AvroRecord>>()
  const folder = (directory: string): ReadonlyMap<string, AvroRecord> => {
    const found = folders.get(directory) ?? loadAvroSchemas(directory)
    folders.set(directory, found)
    return found
  }
  return ({ directory, schema, way }) => {
    if (resolve(directory) === resolve(AVRO_DIRECTORY)) return undefined
    try {
      const [own, there] = [folder(AVRO_DIRECTORY).get(schema), folder(directory).get(schema)]
      if (own === undefined || there === undefined) return 'one of them is in no file'
      return way === 'reads' ? resolutionProblem(own, there) : resolutionProblem(there, own)
    } catch (error) {
      return (error as Error).message
    }
  }
}
