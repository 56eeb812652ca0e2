import { StreamsError } from '../../errors.ts'
import type { KafkaConnection } from '../kafka/connection.ts'
import type { CommitBatch, LogProducer } from '../port.ts'
import { Deliveries } from './deliveries.ts'
import { asNative, toStreamsError } from './failures.ts'
import { Handover } from './handover.ts'
import { toNativeOffsets } from './messages.ts'
import { type Native, type NativeProducer, promised } from './native.ts'
import { connect, producerConfig } from './settings.ts'

/** Outputs on all replicas first, without repetitions of the client's own making, then the offsets that caused them. */
export class AtLeastOnceProducer implements LogProducer {
  readonly #library: Native
  readonly #connection: KafkaConnection
  readonly #handover: Handover
  #open: { readonly native: NativeProducer; readonly deliveries: Deliveries } | undefined

  constructor(library: Native, connection: KafkaConnection) {
    this.#library = library
    this.#connection = connection
    this.#handover = new Handover(library, connection)
  }

  async connect(): Promise<Deliveries> {
    if (this.#open !== undefined) return this.#open.deliveries
    const native = new this.#library.Producer(producerConfig(this.#connection, this.#library))
    await connect(native, this.#connection)
    this.#open = { native, deliveries: new Deliveries(native) }
    return this.#open.deliveries
  }

  async commit(batch: CommitBatch): Promise<readonly bigint[]> {
    try {
      const offsets = await (await this.connect()).send(batch.outputs)
      if (batch.offsets.size > 0) await this.#commitOffsets(batch)
      return offsets
    } catch (error) {
      // Its sequence of records is broken for good; the next commit begins another.
      if (asNative(error).isFatal) await this.#drop()
      throw toStreamsError(error, 'writing', this.#connection.brokers)
    }
  }

  async close(): Promise<void> {
    await this.#drop()
    await this.#handover.close()
  }

  async #commitOffsets(batch: CommitBatch): Promise<void> {
    const committer = await this.#handover.committerOf(batch)
    if (committer === undefined) {
      const message = `group ${batch.groupId} has given this process's partitions to others: their offsets are theirs.`
      throw new StreamsError('PRODUCER_FENCED', message, { group: batch.groupId })
    }
    const offsets = toNativeOffsets(batch.offsets.values())
    await promised<void>((done) => committer.native.commitCb(offsets, done))
  }

  #drop(): Promise<void> {
    const native = this.#open?.native
    this.#open = undefined
    if (!native?.isConnected()) return Promise.resolve()
    return new Promise((resolve) => native.disconnect(() => resolve()))
  }
}
