import type { TopicPartition } from '../../../record.ts'
import type { CommitBatch } from '../../port.ts'
import { type GroupIdentity, toCommittedTopics } from '../consumer/group-offsets.ts'
import type { Cluster } from '../network/cluster.ts'
import { PRODUCE, PRODUCE_ADDING } from '../protocol/record-messages.ts'
import {
  ADD_OFFSETS_TO_TXN,
  ADD_PARTITIONS_TO_TXN,
  END_TXN,
  END_TXN_NEXT_EPOCH,
  TXN_OFFSET_COMMIT,
  TXN_OFFSET_COMMIT_ADDING,
} from '../protocol/transaction-messages.ts'
import { COORDINATOR_PATIENCE_MS } from '../settings.ts'
import { Delivery } from './delivery.ts'
import type { OutgoingPartition } from './outgoing.ts'
import { ProducerSession } from './producer-session.ts'

const ADDING_LEVEL = 2

/**
 * One Kafka transaction, from its first record to its end.
 *
 * Where the cluster has transactions of version 2 (KIP-890), brokers add partitions and groups themselves, and the end
 * gives the producer a new epoch; elsewhere they are added here first.
 */
export class Transaction {
  readonly #cluster: Cluster
  readonly #transactionalId: string
  readonly #session: ProducerSession
  readonly #brokersAdd: boolean

  constructor(cluster: Cluster, transactionalId: string, session: ProducerSession) {
    this.#cluster = cluster
    this.#transactionalId = transactionalId
    this.#session = session
    this.#brokersAdd = cluster.level('transaction.version') >= ADDING_LEVEL
  }

  async write(partitions: readonly OutgoingPartition[]): Promise<void> {
    if (partitions.length === 0) return
    if (!this.#brokersAdd) await this.#addPartitions(partitions)
    const api = this.#brokersAdd ? PRODUCE_ADDING : PRODUCE
    await new Delivery(this.#cluster, api, this.#transactionalId, partitions).run()
  }

  /** As a member of the group as it is now. @throws BrokerError of kind `member` where it is no longer */
  async commitOffsets(identity: GroupIdentity, offsets: CommitBatch['offsets']): Promise<void> {
    if (!this.#brokersAdd) await this.#addGroup(identity.groupId)
    const api = this.#brokersAdd ? TXN_OFFSET_COMMIT_ADDING : TXN_OFFSET_COMMIT
    const body = { ...this.#as(), ...identity, topics: toCommittedTopics(offsets.values()) }
    await this.#cluster.askCoordinator({ group: identity.groupId }, api, body, {
      untilMs: patience(),
      codes: ({ topics }) => topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode)),
    })
  }

  /**
   * Ends it, one way or the other. Resolves to the session of the next transaction.
   * @throws ConnectionError with `sent` where nobody knows whether it ended
   */
  async end(committed: boolean): Promise<ProducerSession> {
    const options = {
      untilMs: patience(),
      codes: ({ errorCode }: { readonly errorCode: number }) => [errorCode],
      once: true,
    }
    const of = { transaction: this.#transactionalId }
    const body = { ...this.#as(), committed }
    if (!this.#brokersAdd) {
      await this.#cluster.askCoordinator(of, END_TXN, body, options)
      return this.#session
    }
    const next = await this.#cluster.askCoordinator(of, END_TXN_NEXT_EPOCH, body, options)
    return new ProducerSession(next.producerId, next.producerEpoch, true)
  }

  async #addPartitions(partitions: readonly TopicPartition[]): Promise<void> {
    const body = { ...this.#as(), topics: byTopic(partitions) }
    await this.#cluster.askCoordinator({ transaction: this.#transactionalId }, ADD_PARTITIONS_TO_TXN, body, {
      untilMs: patience(),
      codes: (a) => a.topics.flatMap((topic) => topic.partitions.map(({ errorCode }) => errorCode)),
    })
  }

  async #addGroup(groupId: string): Promise<void> {
    const body = { ...this.#as(), groupId }
    await this.#cluster.askCoordinator({ transaction: this.#transactionalId }, ADD_OFFSETS_TO_TXN, body, {
      untilMs: patience(),
      codes: ({ errorCode }) => [errorCode],
    })
  }

  #as(): { readonly transactionalId: string; readonly producerId: number; readonly producerEpoch: number } {
    const { producerId, producerEpoch } = this.#session
    return { transactionalId: this.#transactionalId, producerId, producerEpoch }
  }
}

/** Partitions as requests list them. */
export const byTopic = (partitions: readonly TopicPartition[]) =>
  [...Map.groupBy(partitions, ({ topic }) => topic)].map(([name, group]) => ({
    name,
    partitions: group.map(({ partition }) => partition),
  }))

const patience = (): number => performance.now() + COORDINATOR_PATIENCE_MS
