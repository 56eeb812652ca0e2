import type { EarlierWrites } from '../../port.ts'
import type { Cluster } from '../network/cluster.ts'
import { CODES } from '../protocol/error-codes.ts'
import { DESCRIBE_TRANSACTIONS } from '../protocol/transaction-messages.ts'
import { COORDINATOR_PATIENCE_MS } from '../settings.ts'
import type { EndedTransaction } from './missed-markers.ts'

/** A transaction in one of these states is committed, whatever its producer has heard of it. */
const COMMITTED_STATES: ReadonlySet<string> = new Set(['PrepareCommit', 'CompleteCommit'])

/**
 * How the last transaction of an id ended, or will end when the id is taken over; undefined where there never was one.
 * To be asked before it is taken over: afterwards the coordinator does not know any more.
 */
export async function lastTransaction(
  cluster: Cluster,
  transactionalId: string,
  { topics, groupId }: EarlierWrites,
): Promise<EndedTransaction | undefined> {
  const state = await stateOf(cluster, transactionalId)
  if (state === undefined) return undefined
  if (topics.length > 0) await cluster.refresh(topics)
  const partitions = topics
    .filter((topic) => cluster.knows(topic))
    .flatMap((topic) => cluster.topic(topic).partitions.map((_, partition) => ({ topic, partition })))
  return { committed: COMMITTED_STATES.has(state), partitions, groupId }
}

async function stateOf(cluster: Cluster, transactionalId: string): Promise<string | undefined> {
  const { transactions } = await cluster.askCoordinator(
    { transaction: transactionalId },
    DESCRIBE_TRANSACTIONS,
    { transactionalIds: [transactionalId] },
    {
      untilMs: performance.now() + COORDINATOR_PATIENCE_MS,
      codes: (answer) => answer.transactions.map(({ errorCode }) => (isUnknown(errorCode) ? CODES.NONE : errorCode)),
    },
  )
  return transactions.find(({ errorCode }) => !isUnknown(errorCode))?.state
}

const isUnknown = (errorCode: number): boolean => errorCode === CODES.TRANSACTIONAL_ID_NOT_FOUND
