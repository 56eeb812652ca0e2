import type { KafkaConnection } from '../../kafka/connection.ts'
import type { CommitBatch, LogProducer } from '../../port.ts'
import { commitOffsets } from '../consumer/group-offsets.ts'
import { toStreamsError } from '../failures.ts'
import { Cluster } from '../network/cluster.ts'
import { PRODUCE } from '../protocol/record-messages.ts'
import type { WireOptions } from '../settings.ts'
import { committerOf } from './committer.ts'
import { Delivery, findLeaders } from './delivery.ts'
import { initIdempotent } from './init-producer.ts'
import { toBatches } from './outgoing.ts'
import type { ProducerSession } from './producer-session.ts'

/** Outputs on all replicas first, without repetitions of the client's own making, then the offsets that caused them. */
export class AtLeastOnceProducer implements LogProducer {
  readonly #cluster: Cluster
  readonly #options: WireOptions
  #session: ProducerSession | undefined

  constructor(connection: KafkaConnection, options: WireOptions) {
    this.#cluster = new Cluster(connection)
    this.#options = options
  }

  async connect(): Promise<ProducerSession> {
    this.#session ??= await initIdempotent(this.#cluster)
    return this.#session
  }

  async commit(batch: CommitBatch): Promise<readonly bigint[]> {
    const committer = batch.offsets.size > 0 ? committerOf(batch) : undefined
    try {
      const offsets = batch.outputs.length > 0 ? await this.#write(batch) : []
      if (committer !== undefined) await commitOffsets(this.#cluster, committer, batch.offsets.values())
      return offsets
    } catch (error) {
      throw toStreamsError(error, 'writing', this.#cluster.brokers)
    }
  }

  async close(): Promise<void> {
    this.#cluster.close()
  }

  async #write({ outputs }: CommitBatch): Promise<readonly bigint[]> {
    const session = await this.connect()
    const outgoing = toBatches(outputs, session, this.#options.compression ?? 'none')
    try {
      await findLeaders(this.#cluster, outgoing.partitions)
      await new Delivery(this.#cluster, PRODUCE, null, outgoing.partitions).run()
    } catch (error) {
      // Its sequence of records has a hole now; the next commit begins another.
      this.#session = undefined
      throw error
    }
    return outgoing.offsets()
  }
}
