import { defineSink, type InputRecord, type Sink } from '../../streams/index.ts'
import { LAKE_TABLES } from './lake-tables.ts'

/** What keeps the facts: files with a journal beside them, or Iceberg tables. */
export interface Lake {
  open(): Promise<void>
  /** Where the tables stand, for a lake that keeps offsets with its data. */
  positions?: NonNullable<Sink['positions']>
  write(records: readonly InputRecord[]): void | Promise<void>
  /** What `write` took becomes safe, where it does not make it so itself. */
  flush?(): Promise<void>
  /** What is safe becomes rows of tables, as far as it is not. */
  roll?(): Promise<void>
  close(): Promise<void>
}

export interface ParquetPorts {
  /** Resolves to the same lake every time, one for the whole process; whoever hands it in closes it. */
  readonly theLake: () => Promise<Lake>
}

/** Keeps every record of its topics as a row of a table, exactly once. */
export const parquetSink = defineSink<Record<never, never>, ParquetPorts>({
  type: 'parquet',
  summary: 'Keeps every fact as a row of the lakehouse, exactly once.',
  records: { reads: Object.entries(LAKE_TABLES).map(([topic, { schema }]) => ({ topic, schema })) },
  fields: {},
  create: (_config, { theLake }) => ({
    init: async () => (await theLake()).open(),
    positions: async (partitions) => (await (await theLake()).positions?.(partitions)) ?? new Map(),
    write: async (records) => (await theLake()).write(records),
    flush: async () => (await theLake()).flush?.(),
    close: async () => (await theLake()).roll?.(),
  }),
})
