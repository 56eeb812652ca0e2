/** The deployment as it is required, line by line. Nothing here is derived from the chart: the tests compare the two. */

export interface Workload {
  readonly tier: string
  readonly replicas: number
  readonly image: string
  readonly port?: number
  readonly command?: readonly string[]
  /** Scaled to 0 by `pipelineEnabled: false`. */
  readonly pipeline?: true
  readonly secrets: readonly string[]
  /** Reads the ConfigMap stonks-config. */
  readonly config: boolean
}

const APP = 'stonks-oracle/app:0.1.0'
const [CORE, BROKER, MARKET, GMAIL, DASHBOARD] = [
  'stonks-core-secrets',
  'stonks-broker-secrets',
  'stonks-market-secrets',
  'stonks-gmail-secrets',
  'stonks-dashboard-secrets',
]

const api = (command: string): Workload => ({
  ...{ tier: 'api', replicas: 1, image: APP, port: 8000, config: true, secrets: [CORE] },
  command: ['stonks', 'serve', command],
})
const worker = (tier: string, replicas: number, command: string, more: readonly string[] = []): Workload => ({
  ...{ tier, replicas, image: APP, pipeline: true, config: true, secrets: [CORE, ...more] },
  command: ['stonks', 'run', command],
})

export const WORKLOADS: Readonly<Record<string, Workload>> = {
  'query-api': api('query'),
  'symbol-registry': api('registry'),
  dashboard: {
    ...{ tier: 'frontend', replicas: 1, image: 'stonks-oracle/dashboard:0.1.0', port: 8080 },
    ...{ config: false, secrets: [CORE] },
  },
  'trading-engine': {
    ...{ tier: 'trading', replicas: 1, image: APP, port: 8000, command: ['stonks', 'run', 'trade'] },
    ...{ config: true, secrets: [CORE, BROKER, GMAIL] },
  },
  'risk-engine': {
    ...{ tier: 'trading', replicas: 1, image: APP, port: 8000, command: ['stonks', 'serve', 'risk'] },
    ...{ config: true, secrets: [CORE, BROKER] },
  },
  'broker-adapter': worker('trading', 1, 'broker', [BROKER]),
  scheduler: worker('orchestration', 1, 'scheduler'),
  ingestion: worker('processing', 2, 'ingest', [BROKER, MARKET]),
  parser: worker('processing', 2, 'parse'),
  extractor: worker('processing', 1, 'extract'),
  aggregation: worker('processing', 4, 'aggregate'),
  recommendation: worker('processing', 1, 'recommend'),
  'lake-publisher': worker('analytics', 1, 'lake'),
  'hive-metastore': {
    ...{ tier: 'analytics', replicas: 1, image: 'apache/hive:4.0.0', port: 9083, config: false, secrets: [CORE] },
  },
  trino: { tier: 'analytics', replicas: 1, image: 'trinodb/trino:latest', port: 8080, config: false, secrets: [CORE] },
  superset: {
    ...{ tier: 'analytics', replicas: 1, image: 'stonks-oracle/superset:0.1.0', port: 8088 },
    ...{ config: true, secrets: [CORE, DASHBOARD] },
  },
}

export const INIT_CONTAINERS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  scheduler: [
    ['stonks', 'migrate'],
    ['stonks', 'seed'],
  ],
  superset: [['python', '/app/bootstrap.py']],
}

export const SECRET_KEYS: Readonly<Record<string, readonly string[]>> = {
  [CORE]: ['POSTGRES_PASSWORD', 'MINIO_ACCESS_KEY', 'MINIO_SECRET_KEY', 'REDIS_PASSWORD'],
  [BROKER]: ['BROKER_API_KEY', 'BROKER_API_SECRET', 'BROKER_BASE_URL'],
  [MARKET]: ['MARKET_DATA_API_KEY'],
  [GMAIL]: ['GMAIL_SENDER', 'GMAIL_RECIPIENT', 'GMAIL_APP_PASSWORD'],
  [DASHBOARD]: ['SUPERSET_SECRET_KEY', 'SUPERSET_ADMIN_PASSWORD'],
}

export interface Policy {
  /** The workload it protects; '*' is every pod. */
  readonly pods: string
  readonly port?: number
  readonly from: readonly string[]
}

const TRAEFIK = 'kube-system/traefik'

export const POLICIES: Readonly<Record<string, Policy>> = {
  'default-deny-ingress': { pods: '*', from: [] },
  'allow-dashboard-ingress': { pods: 'dashboard', port: 8080, from: [TRAEFIK] },
  'allow-query-api-ingress': { pods: 'query-api', port: 8000, from: [TRAEFIK, 'dashboard'] },
  'allow-symbol-registry-ingress': { pods: 'symbol-registry', port: 8000, from: [TRAEFIK, 'dashboard'] },
  'allow-trading-engine-ingress': { pods: 'trading-engine', port: 8000, from: [TRAEFIK, 'query-api', 'dashboard'] },
  'allow-risk-engine-ingress': { pods: 'risk-engine', port: 8000, from: ['broker-adapter', 'query-api', 'dashboard'] },
  'allow-superset-ingress': { pods: 'superset', port: 8088, from: [TRAEFIK] },
  'allow-trino-ingress': { pods: 'trino', port: 8080, from: ['superset', 'query-api', TRAEFIK] },
  'allow-hive-metastore-ingress': { pods: 'hive-metastore', port: 9083, from: ['trino', 'lake-publisher'] },
  'deny-broker-adapter-ingress': { pods: 'broker-adapter', from: [] },
}

/** The trading engine's way out, as required: PostgreSQL, Redis, HTTPS and SMTP. */
export const TRADING_EGRESS: Readonly<Record<string, readonly string[]>> = {
  'postgresql-service': ['TCP 5432'],
  'redis-service': ['TCP 6379'],
  '0.0.0.0/0': ['TCP 443', 'TCP 587'],
}

/** Added beside the nine (docs/decisions/0007): the check of every order, and Kafka in place of the lists. */
export const ADDED_POLICIES: Readonly<Record<string, Policy>> = {
  'allow-risk-checks-ingress': { pods: 'risk-engine', port: 8000, from: ['trading-engine'] },
  'allow-trading-engine-egress': { pods: 'trading-engine', from: [] },
}
export const ADDED_TRADING_EGRESS: Readonly<Record<string, readonly string[]>> = {
  'kafka-service': ['TCP 9092'],
  'schema-registry-service': ['TCP 8080'],
  'any namespace, 169.254.20.10/32': ['UDP 53', 'TCP 53'],
  'risk-engine': ['TCP 8000'],
}

/** host, service, port, TLS secret. */
export const ROUTES: readonly (readonly [string, string, number, string])[] = [
  ['stonks.celestium.life', 'dashboard', 8080, 'stonks-dashboard-tls'],
  ['stonks-api.celestium.life', 'query-api', 8000, 'stonks-api-tls'],
  ['stonks-registry.celestium.life', 'symbol-registry', 8000, 'stonks-registry-tls'],
  ['stonks-trading.celestium.life', 'trading-engine', 8000, 'stonks-trading-tls'],
  ['stonks-dash.celestium.life', 'superset', 8088, 'stonks-dash-tls'],
  ['stonks-trino.celestium.life', 'trino', 8080, 'stonks-trino-tls'],
]

const inCluster = (service: string, namespace: string): string => `${service}.${namespace}.svc.cluster.local`
const REGISTRY = inCluster('apicurio-registry', 'schema-registry-service')

export const CONFIG: Readonly<Record<string, string>> = {
  STONKS_DRIVER: 'wire',
  KAFKA_BROKERS: `${inCluster('kafka-bootstrap', 'kafka-service')}:9092`,
  SCHEMA_REGISTRY_URL: `http://${REGISTRY}:8080/apis/ccompat/v7`,
  POSTGRES_HOST: inCluster('postgresql-rw', 'postgresql-service'),
  POSTGRES_PORT: '5432',
  POSTGRES_DB: 'stonks',
  POSTGRES_USER: 'stonks',
  REDIS_HOST: inCluster('redis-master', 'redis-service'),
  REDIS_PORT: '6379',
  MINIO_ENDPOINT: `http://${inCluster('minio', 'minio-service')}:80`,
  S3_BUCKET_RAW: 'stonks-raw',
  LAKE_WAREHOUSE: 's3a://stonks-lakehouse/warehouse',
  OLLAMA_URL: `http://${inCluster('ollama', 'ollama-service')}:11434`,
  OLLAMA_MODEL: 'llama3.1:8b',
  RISK_URL: 'http://risk-engine:8000',
  TRINO_URL: 'http://trino:8080',
  TRADING_MODE: 'paper',
}
