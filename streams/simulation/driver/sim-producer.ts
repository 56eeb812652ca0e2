import { StreamsError } from '../../errors.ts'
import type { CommitBatch, LogProducer } from '../../log/port.ts'
import { type ProducerRecord, partitionKey } from '../../record.ts'
import { BrokerError } from '../broker/broker-error.ts'
import type { Membership } from '../broker/sim-group.ts'
import type { ProducerIdentity } from '../broker/transaction.ts'
import { naming, type SimClient, toStreamsError } from './sim-client.ts'
import { SimConsumer } from './sim-consumer.ts'

export const TRANSACTION_TIMEOUT_MS = 5_000
const INIT_TIMEOUT_MS = 8_000
const DELIVERY_TIMEOUT_MS = 4_000
const OFFSETS_TIMEOUT_MS = 4_000
const ABORT_TIMEOUT_MS = 2_000
const END_TRIES = 3

/** As whom offsets are committed, and whether that is still so after they were handed over. */
interface Committer {
  readonly as: Membership | undefined
  stillHolds(): boolean
}

function committerOf({ consumer, groupId }: CommitBatch): Committer {
  if (!(consumer instanceof SimConsumer)) return { as: undefined, stillHolds: () => true }
  const { term, membership } = consumer
  if (term === undefined) throw memberGone(groupId)
  return { as: membership, stillHolds: () => consumer.term === term }
}

/** Writes batches in their order per partition; a batch whose answer is lost is sent again with the same number. */
class Writer {
  readonly #client: SimClient
  readonly #identity: ProducerIdentity
  readonly #transactionalId: string | undefined
  readonly #sequences = new Map<string, number>()

  constructor(client: SimClient, identity: ProducerIdentity, transactionalId: string | undefined) {
    this.#client = client
    this.#identity = identity
    this.#transactionalId = transactionalId
  }

  get identity(): ProducerIdentity {
    return this.#identity
  }

  async send(outputs: readonly ProducerRecord[]): Promise<readonly bigint[]> {
    const groups = [...Map.groupBy(outputs.entries(), ([, record]) => partitionKey(record)).values()]
    const written = new Array<bigint>(outputs.length).fill(-1n)
    const sent = await Promise.allSettled(
      groups.map(async (group) => {
        const records = group.map(([, record]) => record)
        const offsets = await this.#produce(records)
        for (const [i, [place]] of group.entries()) written[place] = BigInt(offsets[i] ?? -1)
      }),
    )
    for (const one of sent) if (one.status === 'rejected') throw one.reason
    return written
  }

  #produce(records: readonly ProducerRecord[]): Promise<readonly number[]> {
    const at = records[0] as ProducerRecord
    const key = partitionKey(at)
    const sequence = this.#sequences.get(key) ?? 0
    this.#sequences.set(key, sequence + 1)
    const batch = { identity: this.#identity, sequence, records }
    return this.#client.retry('Produce', (b) => b.produce(at, batch, this.#transactionalId), DELIVERY_TIMEOUT_MS)
  }
}

/** Outputs and offsets in one transaction, begun and ended in one call. */
export class SimExactlyOnceProducer implements LogProducer {
  readonly #client: SimClient
  readonly #transactionalId: string
  #writer: Writer | undefined
  /** Why this producer must not be used again. */
  #refusal: StreamsError | undefined

  constructor(client: SimClient, transactionalId: string) {
    this.#client = client
    this.#transactionalId = transactionalId
  }

  /** Takes over the transactional id: ends what an earlier holder left open, and fences it. */
  async connect(): Promise<Writer> {
    if (this.#writer !== undefined) return this.#writer
    const id = this.#transactionalId
    const identity = await naming(`taking over ${id}`, () =>
      this.#client.retry('InitProducerId', (b) => b.takeOver(id, TRANSACTION_TIMEOUT_MS), INIT_TIMEOUT_MS),
    )
    this.#writer = new Writer(this.#client, identity, id)
    return this.#writer
  }

  async commit(batch: CommitBatch): Promise<readonly bigint[]> {
    if (this.#refusal !== undefined) throw this.#refusal
    if (batch.outputs.length === 0 && batch.offsets.size === 0) return []
    const committer = batch.offsets.size === 0 ? undefined : committerOf(batch)
    const writer = await this.connect()
    let written: readonly bigint[]
    try {
      written = await writer.send(batch.outputs)
      if (committer !== undefined) await this.#sendOffsets(writer, batch, committer)
    } catch (error) {
      await this.#abort(writer)
      throw this.#refused(error)
    }
    await this.#end(writer)
    return written
  }

  async close(): Promise<void> {
    this.#writer = undefined
  }

  async #sendOffsets(writer: Writer, batch: CommitBatch, committer: Committer): Promise<void> {
    const { groupId } = batch
    const offsets = [...batch.offsets.values()]
    const send = (): Promise<void> =>
      this.#client.retry(
        'TxnOffsetCommit',
        (b) => b.commitOffsetsWith(this.#transactionalId, writer.identity, groupId, committer.as, offsets),
        OFFSETS_TIMEOUT_MS,
      )
    await send()
    if (!committer.stillHolds()) throw memberGone(groupId)
  }

  /** Once asked for, the end may happen although the answer is lost: then nobody knows, and this producer is done. */
  async #end(writer: Writer): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#client.call('EndTxn', (b) =>
          b.endTransaction(this.#transactionalId, writer.identity, 'commit'),
        )
      } catch (error) {
        if (error instanceof BrokerError && error.isRetriable && tries < END_TRIES) continue
        this.#writer = undefined
        if (tries === 1 && error instanceof BrokerError && !error.isRetriable) throw this.#refused(error)
        const message = 'the answer to a commit is lost'
        this.#refusal = new StreamsError('COMMIT_AMBIGUOUS', message, {}, error)
        throw this.#refusal
      }
    }
  }

  /** After an abort the numbers of the batches may not be continued: the id is taken over anew. */
  async #abort(writer: Writer): Promise<void> {
    this.#writer = undefined
    await this.#client
      .retry('EndTxn', (b) => b.endTransaction(this.#transactionalId, writer.identity, 'abort'), ABORT_TIMEOUT_MS)
      .catch(() => {})
  }

  /** Going on would take the id from whoever took it from us. */
  #refused(cause: unknown): unknown {
    const failure = toStreamsError(cause, `writing as ${this.#transactionalId}`)
    const isTaken = cause instanceof BrokerError && cause.code === 'INVALID_PRODUCER_EPOCH'
    if (isTaken && failure instanceof StreamsError) this.#refusal = failure
    return failure
  }
}

/** Outputs first, then the offsets that caused them. */
export class SimAtLeastOnceProducer implements LogProducer {
  readonly #client: SimClient
  #writer: Writer | undefined

  constructor(client: SimClient) {
    this.#client = client
  }

  async commit(batch: CommitBatch): Promise<readonly bigint[]> {
    this.#writer ??= new Writer(
      this.#client,
      { producerId: this.#client.broker.transactions.nextProducerId(), epoch: 0 },
      undefined,
    )
    try {
      const written = await this.#writer.send(batch.outputs)
      if (batch.offsets.size > 0) await this.#commitOffsets(batch)
      return written
    } catch (error) {
      this.#writer = undefined
      throw toStreamsError(error, 'writing')
    }
  }

  async close(): Promise<void> {
    this.#writer = undefined
  }

  async #commitOffsets(batch: CommitBatch): Promise<void> {
    const { as } = committerOf(batch)
    const offsets = [...batch.offsets.values()]
    await this.#client.call('OffsetCommit', (b) => b.commitOffsets(batch.groupId, as, offsets))
  }
}

function memberGone(groupId: string): StreamsError {
  return new StreamsError('PRODUCER_FENCED', `group ${groupId} has given this process's partitions to others`)
}
