import { StreamsError } from '../../errors.ts'
import type { KafkaConnection } from '../kafka/connection.ts'
import type { CommitBatch, LogProducer } from '../port.ts'
import { Deliveries } from './deliveries.ts'
import { asNative, isFenced, toStreamsError } from './failures.ts'
import { type Committer, Handover } from './handover.ts'
import { toNativeOffsets } from './messages.ts'
import { type Native, type NativeProducer, promised } from './native.ts'
import { connect, producerConfig } from './settings.ts'

const TRANSACTION_TIMEOUT_MS = 15_000
const INIT_TIMEOUT_MS = 20_000
const OFFSETS_TIMEOUT_MS = 5_000
const END_TIMEOUT_MS = 10_000
const ABORT_TIMEOUT_MS = 5_000
const OFFSETS_TRIES = 3
const END_TRIES = 3

interface Open {
  readonly native: NativeProducer
  readonly deliveries: Deliveries
}

/**
 * Outputs and offsets in one Kafka transaction. Begun at the first record of a commit and ended in the same call, so none
 * is ever open while records are processed and downstream readers never wait for one.
 */
export class ExactlyOnceProducer implements LogProducer {
  readonly #library: Native
  readonly #connection: KafkaConnection
  readonly #transactionalId: string
  readonly #handover: Handover
  #open: Open | undefined
  /** Why this producer must not be used again. */
  #refusal: StreamsError | undefined
  #dropped: Promise<void> = Promise.resolve()
  /** The commit under way. The native client aborts the process where it is asked for something after its end. */
  #committing: Promise<unknown> = Promise.resolve()
  #closing = false

  constructor(library: Native, connection: KafkaConnection, transactionalId: string) {
    this.#library = library
    this.#connection = connection
    this.#transactionalId = transactionalId
    this.#handover = new Handover(library, connection)
  }

  /** Takes over the transactional id: ends what an earlier holder left open, and fences it. */
  async connect(): Promise<Open> {
    if (this.#open !== undefined) return this.#open
    await this.#dropped
    const native = new this.#library.Producer({
      ...producerConfig(this.#connection, this.#library),
      'transactional.id': this.#transactionalId,
      'transaction.timeout.ms': TRANSACTION_TIMEOUT_MS,
    })
    await connect(native, this.#connection)
    const opened = { native, deliveries: new Deliveries(native) }
    this.#open = opened
    try {
      await promised<void>((done) => native.initTransactions(INIT_TIMEOUT_MS, done))
    } catch (error) {
      this.#drop()
      throw this.#named(error, 'taking over the transactional id')
    }
    return opened
  }

  commit(batch: CommitBatch): Promise<readonly bigint[]> {
    const committing = this.#commit(batch)
    this.#committing = committing.catch(() => {})
    return committing
  }

  /** Ends a commit under way first, at the next of its steps. */
  async close(): Promise<void> {
    this.#closing = true
    await this.#committing
    if (this.#open !== undefined) this.#drop()
    await this.#dropped
    await this.#handover.close()
  }

  async #commit(batch: CommitBatch): Promise<readonly bigint[]> {
    if (this.#refusal !== undefined) throw this.#refusal
    if (batch.outputs.length === 0 && batch.offsets.size === 0) return []
    const committer = await this.#committerOf(batch)
    const open = await this.connect()
    let offsets: readonly bigint[]
    try {
      await promised<void>((done) => open.native.beginTransaction(done))
      offsets = await open.deliveries.send(batch.outputs)
      if (committer !== undefined) await this.#sendOffsets(open.native, batch, committer)
      if (this.#closing) throw closed()
    } catch (error) {
      const worse = await this.#abort(open.native, error)
      throw this.#refused(this.#named(worse, 'writing'), worse)
    }
    await this.#end(open.native)
    return offsets
  }

  async #committerOf(batch: CommitBatch): Promise<Committer | undefined> {
    if (batch.offsets.size === 0) return undefined
    const committer = await this.#handover.committerOf(batch)
    if (committer === undefined) throw memberGone(batch.groupId)
    return committer
  }

  async #sendOffsets(producer: NativeProducer, batch: CommitBatch, committer: Committer): Promise<void> {
    const offsets = toNativeOffsets(batch.offsets.values())
    for (let tries = 1; ; tries += 1) {
      try {
        await promised<void>((done) =>
          producer.sendOffsetsToTransaction(offsets, committer.native, OFFSETS_TIMEOUT_MS, done),
        )
        break
      } catch (error) {
        if (!asNative(error).isRetriable || tries >= OFFSETS_TRIES || this.#closing) throw error
      }
    }
    if (!committer.stillHolds()) throw memberGone(batch.groupId)
  }

  /** Once asked for, the end may happen although the answer is lost: then nobody knows, and this producer is done. */
  async #end(producer: NativeProducer): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await promised<void>((done) => producer.commitTransaction(END_TIMEOUT_MS, done))
      } catch (error) {
        const native = asNative(error)
        if (native.isTxnRequiresAbort) {
          const worse = await this.#abort(producer, error)
          throw this.#refused(this.#named(worse, 'committing'), worse)
        }
        // A time-out is taken up again where it was.
        if (native.isRetriable && !native.isFatal && tries < END_TRIES && !this.#closing) continue
        this.#drop()
        throw this.#refused(
          tries === 1 && isFenced(native) ? this.#named(error, 'committing') : ambiguous(error),
          error,
        )
      }
    }
  }

  /**
   * A transaction that cannot be aborted is left behind: the next to take over the id ends it. Resolves to the failure
   * that counts: a report of a record tells only that all is lost, the abort then tells why.
   */
  async #abort(producer: NativeProducer, because: unknown): Promise<unknown> {
    try {
      await promised<void>((done) => producer.abortTransaction(ABORT_TIMEOUT_MS, done))
      return because
    } catch (error) {
      this.#drop()
      return asNative(error).isFatal ? error : because
    }
  }

  #drop(): void {
    const native = this.#open?.native
    this.#open = undefined
    if (native?.isConnected()) this.#dropped = new Promise((resolve) => native.disconnect(() => resolve()))
  }

  #named(error: unknown, doing: string): StreamsError {
    return toStreamsError(error, `${doing} as ${this.#transactionalId}`, this.#connection.brokers)
  }

  /** Going on would take the id from whoever took it from us. */
  #refused(failure: StreamsError, cause: unknown): StreamsError {
    if (failure.code === 'COMMIT_AMBIGUOUS' || asNative(cause).isFatal) this.#refusal = failure
    return failure
  }
}

const closed = (): StreamsError =>
  new StreamsError('INVALID_STATE', 'the producer was closed before its commit; nothing of it happened')

function memberGone(groupId: string): StreamsError {
  const message =
    `group ${groupId} has given this process's partitions to others. Nothing of it may be committed; ` +
    'they are read again from the last commit.'
  return new StreamsError('PRODUCER_FENCED', message, { group: groupId })
}

function ambiguous(cause: unknown): StreamsError {
  const message =
    `the answer to a commit is lost (${asNative(cause).message}): it may have happened or not. ` +
    'Close this producer, open another with the same id, and go on from the committed offsets.'
  return new StreamsError('COMMIT_AMBIGUOUS', message, {}, cause)
}
