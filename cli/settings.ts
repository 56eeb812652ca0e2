import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseRedisUrl } from '../connectors/index.ts'
import { type KafkaAccess, readKafkaAccess } from './kafka-access.ts'
import { CommandError, EXIT } from './output.ts'

export type DriverName = 'embedded' | 'kafkajs' | 'librdkafka' | 'wire'

/** What is chosen by settings, in one place. Everything comes from the environment; the embedded default needs none of it. */
export interface Settings {
  readonly topologyFile: string
  /** Laid on the topology in this order. */
  readonly overlayFiles: readonly string[]
  /** Folder of the embedded default: log, state, database, objects, lake. */
  readonly dataFolder: string
  readonly driver: DriverName
  readonly guarantee: 'exactly_once' | 'at_least_once' | undefined
  readonly kafkaBrokers: readonly string[]
  readonly kafkaAccess: KafkaAccess
  readonly schemaRegistryUrl: string | undefined
  /** Undefined: the embedded PostgreSQL. */
  readonly databaseUrl: string | undefined
  readonly redisUrl: string | undefined
  /** Undefined: a folder. */
  readonly s3: S3Settings | undefined
  /** With S3, the lake is Iceberg tables that this metastore knows, `thrift://host:port`. */
  readonly hiveMetastoreUri: string | undefined
  /** Schema of the lake's tables in both catalogs. */
  readonly lakeDatabase: string
  readonly trinoUrl: string | undefined
  readonly ollamaUrl: string | undefined
  readonly riskUrl: string | undefined
  readonly marketData: { readonly url: string; readonly apiKey: string | undefined }
  readonly edgar: { readonly url: string; readonly userAgent: string }
  readonly allowPrivateAddresses: boolean
  readonly port: number
  readonly host: string
  readonly mode: 'paper'
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface S3Settings {
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
  readonly rawBucket: string
  readonly lakeBucket: string
  readonly lakePrefix: string
}

export const PROJECT_FOLDER = fileURLToPath(new URL('..', import.meta.url))
const DRIVERS: readonly DriverName[] = ['embedded', 'kafkajs', 'librdkafka', 'wire']

type Env = Readonly<Record<string, string | undefined>>

/** Reads settings from environment variables. Throws CommandError naming the variable and what it takes. */
export function readSettings(env: Env): Settings {
  const kafkaBrokers = (env['KAFKA_BROKERS'] ?? '').split(',').flatMap((b) => b.trim() || [])
  const driver = oneOf(env, 'STONKS_DRIVER', DRIVERS) ?? (kafkaBrokers.length > 0 ? 'wire' : 'embedded')
  if (driver !== 'embedded' && kafkaBrokers.length === 0)
    throw wrong('KAFKA_BROKERS', 'is not set', `the driver ${driver} needs host:port, several separated by commas`)
  if (env['TRADING_MODE'] === 'live')
    throw new CommandError(
      EXIT.refused,
      'TRADING_MODE=live: the live broker is not part of this version',
      'unset it, or set TRADING_MODE=paper',
    )
  oneOf(env, 'TRADING_MODE', ['paper'])
  return {
    topologyFile: resolve(env['STONKS_TOPOLOGY'] || resolve(PROJECT_FOLDER, 'topology/stonks.yaml')),
    overlayFiles: (env['STONKS_OVERLAYS'] ?? '')
      .split(',')
      .flatMap((file) => (file.trim() ? resolve(file.trim()) : [])),
    dataFolder: resolve(env['STONKS_DATA'] || '.stonks'),
    driver,
    guarantee:
      oneOf(env, 'STONKS_GUARANTEE', ['exactly_once', 'at_least_once']) ??
      (driver === 'kafkajs' ? 'at_least_once' : undefined),
    kafkaBrokers,
    kafkaAccess: readKafkaAccess(env),
    schemaRegistryUrl: urlOf(env, 'SCHEMA_REGISTRY_URL'),
    databaseUrl: databaseUrl(env),
    redisUrl: redisUrl(env),
    s3: s3Settings(env),
    hiveMetastoreUri: urlOf(env, 'HIVE_METASTORE_URI'),
    lakeDatabase: env['LAKE_DATABASE'] || 'stonks',
    trinoUrl: urlOf(env, 'TRINO_URL'),
    ollamaUrl: urlOf(env, 'OLLAMA_URL'),
    riskUrl: urlOf(env, 'RISK_URL'),
    marketData: {
      url: urlOf(env, 'MARKET_DATA_URL') ?? 'https://api.massive.com',
      apiKey: env['MARKET_DATA_API_KEY'] || undefined,
    },
    edgar: {
      url: urlOf(env, 'EDGAR_URL') ?? 'https://www.sec.gov',
      userAgent: env['EDGAR_USER_AGENT'] || 'stonks-oracle (set EDGAR_USER_AGENT to a name and e-mail)',
    },
    allowPrivateAddresses: env['STONKS_ALLOW_PRIVATE_ADDRESSES'] === 'true',
    port: parsePort(env['PORT'] || '8000', 'PORT'),
    host: env['HOST'] || '127.0.0.1',
    mode: 'paper',
    env: { ...env, STONKS_EXTRACTOR: extractorOf(env), ...ofRecording(env), ...ofLake(env) },
  }
}

const wrong = (name: string, what: string, help: string): CommandError =>
  new CommandError(EXIT.usage, `the setting ${name} ${what}`, help)

function oneOf<const T extends string>(env: Env, name: string, choices: readonly T[]): T | undefined {
  const text = env[name]
  if (!text) return undefined
  const found = choices.find((choice) => choice === text)
  if (found === undefined) throw wrong(name, `is ${JSON.stringify(text)}`, `it takes ${choices.join(', ')}`)
  return found
}

function urlOf(env: Env, name: string): string | undefined {
  const text = env[name]
  if (!text) return undefined
  if (!URL.canParse(text)) throw wrong(name, `is ${JSON.stringify(text)}`, 'it takes a URL such as http://host:port')
  return text.replace(/\/$/, '')
}

/** A port number; 0 for any free one. Throws CommandError naming the setting. */
export function parsePort(text: string, name: string): number {
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(port) || port > 65_535)
    throw wrong(name, `is ${JSON.stringify(text)}`, 'it takes a number from 0 to 65535')
  return port
}

/** How fast a recording passes: a number above 0, or `max`. Throws CommandError naming the setting. */
export function parseSpeed(text: string, name: string): string {
  const factor = text.replace(/(?<=\d)[x×]$/, '')
  if (factor === 'max' || Number(factor) > 0) return factor
  throw wrong(name, `is ${JSON.stringify(text)}`, 'it takes a number above 0 such as 60, or max')
}

function databaseUrl(env: Env): string | undefined {
  if (env['DATABASE_URL']) return urlOf(env, 'DATABASE_URL')
  if (!env['POSTGRES_HOST']) return undefined
  const user = encodeURIComponent(env['POSTGRES_USER'] || 'stonks')
  const password = encodeURIComponent(env['POSTGRES_PASSWORD'] ?? '')
  return `postgres://${user}:${password}@${env['POSTGRES_HOST']}:${env['POSTGRES_PORT'] || '5432'}/${env['POSTGRES_DB'] || 'stonks'}`
}

function redisUrl(env: Env): string | undefined {
  const url = env['REDIS_URL']
  if (url) {
    try {
      parseRedisUrl(url)
    } catch (error) {
      throw wrong('REDIS_URL', 'is no address of a Redis', (error as Error).message)
    }
    return url
  }
  if (!env['REDIS_HOST']) return undefined
  const password = env['REDIS_PASSWORD'] ? `:${encodeURIComponent(env['REDIS_PASSWORD'])}@` : ''
  return `redis://${password}${env['REDIS_HOST']}:${env['REDIS_PORT'] || '6379'}`
}

function s3Settings(env: Env): S3Settings | undefined {
  const name = env['S3_ENDPOINT'] ? 'S3_ENDPOINT' : 'MINIO_ENDPOINT'
  if (!env[name]) return undefined
  const endpoint = /^https?:/.test(env[name]) ? env[name] : `http://${env[name]}`
  const accessKey = env['S3_ACCESS_KEY'] || env['MINIO_ACCESS_KEY']
  const secretKey = env['S3_SECRET_KEY'] || env['MINIO_SECRET_KEY']
  if (!accessKey || !secretKey)
    throw wrong('MINIO_ACCESS_KEY', 'or MINIO_SECRET_KEY is not set', `the object store at ${endpoint} needs both`)
  const [, lakeBucket = 'stonks-lakehouse', lakePrefix = 'warehouse'] =
    /^s3a?:\/\/([^/]+)\/?(.*)$/.exec(env['LAKE_WAREHOUSE'] ?? '') ?? []
  return {
    endpoint,
    accessKey,
    secretKey,
    rawBucket: env['S3_BUCKET_RAW'] || 'stonks-raw',
    lakeBucket,
    lakePrefix: lakePrefix.replace(/\/$/, ''),
  }
}

/** A model where one is named and served, else the rules. */
const extractorOf = (env: Env): string =>
  env['STONKS_EXTRACTOR'] || (env['OLLAMA_URL'] && env['OLLAMA_MODEL'] ? 'ollama' : 'rules')

/** A commit to a table is worth some thousand records, or ten seconds; a journal is cheap. */
const ofLake = (env: Env): Env => ({
  STONKS_LAKE_RECORDS: env['STONKS_LAKE_RECORDS'] || (env['HIVE_METASTORE_URI'] ? '20000' : '2000'),
  STONKS_LAKE_WAIT: env['STONKS_LAKE_WAIT'] || (env['HIVE_METASTORE_URI'] ? '10s' : '500ms'),
})

/** A recording is of the past, and what comes of it must not depend on how fast the processes are. */
const ofRecording = (env: Env): Env =>
  env['STONKS_RECORDING']
    ? {
        STONKS_RETENTION: env['STONKS_RETENTION'] || 'forever',
        STONKS_MAX_TASK_IDLE: env['STONKS_MAX_TASK_IDLE'] || 'forever',
      }
    : {}
