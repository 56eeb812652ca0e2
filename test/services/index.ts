import { dockerAnswers, startContainer } from './containers.ts'
import { type Endpoints, fromEnvironment, type ServiceName } from './endpoints.ts'
import { isPresent } from './install-parts.ts'
import { startKafka } from './kafka.ts'
import { startMinio } from './minio.ts'
import { startOllama } from './ollama.ts'
import { parts } from './parts.ts'
import { startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'
import { startRegistry } from './registry.ts'

export { CHROMIUM_ARGS, chromiumPath } from './chromium.ts'
export { type Endpoints, fromEnvironment, type ServiceName, toEnvironment } from './endpoints.ts'
export {
  type KafkaOptions,
  kafkaTool,
  type RunningCluster,
  type RunningKafka,
  startKafka,
  startKafkaCluster,
} from './kafka.ts'
export { kube } from './kube.ts'
export { freePort } from './launch.ts'
export { loadLibrdkafka } from './librdkafka.ts'
export { type RunningMinio, startMinio } from './minio.ts'
export { type RunningOllama, startOllama } from './ollama.ts'
export { type RunningPostgres, startPostgres } from './postgres.ts'
export { promtool } from './promtool.ts'
export { type RunningRedis, startRedis } from './redis.ts'
export { type RunningRegistry, startRegistry } from './registry.ts'
export type { Breakable, Running } from './running.ts'

export interface OpenService<Name extends ServiceName> {
  readonly name: Name
  readonly from: 'environment' | 'container' | 'native'
  readonly endpoint: Endpoints[Name]
  /** Ends what was started here; what the environment named is left alone. */
  stop(): Promise<void>
}

type Started<Name extends ServiceName> = { readonly endpoint: Endpoints[Name]; stop(): Promise<void> }

const startNative: { readonly [Name in ServiceName]: () => Promise<Started<Name>> } = {
  kafka: async () => started(await startKafka(), ({ brokers }) => ({ brokers })),
  registry: async () => started(await startRegistry(), ({ url }) => ({ url })),
  redis: async () => started(await startRedis(), ({ url }) => ({ url })),
  postgres: async () => started(await startPostgres(), ({ url }) => ({ url })),
  minio: async () =>
    started(await startMinio(), ({ endpoint, accessKey, secretKey }) => ({ endpoint, accessKey, secretKey })),
  ollama: async () => started(await startOllama(), ({ url, model }) => ({ url, model })),
}

/**
 * A part to test against: the one that the environment names, else a container where a Docker engine answers, else the
 * native install.
 * @throws Error naming the part and how to give it.
 */
export async function openService<Name extends ServiceName>(name: Name): Promise<OpenService<Name>> {
  const named = fromEnvironment[name](process.env)
  if (named !== undefined) return { name, from: 'environment', endpoint: named, stop: async () => {} }
  const containers = startContainer as { readonly [Key in ServiceName]?: () => Promise<Started<Key>> }
  const contained = containers[name]
  if (contained !== undefined && (await dockerAnswers())) return { name, from: 'container', ...(await contained()) }
  const part = parts.find((candidate) => candidate.name === name)
  if (part === undefined || !isPresent(part)) throw new Error(`${name} is not installed. ${howToGive(name)}`)
  try {
    return { name, from: 'native', ...(await startNative[name]()) }
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${howToGive(name)}`, { cause: error })
  }
}

/** What a person does so that `name` is there. */
function howToGive(name: ServiceName): string {
  const otherwise = parts.find((part) => part.name === name)?.otherwise ?? ''
  return `Run: node test/services/install.ts ${name}; or ${otherwise}.`
}

function started<Running extends { stop(): Promise<void> }, Endpoint>(
  running: Running,
  endpointOf: (running: Running) => Endpoint,
): { endpoint: Endpoint; stop(): Promise<void> } {
  return { endpoint: endpointOf(running), stop: () => running.stop() }
}
