import { defineSink } from '../../streams/index.ts'
import type { LakeWriter } from './lake-writer.ts'

export interface ParquetPorts {
  /** Resolves to the same writer every time, one for the whole process; whoever hands it in closes it. */
  readonly theLake: () => Promise<LakeWriter>
}

/** Keeps every record of its topics as a row in Parquet files, exactly once. */
export const parquetSink = defineSink<Record<never, never>, ParquetPorts>({
  type: 'parquet',
  summary: 'Keeps every fact as a row of the lakehouse, exactly once.',
  fields: {},
  create: (_config, { theLake }) => ({
    init: async () => (await theLake()).open(),
    write: async (records) => (await theLake()).write(records),
    flush: async () => (await theLake()).flush(),
    close: async () => (await theLake()).roll(),
  }),
})
