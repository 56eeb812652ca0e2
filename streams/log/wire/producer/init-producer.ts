import { isPassing } from '../failures.ts'
import type { Cluster } from '../network/cluster.ts'
import { check } from '../protocol/error-codes.ts'
import { INIT_PRODUCER_ID } from '../protocol/transaction-messages.ts'
import { COORDINATOR_PATIENCE_MS, TRANSACTION_TIMEOUT_MS } from '../settings.ts'
import { ProducerSession } from './producer-session.ts'

/** An id of its own for a producer without transactions. Any broker gives one. */
export async function initIdempotent(cluster: Cluster): Promise<ProducerSession> {
  const body = { transactionalId: null, timeoutMs: TRANSACTION_TIMEOUT_MS, producerId: -1, producerEpoch: -1 }
  const backoff = cluster.backoff()
  const untilMs = performance.now() + COORDINATOR_PATIENCE_MS
  for (;;) {
    try {
      const answer = await cluster.ask(INIT_PRODUCER_ID, body)
      check(answer.errorCode, 'InitProducerId')
      return new ProducerSession(answer.producerId, answer.producerEpoch, false)
    } catch (error) {
      if (!isPassing(error) || performance.now() > untilMs) throw error
      await backoff.wait()
    }
  }
}

/**
 * Takes over a transactional id: ends what an earlier holder left open, and fences it. With `before`, a session of our own
 * that broke, it is taken back only where nobody else has taken it since.
 */
export async function initTransactional(
  cluster: Cluster,
  transactionalId: string,
  before: ProducerSession | undefined,
): Promise<ProducerSession> {
  const body = {
    transactionalId,
    timeoutMs: TRANSACTION_TIMEOUT_MS,
    producerId: before?.producerId ?? -1,
    producerEpoch: before?.producerEpoch ?? -1,
  }
  const answer = await cluster.askCoordinator({ transaction: transactionalId }, INIT_PRODUCER_ID, body, {
    untilMs: performance.now() + 2 * COORDINATOR_PATIENCE_MS,
    codes: ({ errorCode }) => [errorCode],
  })
  return new ProducerSession(answer.producerId, answer.producerEpoch, true)
}
