import type { KafkaConnection } from '../kafka/connection.ts'
import type { LogDriver } from '../port.ts'
import { openLibrdkafkaAdmin } from './admin.ts'
import { AtLeastOnceProducer } from './at-least-once-producer.ts'
import { LibrdkafkaConsumer } from './consumer.ts'
import { ExactlyOnceProducer } from './exactly-once-producer.ts'
import { loadNative, type Native } from './native.ts'
import { openLibrdkafkaReader } from './reader.ts'

/**
 * Kafka by its native client, exactly once or at least once. What it opened is closed by whoever asked for it.
 * @throws StreamsError DRIVER_MISSING where the optional client is not installed.
 */
export function openLibrdkafkaDriver(connection: KafkaConnection, native: Native = loadNative()): LogDriver {
  return {
    name: 'librdkafka',
    capabilities: { guarantees: ['exactly_once', 'at_least_once'], transactionalState: false },
    admin: () => openLibrdkafkaAdmin(native, connection),
    consumer: (options) => new LibrdkafkaConsumer(native, connection, options),
    reader: (from) => openLibrdkafkaReader(native, connection, from),
    producer: async ({ guarantee, transactionalId }) => {
      const producer =
        guarantee === 'exactly_once'
          ? new ExactlyOnceProducer(native, connection, transactionalId)
          : new AtLeastOnceProducer(native, connection)
      await producer.connect()
      return producer
    },
    close: async () => undefined,
  }
}
