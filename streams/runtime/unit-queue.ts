import type { TopicSpec } from '../graph.ts'
import type { LocalLog } from '../log/local/local-log.ts'
import { partitionKey, type TopicPartition } from '../record.ts'
import { type PartitionGroup, PartitionQueue, type Timed } from '../task/partition-group.ts'
import { QueuedRecord } from '../task/queued-record.ts'

/** Records a queue holds at most; what comes beyond is read back from the log. */
const QUEUE_RECORDS_MAX = 2_000
const READ_RECORDS = 500

/** What takes the records of a queue. */
export interface QueueOwner {
  handle(queue: UnitQueue, item: Timed): void | Promise<void>
}

export type UnitGroup = PartitionGroup<UnitQueue, Timed>

/**
 * A reader's view of one partition: records handed over in memory as long as they come without a gap, otherwise read
 * from the log. `position` is the next offset to be handled, which is what gets committed.
 */
export class UnitQueue extends PartitionQueue<Timed> {
  readonly owner: QueueOwner
  readonly spec: TopicSpec
  readonly at: TopicPartition
  readonly key: string
  position: number
  /** Next offset to be queued. */
  next: number
  /** The log has records that are not in here. */
  behind = true
  /** Its records are not queued but handled as soon as they are known, whatever their time. */
  readonly immediate: boolean

  constructor(
    order: number,
    owner: QueueOwner,
    spec: TopicSpec,
    partition: number,
    position: number,
    immediate = false,
  ) {
    super(order)
    this.owner = owner
    this.spec = spec
    this.at = { topic: spec.topic, partition }
    this.key = partitionKey(this.at)
    this.position = position
    this.next = position
    this.immediate = immediate
  }

  /** A record that was just appended. */
  offer(group: UnitGroup, record: QueuedRecord): void {
    if (this.behind) return
    if (Number(record.offset) !== this.next || this.size >= QUEUE_RECORDS_MAX) {
      this.behind = true
      return
    }
    this.next += 1
    this.#take(group, record)
  }

  /** Reads on from the log; false where the records wait in an open batch. */
  refill(group: UnitGroup, log: LocalLog): boolean {
    const { records, next } = log.read(this.at, this.next, READ_RECORDS)
    for (const record of records) this.#take(group, new QueuedRecord(this.spec, record))
    this.next = next
    this.behind = next < log.endOffset(this.at)
    return records.length > 0 || !this.behind
  }

  /** Notes where the log grew without this queue being told. */
  notice(log: LocalLog): void {
    if (log.endOffset(this.at) > this.next) this.behind = true
  }

  /** Everything is handled: trailing gaps of abandoned batches count as passed. */
  settle(): void {
    if (this.size === 0 && !this.behind) this.position = this.next
  }

  #take(group: UnitGroup, record: QueuedRecord): void {
    if (this.immediate) void this.owner.handle(this, record)
    else group.push(this, record)
  }
}
