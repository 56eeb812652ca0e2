export { LAKE_TABLES, type LakeTable } from './lake/lake-tables.ts'
export { type LakeOptions, type LakeWriter, openLakeWriter } from './lake/lake-writer.ts'
export { type ParquetPorts, parquetSink } from './lake/parquet-sink.ts'
export {
  auditLake,
  type LakeAnswer,
  LakeQueryError,
  type QueryOptions,
  querySql,
  type TableAudit,
} from './lake/query-lake.ts'
export { openFolderObjectStore } from './objects/folder-object-store.ts'
export { ObjectNotFoundError, type ObjectStore, type Sidecar } from './objects/object-store.ts'
export { openS3ObjectStore, type S3Options } from './objects/s3-object-store.ts'
export {
  type Database,
  isOutage,
  openPostgres,
  type Postgres,
  type PostgresOptions,
  retryOutages,
} from './postgres/database.ts'
export { type EmbeddedOptions, type EmbeddedPostgres, openEmbeddedPostgres } from './postgres/embedded-postgres.ts'
export {
  type CompanyListing,
  type DeriveAliases,
  importCompanies,
  parseCompanyCsv,
  parseCompanyTickers,
} from './postgres/import-companies.ts'
export { migrate } from './postgres/migrate.ts'
export { type PostgresPorts, postgresSink } from './postgres/postgres-sink.ts'
export { DEFAULT_LIMITS, seed } from './postgres/seed.ts'
export { sessionOf } from './recording/new-york-time.ts'
export { openRecording } from './recording/open-recording.ts'
export { type CompanyRow, type RecordedDocument, type Recording, RecordingError } from './recording/recording.ts'
export { MARKET_DAY, type ReplayPorts, replaySource } from './recording/replay-source.ts'
