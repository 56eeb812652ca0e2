import { StreamsError } from '../../../errors.ts'
import type { KafkaConnection } from '../../kafka/connection.ts'
import type { CommitBatch, EarlierWrites, LogProducer } from '../../port.ts'
import { isFenced, isPassing, toStreamsError } from '../failures.ts'
import { Cluster } from '../network/cluster.ts'
import { ConnectionError } from '../network/connection-error.ts'
import type { WireOptions } from '../settings.ts'
import { committerOf } from './committer.ts'
import { findLeaders } from './delivery.ts'
import { initTransactional } from './init-producer.ts'
import { lastTransaction } from './last-transaction.ts'
import { type EndedTransaction, MissedMarkers, type Written } from './missed-markers.ts'
import { toBatches } from './outgoing.ts'
import type { ProducerSession } from './producer-session.ts'
import { Transaction } from './transaction.ts'

const NOWHERE: EarlierWrites = { topics: [], groupId: undefined }

/**
 * Outputs and offsets in one Kafka transaction. Begun at the first record of a commit and ended in the same call, so none
 * is ever open while records are processed and downstream readers never wait for one.
 */
export class ExactlyOnceProducer implements LogProducer {
  readonly #cluster: Cluster
  readonly #markers: MissedMarkers
  readonly #transactionalId: string
  readonly #options: WireOptions
  #session: ProducerSession | undefined
  /** A session whose last transaction may still be open: it is taken back before the next begins. */
  #broken: ProducerSession | undefined
  /** Where transactions may have written whose end this producer does not know. */
  #earlier: EarlierWrites
  /** The last transaction, until it was seen that it has ended everywhere; the next one begins only then. */
  #last: EndedTransaction | undefined
  #looking: Promise<void> | undefined
  /** Why this producer must not be used again. */
  #refusal: StreamsError | undefined

  constructor(connection: KafkaConnection, transactionalId: string, options: WireOptions, earlier = NOWHERE) {
    this.#cluster = new Cluster(connection)
    this.#markers = new MissedMarkers(this.#cluster, transactionalId)
    this.#transactionalId = transactionalId
    this.#options = options
    this.#earlier = earlier
  }

  /** Takes over the transactional id: ends what an earlier holder left open, and fences it. */
  async connect(): Promise<ProducerSession> {
    try {
      this.#session ??= await this.#takeOver()
      await this.#seenToEnd(this.#session)
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
    const written = { partitions: outgoing.partitions, groupId: committer?.groupId }
    try {
      await findLeaders(this.#cluster, outgoing.partitions)
      await allOf([
        transaction.write(outgoing.partitions),
        ...(committer === undefined ? [] : [transaction.commitOffsets(committer, batch.offsets)]),
      ])
    } catch (error) {
      await this.#abort(transaction, session, written, error)
      throw this.#failed(error, 'writing')
    }
    await this.#end(transaction, session, written)
    return outgoing.offsets()
  }

  async close(): Promise<void> {
    this.#markers.close()
    this.#cluster.close()
  }

  /** How the last transaction of this id ended is asked once: having taken the id over, nobody knows any more. */
  async #takeOver(): Promise<ProducerSession> {
    this.#last ??= await lastTransaction(this.#cluster, this.#transactionalId, this.#earlier)
    const session = await initTransactional(this.#cluster, this.#transactionalId, this.#broken)
    this.#broken = undefined
    return session
  }

  /** Once asked for, the end may happen although the answer is lost: then nobody knows, and this producer is done. */
  async #end(transaction: Transaction, session: ProducerSession, written: Written): Promise<void> {
    try {
      this.#goOn(await transaction.end(true), { ...written, committed: true })
    } catch (error) {
      this.#leave(session, written)
      if (error instanceof ConnectionError && error.sent) {
        this.#refusal = ambiguous(error)
        throw this.#refusal
      }
      throw this.#failed(error, 'committing')
    }
  }

  /** A transaction that cannot be aborted is left behind: taking the id back ends it. */
  async #abort(transaction: Transaction, session: ProducerSession, written: Written, because: unknown): Promise<void> {
    this.#leave(session, written)
    if (isFenced(because)) return
    try {
      const next = await transaction.end(false)
      this.#broken = undefined
      this.#goOn(next, { ...written, committed: false })
    } catch (error) {
      if (isFenced(error)) this.#failed(error, 'aborting')
    }
  }

  #leave(session: ProducerSession, { partitions, groupId }: Written): void {
    this.#session = undefined
    this.#broken = session
    this.#earlier = { topics: [...new Set(partitions.map(({ topic }) => topic))], groupId }
  }

  #goOn(next: ProducerSession, last: EndedTransaction): void {
    this.#session = next
    this.#last = last
    void this.#lookOn(next)
  }

  /** Readers wait for the end of what was written, and there may be no next commit: a broker that is away is waited for. */
  async #lookOn(session: ProducerSession): Promise<void> {
    for (;;) {
      try {
        await this.#seenToEnd(session)
        return
      } catch (error) {
        if (!isPassing(error) || this.#session !== session) return
      }
    }
  }

  async #seenToEnd(session: ProducerSession): Promise<void> {
    if (this.#last === undefined) return
    this.#looking ??= this.#look(session, this.#last).finally(() => {
      this.#looking = undefined
    })
    await this.#looking
  }

  async #look(session: ProducerSession, last: EndedTransaction): Promise<void> {
    await this.#markers.endEverywhere(session, last)
    this.#last = undefined
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
