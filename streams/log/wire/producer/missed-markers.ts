import { setTimeout as sleep } from 'node:timers/promises'
import type { TopicPartition } from '../../../record.ts'
import { isPassing } from '../failures.ts'
import type { Cluster } from '../network/cluster.ts'
import { BrokerError, CODES, check } from '../protocol/error-codes.ts'
import { ADD_PARTITIONS_TO_TXN, DESCRIBE_PRODUCERS, END_TXN } from '../protocol/transaction-messages.ts'
import { COORDINATOR_PATIENCE_MS } from '../settings.ts'
import type { ProducerSession } from './producer-session.ts'
import { byTopic } from './transaction.ts'

/** Markers come a moment after the end of a transaction is answered. */
const MARKERS_MS = 250
const LOOK_EVERY_MS = 10

/**
 * Sees that an aborted transaction has ended in all its partitions. A coordinator that knows no leader of a partition at
 * that moment leaves its marker out (Kafka 4.3.1), and what was aborted there would be committed with the producer's next
 * transaction. Where one is missing, the partition alone is aborted again, in the way of clients before KIP-890.
 *
 * @throws where it cannot be seen to in time: the next transaction must not begin
 */
export async function endMissed(
  cluster: Cluster,
  transactionalId: string,
  session: ProducerSession,
  partitions: readonly TopicPartition[],
): Promise<void> {
  const untilMs = performance.now() + COORDINATOR_PATIENCE_MS
  let markersByMs = performance.now() + MARKERS_MS
  let open = partitions
  while (true) {
    try {
      open = await openOf(cluster, session, open)
      if (open.length === 0) return
      if (performance.now() > markersByMs) {
        await abortAgain(cluster, transactionalId, session, open)
        markersByMs = performance.now() + MARKERS_MS
      }
    } catch (error) {
      if (!isPassing(error) || performance.now() > untilMs) throw error
      await cluster.refresh().catch(() => {})
    }
    if (performance.now() > untilMs)
      throw new BrokerError(CODES.CONCURRENT_TRANSACTIONS, `ending what was aborted in ${open.length} partitions`)
    await sleep(LOOK_EVERY_MS)
  }
}

/** Those of the partitions in which a transaction of this producer is still open. */
async function openOf(
  cluster: Cluster,
  { producerId }: ProducerSession,
  partitions: readonly TopicPartition[],
): Promise<readonly TopicPartition[]> {
  const there = partitions.filter(({ topic }) => cluster.knows(topic))
  const byLeader = Map.groupBy(there, ({ topic, partition }) => cluster.leaderOf(topic, partition).leaderId)
  const answers = await Promise.all(
    [...byLeader].map(([leaderId, of]) =>
      cluster.request(leaderId, 'requests', DESCRIBE_PRODUCERS, { topics: byTopic(of) }),
    ),
  )
  return answers.flatMap(({ topics }) =>
    topics.flatMap(({ name, partitions: of }) =>
      of.flatMap(({ partition, errorCode, producers }) => {
        // Who may write and not read cannot look: what the coordinator says has to do then. Of a deleted topic nothing is open.
        if (errorCode === CODES.TOPIC_AUTHORIZATION_FAILED || errorCode === CODES.UNKNOWN_TOPIC_OR_PARTITION) return []
        check(errorCode, `producers of ${name}, partition ${partition}`)
        const isOpen = producers.some((one) => one.producerId === producerId && one.openFrom >= 0)
        return isOpen ? [{ topic: name, partition }] : []
      }),
    ),
  )
}

async function abortAgain(
  cluster: Cluster,
  transactionalId: string,
  { producerId, producerEpoch }: ProducerSession,
  partitions: readonly TopicPartition[],
): Promise<void> {
  const of = { transaction: transactionalId }
  const as = { transactionalId, producerId, producerEpoch }
  const untilMs = performance.now() + COORDINATOR_PATIENCE_MS
  await cluster.askCoordinator(
    of,
    ADD_PARTITIONS_TO_TXN,
    { ...as, topics: byTopic(partitions) },
    {
      untilMs,
      codes: (a) => a.topics.flatMap((topic) => topic.partitions.map(({ errorCode }) => errorCode)),
    },
  )
  await cluster.askCoordinator(of, END_TXN, { ...as, committed: false }, { untilMs, codes: (a) => [a.errorCode] })
}
