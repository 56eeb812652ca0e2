import { StreamsError } from '../../errors.ts'
import type { KafkaConnection } from '../kafka/connection.ts'
import type { LogAdmin, LogConsumer, LogDriver, LogProducer, LogReader } from '../port.ts'
import { KafkajsAdmin } from './admin.ts'
import { KafkajsConsumer } from './consumer.ts'
import { KafkajsProducer } from './producer.ts'
import { openKafkajsReader } from './reader.ts'
import { kafkajsConfig } from './settings.ts'

/** An administrator's view of the cluster. @throws StreamsError LOG_UNAVAILABLE */
export async function openKafkajsAdmin(connection: KafkaConnection): Promise<Required<LogAdmin>> {
  const admin = new KafkajsAdmin(kafkajsConfig(connection), connection.brokers)
  await admin.connect()
  return admin
}

/** Kafka without a native library, at least once. What it opened is closed by whoever asked for it. */
export function openKafkajsDriver(connection: KafkaConnection): LogDriver {
  const config = kafkajsConfig(connection)
  const { brokers } = connection
  return {
    name: 'kafkajs',
    capabilities: { guarantees: ['at_least_once'], transactionalState: false },
    admin: () => openKafkajsAdmin(connection),
    consumer: (options): LogConsumer => new KafkajsConsumer(config, brokers, options),
    reader: (from): Promise<LogReader> => openKafkajsReader(config, brokers, from),
    producer: async ({ guarantee }): Promise<LogProducer> => {
      if (guarantee !== 'at_least_once') throw unsupported(guarantee)
      const producer = new KafkajsProducer(config, brokers)
      await producer.connect()
      return producer
    },
    close: async () => undefined,
  }
}

const unsupported = (guarantee: string): StreamsError =>
  new StreamsError(
    'GUARANTEE_UNSUPPORTED',
    `driver kafkajs cannot do ${guarantee}: its transactions do not fence replaced members. ` +
      'Use driver librdkafka or embedded, or set the guarantee to at_least_once.',
    { guarantee },
  )
