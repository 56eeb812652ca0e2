import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers'
import { findOnPath, run } from './command.ts'
import type { Endpoints, ServiceName } from './endpoints.ts'
import { freePort } from './launch.ts'
import { setCompatibility } from './registry.ts'

export interface Contained<Name extends ServiceName> {
  readonly endpoint: Endpoints[Name]
  stop(): Promise<void>
}

let engine: Promise<boolean> | undefined

/** True where a Docker engine answers; asked once. */
export function dockerAnswers(): Promise<boolean> {
  engine ??=
    findOnPath('docker') === undefined
      ? Promise.resolve(false)
      : run('docker', ['info'], { timeoutMs: 10_000 }).then(
          () => true,
          () => false,
        )
  return engine
}

/** Parts that a container serves. Ollama is not among them: its tests need the model made here. */
export const startContainer: { readonly [Name in Exclude<ServiceName, 'ollama'>]: () => Promise<Contained<Name>> } = {
  kafka: async () => {
    // Clients are sent to the advertised address, so the outer port must be known before the start.
    const port = await freePort()
    const container = await new GenericContainer('apache/kafka:4.3.1')
      .withExposedPorts({ container: 9092, host: port })
      .withEnvironment(kafkaEnvironment(port))
      .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
      .start()
    return contained(container, { brokers: [`127.0.0.1:${port}`] })
  },
  registry: async () => {
    const container = await begin('apicurio/apicurio-registry:3.3.3', 8080, {})
    const url = `http://${address(container, 8080)}/apis/ccompat/v7`
    await setCompatibility(url, 'FULL_TRANSITIVE')
    return contained(container, { url })
  },
  redis: async () => {
    const container = await begin('redis:8', 6379, {})
    return contained(container, { url: `redis://${address(container, 6379)}` })
  },
  postgres: async () => {
    const container = await begin('postgres:18', 5432, { POSTGRES_HOST_AUTH_METHOD: 'trust' }, 2)
    return contained(container, { url: `postgres://postgres@${address(container, 5432)}/postgres` })
  },
  minio: async () => {
    const keys = { accessKey: 'minio', secretKey: 'minio12345' }
    const env = { MINIO_ROOT_USER: keys.accessKey, MINIO_ROOT_PASSWORD: keys.secretKey }
    const container = await new GenericContainer('minio/minio')
      .withCommand(['server', '/data'])
      .withEnvironment(env)
      .withExposedPorts(9000)
      .withWaitStrategy(Wait.forHttp('/minio/health/ready', 9000))
      .start()
    return contained(container, { endpoint: `http://${address(container, 9000)}`, ...keys })
  },
}

function begin(
  image: string,
  port: number,
  env: Record<string, string>,
  readyLines = 1,
): Promise<StartedTestContainer> {
  const wait = readyLines > 1 ? Wait.forLogMessage(/ready to accept connections/, readyLines) : Wait.forListeningPorts()
  return new GenericContainer(image).withEnvironment(env).withExposedPorts(port).withWaitStrategy(wait).start()
}

function contained<T>(container: StartedTestContainer, endpoint: T): { endpoint: T; stop(): Promise<void> } {
  return {
    endpoint,
    stop: async () => {
      await container.stop()
    },
  }
}

function address(container: StartedTestContainer, port: number): string {
  return `${container.getHost()}:${container.getMappedPort(port)}`
}

function kafkaEnvironment(port: number): Record<string, string> {
  return {
    KAFKA_NODE_ID: '1',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_CONTROLLER_QUORUM_VOTERS: '1@127.0.0.1:9093',
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
    KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    KAFKA_NUM_PARTITIONS: '4',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: '1',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
  }
}
