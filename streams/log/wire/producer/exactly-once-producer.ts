import { StreamsError } from '../../../errors.ts'
import type { TopicPartition } from '../../../record.ts'
import type { KafkaConnection } from '../../kafka/connection.ts'
import type { CommitBatch, LogProducer } from '../../port.ts'
import { isFenced, toStreamsError } from '../failures.ts'
import { Cluster } from '../network/cluster.ts'
import { ConnectionError } from '../network/connection-error.ts'
import type { WireOptions } from '../settings.ts'
import { committerOf } from './committer.ts'
import { findLeaders } from './delivery.ts'
import { initTransactional } from './init-producer.ts'
import { endMissed } from './missed-markers.ts'
import { toBatches } from './outgoing.ts'
import type { ProducerSession } from './producer-session.ts'
import { Transaction } from './transaction.ts'

/**
 * Outputs and offsets in one Kafka transaction. Begun at the first record of a commit and ended in the same call, so none
 * is ever open while records are processed and downstream readers never wait for one.
 */
export class ExactlyOnceProducer implements LogProducer {
  readonly #cluster: Cluster
  readonly #transactionalId: string
  readonly #options: WireOptions
  #session: ProducerSession | undefined
  /** A session whose last transaction may still be open: it is taken back before the next begins. */
  #broken: ProducerSession | undefined
  /** Where records of an aborted transaction may still be open, for the next one to commit them. */
  #unended: readonly TopicPartition[] = []
  /** Why this producer must not be used again. */
  #refusal: StreamsError | undefined

  constructor(connection: KafkaConnection, transactionalId: string, options: WireOptions) {
    this.#cluster = new Cluster(connection)
    this.#transactionalId = transactionalId
    this.#options = options
  }

  /** Takes over the transactional id: ends what an earlier holder left open, and fences it. */
  async connect(): Promise<ProducerSession> {
    if (this.#session !== undefined && this.#unended.length === 0) return this.#session
    try {
      this.#session ??= await initTransactional(this.#cluster, this.#transactionalId, this.#broken)
      this.#broken = undefined
      await this.#endMissed(this.#session)
      return this.#session
    } catch (error) {
      throw this.#failed(error, 'taking over the transactional id')
    }
  }

  async commit(batch: CommitBatch): Promise<readonly bigint[]> {
    if (this.#refusal !== undefined) throw this.#refusal
    if (batch.outputs.length === 0 && batch.offsets.size === 0) return []
    const committer = batch.offsets.size > 0 ? committerOf(batch) : undefined
    const session = await this.connect()
    const outgoing = toBatches(batch.outputs, session, this.#options.compression ?? 'none')
    const transaction = new Transaction(this.#cluster, this.#transactionalId, session)
    try {
      await findLeaders(this.#cluster, outgoing.partitions)
      await allOf([
        transaction.write(outgoing.partitions),
        ...(committer === undefined ? [] : [transaction.commitOffsets(committer, batch.offsets)]),
      ])
    } catch (error) {
      await this.#abort(transaction, session, outgoing.partitions, error)
      throw this.#failed(error, 'writing')
    }
    await this.#end(transaction, session, outgoing.partitions)
    return outgoing.offsets()
  }

  async close(): Promise<void> {
    this.#cluster.close()
  }

  /** Once asked for, the end may happen although the answer is lost: then nobody knows, and this producer is done. */
  async #end(transaction: Transaction, session: ProducerSession, partitions: readonly TopicPartition[]): Promise<void> {
    try {
      this.#session = await transaction.end(true)
    } catch (error) {
      this.#session = undefined
      this.#broken = session
      this.#unended = partitions
      if (error instanceof ConnectionError && error.sent) {
        this.#refusal = ambiguous(error)
        throw this.#refusal
      }
      throw this.#failed(error, 'committing')
    }
  }

  /** A transaction that cannot be aborted is left behind: taking the id back ends it. */
  async #abort(
    transaction: Transaction,
    session: ProducerSession,
    partitions: readonly TopicPartition[],
    because: unknown,
  ): Promise<void> {
    this.#session = undefined
    this.#broken = session
    this.#unended = partitions
    if (isFenced(because)) return
    try {
      this.#session = await transaction.end(false)
      this.#broken = undefined
      await this.#endMissed(this.#session)
    } catch (error) {
      if (isFenced(error)) this.#failed(error, 'aborting')
    }
  }

  /** Where it cannot be done now it is done before the next transaction begins. */
  async #endMissed(session: ProducerSession): Promise<void> {
    if (this.#unended.length === 0) return
    await endMissed(this.#cluster, this.#transactionalId, session, this.#unended)
    this.#unended = []
  }

  /** Fenced for good: going on would take the id from whoever took it from us. */
  #failed(error: unknown, doing: string): StreamsError {
    const failure = toStreamsError(error, `${doing} as ${this.#transactionalId}`, this.#cluster.brokers)
    if (isFenced(error)) this.#refusal ??= failure
    return this.#refusal ?? failure
  }
}

/** Waits for every one, also where one has failed: nothing may be under way when the transaction ends. */
async function allOf(acts: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(acts)
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

function ambiguous(cause: ConnectionError): StreamsError {
  const message =
    `the answer to a commit is lost (${cause.message}): it may have happened or not. ` +
    'Close this producer, open another with the same id, and go on from the committed offsets.'
  return new StreamsError('COMMIT_AMBIGUOUS', message, {}, cause)
}
