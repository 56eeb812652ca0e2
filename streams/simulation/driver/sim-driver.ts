import type {
  Capabilities,
  ConsumerOptions,
  LogAdmin,
  LogConsumer,
  LogDriver,
  LogProducer,
  LogReader,
  ProducerOptions,
} from '../../log/port.ts'
import type { TopicPartition } from '../../record.ts'
import { SimAdmin } from './sim-admin.ts'
import type { SimClient } from './sim-client.ts'
import { SimConsumer } from './sim-consumer.ts'
import { SimAtLeastOnceProducer, SimExactlyOnceProducer } from './sim-producer.ts'
import { SimReader } from './sim-reader.ts'

/** The log port over a simulated broker, for one process. It promises what `librdkafka` does. */
export class SimDriver implements LogDriver {
  readonly name = 'simulated'
  readonly capabilities: Capabilities = { guarantees: ['at_least_once', 'exactly_once'], transactionalState: false }
  readonly #client: SimClient

  constructor(client: SimClient) {
    this.#client = client
  }

  async admin(): Promise<LogAdmin> {
    return new SimAdmin(this.#client)
  }

  consumer(options: ConsumerOptions): LogConsumer {
    return new SimConsumer(this.#client, options)
  }

  async reader(
    from: readonly { readonly at: TopicPartition; readonly offset: bigint | 'earliest' }[],
  ): Promise<LogReader> {
    return new SimReader(this.#client, from)
  }

  async producer({ guarantee, transactionalId }: ProducerOptions): Promise<LogProducer> {
    if (guarantee === 'at_least_once') return new SimAtLeastOnceProducer(this.#client)
    const producer = new SimExactlyOnceProducer(this.#client, transactionalId)
    await producer.connect()
    return producer
  }

  async close(): Promise<void> {}
}
