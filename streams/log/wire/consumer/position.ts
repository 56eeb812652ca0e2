import type { LogRecord, TopicPartition } from '../../../record.ts'
import type { VisibleRecords } from '../records/visible-records.ts'

/** Where reading of one partition stands: what is here already, and from where to fetch. */
export class Position implements TopicPartition {
  readonly topic: string
  readonly partition: number
  readonly topicId: string
  /** Offset to fetch next. */
  next: number
  /** Leader epoch of the last batch read, by which a leader notices that its log is not the one we read; -1 unknown. */
  lastEpoch = -1
  paused = false
  /** Asked for alone: it has a batch larger than what an answer to many partitions has room for. */
  alone = false
  /** Whether it is in the log at all is being asked. */
  checked = false
  queuedBytes = 0
  failure: unknown
  readonly #queue: VisibleRecords[] = []
  #taken: number

  constructor(at: TopicPartition, topicId: string, offset: number) {
    this.topic = at.topic
    this.partition = at.partition
    this.topicId = topicId
    this.next = offset
    this.#taken = offset
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0
  }

  /** The next offset to be taken; markers and aborted records that were passed are behind it. */
  get offset(): number {
    return this.isEmpty ? this.next : this.#taken
  }

  accept(records: VisibleRecords): void {
    this.next = records.nextFetch
    this.lastEpoch = records.lastEpoch
    if (records.isEmpty) return
    this.#queue.push(records)
    this.queuedBytes += records.bytes
  }

  /** Appends up to so many records. @throws CorruptError */
  take(into: LogRecord[], max: number): void {
    const until = into.length + max
    for (let first = this.#queue[0]; first !== undefined && into.length < until; first = this.#queue[0]) {
      first.take(into, until - into.length)
      if (!first.isEmpty) break
      this.#queue.shift()
      this.queuedBytes -= first.bytes
    }
    const last = into.at(-1)
    if (last !== undefined) this.#taken = Number(last.offset) + 1
  }
}
