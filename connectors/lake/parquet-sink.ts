import { defineSink } from '../../streams/index.ts'
import type { LakeWriter } from './lake-writer.ts'

export interface ParquetPorts {
  /** One for the whole process; whoever opened it closes it. */
  readonly lake: LakeWriter
}

/** Keeps every record of its topics as a row in Parquet files, exactly once. */
export const parquetSink = defineSink<Record<never, never>, ParquetPorts>({
  type: 'parquet',
  summary: 'Keeps every fact as a row of the lakehouse, exactly once.',
  fields: {},
  create: (_config, { lake }) => ({
    init: () => lake.open(),
    write: async (records) => lake.write(records),
    flush: () => lake.flush(),
    close: () => lake.roll(),
  }),
})
