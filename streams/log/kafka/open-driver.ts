import type { ClusterOperations } from '../operations.ts'
import type { LogDriver } from '../port.ts'
import type { WireOptions } from '../wire/settings.ts'
import type { KafkaConnection } from './connection.ts'

/** Kafka without a native library, at least once. The client is loaded only here: a process without Kafka has no use for it. */
export async function openKafkajsDriver(connection: KafkaConnection): Promise<LogDriver> {
  const { openKafkajsDriver: open } = await import('../kafkajs/driver.ts')
  return open(connection)
}

/**
 * Kafka by its native client, exactly once or at least once.
 * @throws StreamsError DRIVER_MISSING where the optional client is not installed.
 */
export async function openLibrdkafkaDriver(connection: KafkaConnection): Promise<LogDriver> {
  const { openLibrdkafkaDriver: open } = await import('../librdkafka/driver.ts')
  return open(connection)
}

/** Kafka by our own client, exactly once or at least once, without a native build. */
export async function openWireDriver(connection: KafkaConnection, options?: WireOptions): Promise<LogDriver> {
  const { openWireDriver: open } = await import('../wire/driver.ts')
  return open(connection, options)
}

/** The cluster for its operators, by our own client; opens no connection before it is asked for something. */
export async function openClusterOperations(connection: KafkaConnection): Promise<ClusterOperations> {
  const { openWireOperations } = await import('../wire/operations/open.ts')
  return openWireOperations(connection)
}
