import type { LogRecord } from '../../../record.ts'
import type { FetchedPartition } from '../protocol/record-messages.ts'
import { type Batch, batchesOf, CONTROL, TRANSACTIONAL } from './batch.ts'
import { RecordCursor } from './record-cursor.ts'

type Aborted = FetchedPartition['abortedTransactions']

/**
 * What a reader of committed data sees of one answer for one partition: no markers, nothing of aborted transactions.
 *
 * Brokers list aborted transactions in the order of their ends, so they are sorted by their first offsets. A producer's
 * records are hidden from its transaction's first offset on until its abort marker; then its next one may begin.
 */
export class VisibleRecords {
  readonly topic: string
  readonly partition: number
  readonly bytes: number
  /** Offset to fetch next. */
  readonly nextFetch: number
  /** Leader epoch of the last batch. */
  readonly lastEpoch: number
  readonly #batches: readonly Batch[]
  readonly #visible: readonly boolean[]
  readonly #from: number
  #index = 0
  #cursor: RecordCursor | undefined

  /** @throws CorruptError */
  constructor(topic: string, partition: number, from: number, bytes: Buffer, aborted: Aborted) {
    this.topic = topic
    this.partition = partition
    this.bytes = bytes.length
    this.#from = from
    this.#batches = batchesOf(bytes)
    this.#visible = visibilityOf(this.#batches, aborted)
    const last = this.#batches.at(-1)
    this.nextFetch = last === undefined ? from : Math.max(from, last.lastOffset + 1)
    this.lastEpoch = last?.leaderEpoch ?? -1
    this.#skipHidden()
  }

  get isEmpty(): boolean {
    return this.#index >= this.#batches.length
  }

  /** Whether there was a whole batch at all. */
  get hasBatches(): boolean {
    return this.#batches.length > 0
  }

  /** Appends up to so many records. @throws CorruptError */
  take(into: LogRecord[], max: number): void {
    const until = into.length + max
    while (into.length < until && !this.isEmpty) {
      this.#cursor ??= new RecordCursor(this.#batches[this.#index] as Batch, this.topic, this.partition)
      if (!this.#cursor.take(into, until - into.length, this.#from)) return
      this.#cursor = undefined
      this.#index++
      this.#skipHidden()
    }
  }

  #skipHidden(): void {
    while (!this.isEmpty && !this.#visible[this.#index]) this.#index++
  }
}

/** Which batches a reader of committed data sees, in their order. */
export function visibilityOf(batches: readonly Batch[], aborted: Aborted): readonly boolean[] {
  const starts = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset)
  const hidden = new Set<number>()
  let started = 0
  return batches.map((batch) => {
    for (
      let next = starts[started];
      next !== undefined && next.firstOffset <= batch.lastOffset;
      next = starts[started]
    ) {
      hidden.add(next.producerId)
      started++
    }
    if (batch.attributes & CONTROL) {
      if (isAbortMarker(batch)) hidden.delete(batch.producerId)
      return false
    }
    return batch.count > 0 && !(batch.attributes & TRANSACTIONAL && hidden.has(batch.producerId))
  })
}

/** The marker's key: version, then type 0 for an abort. It is the one record of its batch, never compressed. */
function isAbortMarker({ bytes, from, end }: Batch): boolean {
  // Length, attributes, time and offset deltas, key length: one byte each, the key follows.
  const keyAt = from + 5
  return keyAt + 4 <= end && bytes.readInt16BE(keyAt + 2) === 0
}
