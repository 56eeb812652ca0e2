import type { KafkaConnection } from '../kafka/connection.ts'
import type { LogDriver } from '../port.ts'
import { openWireAdmin } from './admin.ts'
import { WireConsumer } from './consumer/consumer.ts'
import { openWireReader } from './consumer/reader.ts'
import { toStreamsError } from './failures.ts'
import { AtLeastOnceProducer } from './producer/at-least-once-producer.ts'
import { ExactlyOnceProducer } from './producer/exactly-once-producer.ts'
import type { WireOptions } from './settings.ts'

/**
 * Kafka's protocol spoken in TypeScript, exactly once or at least once, without a native library. Record batches stay bytes
 * until somebody asks for a key or a value. What it opened is closed by whoever asked for it.
 */
export function openWireDriver(connection: KafkaConnection, options: WireOptions = {}): LogDriver {
  return {
    name: 'wire',
    capabilities: { guarantees: ['exactly_once', 'at_least_once'], transactionalState: false },
    admin: () => openWireAdmin(connection),
    consumer: (of) => new WireConsumer(connection, of, options),
    reader: (from) => openWireReader(connection, from),
    producer: async ({ guarantee, transactionalId, earlier }) => {
      const producer =
        guarantee === 'exactly_once'
          ? new ExactlyOnceProducer(connection, transactionalId, options, earlier)
          : new AtLeastOnceProducer(connection, options)
      try {
        await producer.connect()
        return producer
      } catch (error) {
        await producer.close()
        throw toStreamsError(error, 'connecting', connection.brokers)
      }
    },
    close: async () => undefined,
  }
}
