import { setTimeout as sleep } from 'node:timers/promises'
import type { TopicPartition } from '../../../record.ts'
import { isPassing } from '../failures.ts'
import type { Cluster } from '../network/cluster.ts'
import type { Api } from '../protocol/api.ts'
import { BrokerError, CODES, check } from '../protocol/error-codes.ts'
import {
  ADD_OFFSETS_TO_TXN,
  ADD_PARTITIONS_TO_TXN,
  DESCRIBE_PRODUCERS,
  END_TXN,
} from '../protocol/transaction-messages.ts'
import type { ValueOf } from '../protocol/types.ts'
import { COORDINATOR_PATIENCE_MS, MARKERS_PATIENCE_MS } from '../settings.ts'
import { OffsetsPartitions } from './offsets-partition.ts'
import type { ProducerSession } from './producer-session.ts'
import { byTopic } from './transaction.ts'

/** Markers come a moment after the end of a transaction is answered. */
const MARKERS_MS = 250
const LOOK_EVERY_MS = 10

/** What a transaction wrote to. */
export interface Written {
  readonly partitions: readonly TopicPartition[]
  /** Whose offsets were in it. */
  readonly groupId: string | undefined
}

export interface EndedTransaction extends Written {
  readonly committed: boolean
}

/**
 * Sees that the transactions of one id have ended wherever they wrote. A coordinator that knows no leader of a partition at
 * that moment leaves its marker out (Kafka 4.3.1), and what was written there stays open until the next marker of the same
 * producer decides about it: what was aborted would be committed, what was committed aborted. Where a marker is missing, the
 * partition alone is ended again, as it should have been, in the way of clients before KIP-890.
 */
export class MissedMarkers {
  readonly #cluster: Cluster
  readonly #transactionalId: string
  readonly #offsets: OffsetsPartitions
  #closed = false

  constructor(cluster: Cluster, transactionalId: string) {
    this.#cluster = cluster
    this.#transactionalId = transactionalId
    this.#offsets = new OffsetsPartitions(cluster)
  }

  /** @throws where it cannot be seen to in time: the next transaction must not begin */
  async endEverywhere(session: ProducerSession, { committed, ...ended }: EndedTransaction): Promise<void> {
    const untilMs = performance.now() + MARKERS_PATIENCE_MS
    const backoff = this.#cluster.backoff()
    let markersByMs = performance.now() + MARKERS_MS
    let open: Written = ended
    while (!this.#closed) {
      try {
        open = await this.#stillOpen(session, open)
        if (open.partitions.length === 0 && open.groupId === undefined) return
        if (performance.now() > markersByMs) {
          await this.#endAgain(session, open, committed)
          markersByMs = performance.now() + MARKERS_MS
        }
      } catch (error) {
        if (!isPassing(error) || performance.now() > untilMs) throw error
        await backoff.wait()
        await this.#cluster.refresh().catch(() => {})
      }
      if (performance.now() > untilMs) throw new BrokerError(CODES.CONCURRENT_TRANSACTIONS, 'ending a transaction')
      await sleep(LOOK_EVERY_MS)
    }
  }

  /** Nobody waits any more: whoever takes the id over will look. */
  close(): void {
    this.#closed = true
  }

  async #stillOpen(session: ProducerSession, { partitions, groupId }: Written): Promise<Written> {
    const [open, offsetsAreOpen] = await Promise.all([
      this.#openAmong(session, partitions),
      groupId !== undefined && this.#offsetsAreOpen(session, groupId),
    ])
    return { partitions: open, groupId: offsetsAreOpen ? groupId : undefined }
  }

  /** Those of the partitions in which a transaction of this producer is open. */
  async #openAmong(
    session: ProducerSession,
    partitions: readonly TopicPartition[],
  ): Promise<readonly TopicPartition[]> {
    const there = partitions.filter(({ topic }) => this.#cluster.knows(topic))
    const byLeader = Map.groupBy(there, ({ topic, partition }) => this.#cluster.leaderOf(topic, partition).leaderId)
    const answers = await Promise.all(
      [...byLeader].map(([leaderId, of]) =>
        this.#cluster.request(leaderId, 'requests', DESCRIBE_PRODUCERS, { topics: byTopic(of) }),
      ),
    )
    return answers.flatMap((answer) => openIn(answer, session))
  }

  /** A group's offsets are kept by its coordinator, which leads their partition. */
  async #offsetsAreOpen(session: ProducerSession, groupId: string): Promise<boolean> {
    const at = await this.#offsets.partitionOf(groupId)
    if (at === undefined) return false
    const body = { topics: byTopic([at]) }
    const options = { untilMs: patience(), codes: () => [] }
    return (
      openIn(await this.#cluster.askCoordinator({ group: groupId }, DESCRIBE_PRODUCERS, body, options), session)
        .length > 0
    )
  }

  async #endAgain(session: ProducerSession, { partitions, groupId }: Written, committed: boolean): Promise<void> {
    const { producerId, producerEpoch } = session
    const as = { transactionalId: this.#transactionalId, producerId, producerEpoch }
    const ask = <Q, A>(api: Api<Q, A>, body: Q, codes: (answer: A) => Iterable<number>): Promise<A> =>
      this.#cluster.askCoordinator({ transaction: this.#transactionalId }, api, body, { untilMs: patience(), codes })
    if (partitions.length > 0)
      await ask(ADD_PARTITIONS_TO_TXN, { ...as, topics: byTopic(partitions) }, ({ topics }) =>
        topics.flatMap((topic) => topic.partitions.map(({ errorCode }) => errorCode)),
      )
    if (groupId !== undefined) await ask(ADD_OFFSETS_TO_TXN, { ...as, groupId }, ({ errorCode }) => [errorCode])
    await ask(END_TXN, { ...as, committed }, ({ errorCode }) => [errorCode])
  }
}

function openIn({ topics }: ValueOf<typeof DESCRIBE_PRODUCERS.response>, { producerId }: ProducerSession) {
  return topics.flatMap(({ name, partitions }) =>
    partitions.flatMap(({ partition, errorCode, producers }): readonly TopicPartition[] => {
      // Who may write and not read cannot look: what the coordinator says has to do then. Of a deleted topic nothing is open.
      if (errorCode === CODES.TOPIC_AUTHORIZATION_FAILED || errorCode === CODES.UNKNOWN_TOPIC_OR_PARTITION) return []
      check(errorCode, `producers of ${name}, partition ${partition}`)
      const isOpen = producers.some((one) => one.producerId === producerId && one.openFrom >= 0)
      return isOpen ? [{ topic: name, partition }] : []
    }),
  )
}

const patience = (): number => performance.now() + COORDINATOR_PATIENCE_MS
