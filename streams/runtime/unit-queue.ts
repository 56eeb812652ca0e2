import { BegunRecords } from '../calls/begun-records.ts'
import { type DoneOffsets, encodeDone, isTellable, NOTHING_DONE } from '../calls/done-offsets.ts'
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
  /** Records handed out that are not done, where they are handled side by side. */
  readonly #begun = new BegunRecords<QueuedRecord>()
  /** What was done beyond the position at the start, and after the last offset that is done. */
  readonly #doneBefore: DoneOffsets
  #doneEnd: bigint
  /** Its records are not queued but handled as soon as they are known, whatever their time. */
  readonly immediate: boolean

  constructor(
    order: number,
    owner: QueueOwner,
    spec: TopicSpec,
    partition: number,
    position: number,
    immediate = false,
    done: DoneOffsets = NOTHING_DONE,
  ) {
    super(order)
    this.owner = owner
    this.spec = spec
    this.at = { topic: spec.topic, partition }
    this.key = partitionKey(this.at)
    this.position = position
    this.next = position
    this.immediate = immediate
    this.#doneBefore = done
    this.#doneEnd = done.end
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
    if (this.size === 0 && !this.behind && this.#begun.size === 0) this.position = this.next
  }

  /** A record is handled beside others: the position stays before it until it is done. */
  begin(record: QueuedRecord): void {
    this.#begun.begin(record)
  }

  /** The record is done, and may be one that was begun. */
  passed(record: QueuedRecord): void {
    if (record.offset >= this.#doneEnd) this.#doneEnd = record.offset + 1n
    if (this.#begun.size === 0) this.position = Number(record.offset) + 1
    else this.position = Number(this.#begun.end(record) ?? this.position)
  }

  /** What is done beyond the position, for the metadata of its commit. */
  done(): string {
    const position = BigInt(this.position)
    if (this.#doneEnd <= position) return ''
    const open = new Set<bigint>()
    for (const record of this.#begun.open()) open.add(record.offset)
    for (const record of this.waiting()) open.add((record as QueuedRecord).offset)
    for (let offset = BigInt(this.next); offset < this.#doneBefore.end; offset++)
      if (!this.#doneBefore.has(offset)) open.add(offset)
    return encodeDone(position, this.#doneEnd, open)
  }

  /** Whether its next record may be begun: what is done beyond the position must fit beside it. */
  get isTellable(): boolean {
    const next = (this.head() as QueuedRecord | undefined)?.offset ?? BigInt(this.next)
    return isTellable(this.#begun.oldest?.offset ?? next, next, this.#begun.size)
  }

  /** The earliest time of a record that is here and not done, but this one; -Infinity while what was done is read again. */
  openMs(except: QueuedRecord): number {
    if (BigInt(this.next) < this.#doneBefore.end) return Number.NEGATIVE_INFINITY
    return Math.min(this.head()?.timestampMs ?? Number.POSITIVE_INFINITY, this.#begun.earliestMs(except))
  }

  #take(group: UnitGroup, record: QueuedRecord): void {
    if (this.#doneBefore.has(record.offset)) return
    if (this.immediate) void this.owner.handle(this, record)
    else group.push(this, record)
  }
}
