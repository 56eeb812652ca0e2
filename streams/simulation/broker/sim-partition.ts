import type { ProducerRecord, TopicPartition } from '../../record.ts'
import { BrokerError } from './broker-error.ts'
import type { ProducerIdentity, Transaction } from './transaction.ts'

/** A place in the log: a record, or the marker that ends a transaction there. */
export interface Entry {
  readonly offset: number
  readonly record: ProducerRecord | undefined
  readonly transaction: Transaction | undefined
}

/** Records of one producer on their way to one partition; `sequence` counts its batches there. */
export interface ProduceBatch {
  readonly identity: ProducerIdentity
  readonly sequence: number
  readonly records: readonly ProducerRecord[]
}

interface Written {
  readonly epoch: number
  readonly sequence: number
  readonly offsets: readonly number[]
}

/** One partition's log, with what is needed to read committed records only and to drop repeated batches. */
export class SimPartition {
  readonly at: TopicPartition
  readonly entries: Entry[] = []
  readonly #onStable: () => void
  /** Transactions that are not ended here, and their first offset. */
  readonly #open = new Map<Transaction, number>()
  readonly #aborted = new Set<Transaction>()
  readonly #last = new Map<number, Written>()

  constructor(at: TopicPartition, onStable: () => void) {
    this.at = at
    this.#onStable = onStable
  }

  get end(): number {
    return this.entries.length
  }

  /** The last stable offset: before it every transaction is ended. */
  get stable(): number {
    let stable = this.entries.length
    for (const first of this.#open.values()) if (first < stable) stable = first
    return stable
  }

  get hasOpen(): boolean {
    return this.#open.size > 0
  }

  /** Appends; the same batch again gives the same offsets. Throws OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH. */
  append({ identity, sequence, records }: ProduceBatch, transaction: Transaction | undefined): readonly number[] {
    const last = this.#last.get(identity.producerId)
    if (last !== undefined && identity.epoch < last.epoch) throw new BrokerError('INVALID_PRODUCER_EPOCH')
    const expected = last?.epoch === identity.epoch ? last.sequence + 1 : 0
    if (sequence === expected - 1 && last !== undefined) return last.offsets
    if (sequence !== expected) throw new BrokerError('OUT_OF_ORDER_SEQUENCE_NUMBER')
    if (transaction !== undefined && !this.#open.has(transaction)) this.#open.set(transaction, this.entries.length)
    const offsets = records.map((record) => {
      this.entries.push({ offset: this.entries.length, record, transaction })
      return this.entries.length - 1
    })
    this.#last.set(identity.producerId, { epoch: identity.epoch, sequence, offsets })
    if (transaction === undefined) this.#onStable()
    return offsets
  }

  /** Ends a transaction here. */
  mark(transaction: Transaction): void {
    const { producerId, epoch } = transaction.identity
    this.entries.push({ offset: this.entries.length, record: undefined, transaction })
    if (transaction.decision === 'abort') this.#aborted.add(transaction)
    this.#open.delete(transaction)
    const last = this.#last.get(producerId)
    if (last !== undefined && last.epoch < epoch) this.#last.set(producerId, { epoch, sequence: -1, offsets: [] })
    this.#onStable()
  }

  /** Stable entries from an offset on, and where to read on: aborted records and markers are passed by. */
  read(from: number, recordsMax: number, dirty = false): { readonly records: readonly Entry[]; readonly next: number } {
    if (from > this.end) throw new BrokerError('OFFSET_OUT_OF_RANGE')
    const [stable, records] = [dirty ? this.end : this.stable, [] as Entry[]]
    let next = from
    for (; next < stable && records.length < recordsMax; next++) {
      const entry = this.entries[next]
      if (entry?.record === undefined) continue
      if (!dirty && entry.transaction !== undefined && this.#aborted.has(entry.transaction)) continue
      records.push(entry)
    }
    return { records, next }
  }
}
