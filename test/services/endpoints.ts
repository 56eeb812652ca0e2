/** How a test reaches each part. */
export interface Endpoints {
  readonly kafka: { readonly brokers: readonly string[] }
  readonly registry: { readonly url: string }
  readonly redis: { readonly url: string }
  readonly postgres: { readonly url: string }
  readonly minio: { readonly endpoint: string; readonly accessKey: string; readonly secretKey: string }
  readonly ollama: { readonly url: string; readonly model: string }
}

export type ServiceName = keyof Endpoints

type Environment = Readonly<Record<string, string | undefined>>

/** The endpoint that the environment names, or undefined. */
export const fromEnvironment: { readonly [Name in ServiceName]: (env: Environment) => Endpoints[Name] | undefined } = {
  kafka: (env) =>
    given(env, 'KAFKA_BROKERS', (value) => ({ brokers: value.split(',').map((broker) => broker.trim()) })),
  registry: (env) => given(env, 'SCHEMA_REGISTRY_URL', (url) => ({ url: url.replace(/\/$/, '') })),
  redis: (env) => given(env, 'REDIS_URL', (url) => ({ url })),
  postgres: (env) => given(env, 'DATABASE_URL', (url) => ({ url })),
  minio: (env) =>
    given(env, 'S3_ENDPOINT', (endpoint) => ({
      endpoint,
      accessKey: env['S3_ACCESS_KEY'] ?? '',
      secretKey: env['S3_SECRET_KEY'] ?? '',
    })),
  ollama: (env) => given(env, 'OLLAMA_URL', (url) => ({ url, model: env['OLLAMA_MODEL'] ?? 'stonks-tiny' })),
}

/** The environment that names these endpoints: what `fromEnvironment` reads. */
export function toEnvironment(found: Partial<Endpoints>): Readonly<Record<string, string>> {
  return {
    ...(found.kafka && { KAFKA_BROKERS: found.kafka.brokers.join(',') }),
    ...(found.registry && { SCHEMA_REGISTRY_URL: found.registry.url }),
    ...(found.redis && { REDIS_URL: found.redis.url }),
    ...(found.postgres && { DATABASE_URL: found.postgres.url }),
    ...(found.minio && {
      S3_ENDPOINT: found.minio.endpoint,
      S3_ACCESS_KEY: found.minio.accessKey,
      S3_SECRET_KEY: found.minio.secretKey,
    }),
    ...(found.ollama && { OLLAMA_URL: found.ollama.url, OLLAMA_MODEL: found.ollama.model }),
  }
}

function given<T>(env: Environment, name: string, read: (value: string) => T): T | undefined {
  const value = env[name]
  return value === undefined || value === '' ? undefined : read(value)
}
