export {
  type Database,
  isOutage,
  openPostgres,
  type Postgres,
  type PostgresOptions,
  retryOutages,
} from './database.ts'
export { type PostgresPorts, postgresSink } from './postgres-sink.ts'
