export type { HttpAnswer, HttpRequest, PoliteFetch } from './http/http-answer.ts'
export { openPoliteFetch, type PoliteFetchOptions } from './http/polite-fetch.ts'
export { loadTable } from './lake/iceberg/iceberg-table.ts'
export {
  checkStore,
  removeLeftovers,
  type StoreCheck,
  type TableStatus,
  tableStatus,
} from './lake/iceberg/lake-care.ts'
export {
  LAKE_TABLES,
  type Lake,
  type LakeOptions,
  type LakeTable,
  type LakeWriter,
  openLakeWriter,
  type ParquetPorts,
  parquetSink,
} from './lake/index.ts'
export {
  auditLake,
  type LakeAnswer,
  LakeQueryError,
  type QueryOptions,
  querySql,
  type TableAudit,
} from './lake/query-lake.ts'
export { auditTable, type CatalogAudit, maintenanceOf, type Retention } from './lake/trino/lake-sql.ts'
export { openTrino, type Trino } from './lake/trino/open-trino.ts'
export {
  ObjectNotFoundError,
  type ObjectStore,
  openFolderObjectStore,
  openS3ObjectStore,
  type S3Options,
  type Sidecar,
} from './objects/index.ts'
export { OllamaError, type OllamaErrorCode } from './ollama/ollama-error.ts'
export { type AskModelOptions, openAskModel } from './ollama/open-ask-model.ts'
export {
  type ChatJsonAnswer,
  type ChatJsonRequest,
  type OllamaModel,
  type OllamaOptions,
  openOllama,
} from './ollama/open-ollama.ts'
export {
  type EmbeddedOptions,
  type EmbeddedPostgres,
  embeddedUrl,
  freePort,
  openEmbeddedPostgres,
} from './postgres/embedded-postgres.ts'
export {
  type CompanyListing,
  type DeriveAliases,
  importCompanies,
  parseCompanyCsv,
  parseCompanyTickers,
} from './postgres/import-companies.ts'
export {
  type Database,
  isOutage,
  openPostgres,
  type Postgres,
  type PostgresOptions,
  type PostgresPorts,
  postgresSink,
  retryOutages,
} from './postgres/index.ts'
export { migrate } from './postgres/migrate.ts'
export { DEFAULT_LIMITS, seed } from './postgres/seed.ts'
export { sessionOf } from './recording/new-york-time.ts'
export { openRecording } from './recording/open-recording.ts'
export { type CompanyRow, type RecordedDocument, type Recording, RecordingError } from './recording/recording.ts'
export { MARKET_DAY, type ReplayPorts, replaySource } from './recording/replay-source.ts'
export { timelineOf } from './recording/timeline.ts'
export { type BridgeTopic, bridgeTopicOf } from './redis/bridge-topics.ts'
export { type CompletePorts, openCompleteItem } from './redis/complete-item.ts'
export { type ListKeys, listKeysOf } from './redis/list-keys.ts'
export {
  type Direction,
  type ListState,
  listState,
  SwitchTimeoutError,
  switchList,
} from './redis/list-switch.ts'
export { type ListReading, ListWatch } from './redis/list-watch.ts'
export { parseRedisUrl, type RedisAddress } from './redis/redis-address.ts'
export { openRedis, type RedisClient } from './redis/redis-client.ts'
export { type RedisInPorts, redisInSource } from './redis/redis-in-source.ts'
export { type RedisOutPorts, redisOutSink } from './redis/redis-out-sink.ts'
export { type OutboxChange, type OutboxPorts, outboxSource } from './registry/outbox-source.ts'
export { openRiskClient, RiskUnreachableError } from './risk/risk-client.ts'
export type { FetchedDocument, FetchResult } from './sources/fetch-result.ts'
export { type LagPorts, lagSource } from './sources/lag-source.ts'
export { FETCHABLE_SOURCE_TYPES, openFetchJob } from './sources/open-fetch-job.ts'
export { type SchedulerPorts, type SourceDefinition, schedulerSource } from './sources/scheduler-source.ts'
