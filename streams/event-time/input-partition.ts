import { BegunRecords } from '../calls/begun-records.ts'
import { type DoneOffsets, encodeDone, isTellable } from '../calls/done-offsets.ts'
import { partitionKey, type TopicPartition } from '../record.ts'
import { type PartitionGroup, PartitionQueue } from '../task/partition-group.ts'
import type { QueuedRecord } from '../task/queued-record.ts'
import { TASK_HEADER, watermarkOf } from './watermark.ts'

/** How far one writer's records of a partition are handled, and how far it has announced event time. */
export interface LaneProgress {
  /** Of this writer's records those before are done. */
  readonly next: bigint
  readonly watermarkMs: number
}

/** The records that one task wrote to a partition, in their order. */
export class Lane extends PartitionQueue<QueuedRecord> {
  readonly input: InputPartition
  /** Records taken out that are not done: several only where they are handled side by side. */
  readonly begun = new BegunRecords<QueuedRecord>()
  next: bigint
  watermarkMs: number
  /** Since when records are held back for this lane, wall-clock. */
  holdsSinceMs: number | undefined
  /** Those that wait and are older than all behind them; time within a lane may go back. */
  readonly #oldest: QueuedRecord[] = []

  constructor(order: number, input: InputPartition, progress: LaneProgress) {
    super(order)
    this.input = input
    this.next = progress.next
    this.watermarkMs = progress.watermarkMs
  }

  override put(record: QueuedRecord): void {
    while ((this.#oldest.at(-1)?.timestampMs ?? Number.NEGATIVE_INFINITY) > record.timestampMs) this.#oldest.pop()
    this.#oldest.push(record)
    super.put(record)
  }

  override take(): QueuedRecord | undefined {
    const record = super.take()
    if (record === this.#oldest[0]) this.#oldest.shift()
    return record
  }

  /** The earliest time of a record that waits or is being handled, but this one. */
  openMs(except?: QueuedRecord): number {
    return Math.min(this.#oldest[0]?.timestampMs ?? Number.POSITIVE_INFINITY, this.begun.earliestMs(except))
  }
}

export type LaneGroup = PartitionGroup<Lane, QueuedRecord>

const LANES_MAX = 10_000
const NOTHING: LaneProgress = { next: 0n, watermarkMs: Number.NEGATIVE_INFINITY }

export interface InputPartitionOptions {
  /** Among the task's inputs; breaks ties. */
  readonly order: number
  readonly at: TopicPartition
  /** Next offset to be handled. */
  readonly position: bigint
  /** Tasks whose event time is waited for. */
  readonly awaited: readonly string[]
  /** Records are told apart by their writers; without, the partition is one lane. */
  readonly byWriter: boolean
  readonly progress: ReadonlyMap<string, LaneProgress>
  /** What was done beyond `position`. */
  readonly done: DoneOffsets
}

/**
 * One input partition of a task. Several tasks write to it, each in its own order of time but none waiting for the other,
 * so each has a lane. Within a lane order is by offset; lanes are merged by time like partitions. Records are thus handled
 * in another order than that of their offsets: what is committed is the oldest offset not handled yet, with the progress
 * of every lane beside it.
 */
export class InputPartition {
  readonly at: TopicPartition
  readonly key: string
  readonly awaited: readonly Lane[]
  readonly #options: InputPartitionOptions
  readonly #lanes = new Map<string, Lane>()
  /** Next offset to be queued; what lies before was queued already. */
  next: bigint
  size = 0
  /** After the last offset that is done. */
  #doneEnd: bigint

  constructor(options: InputPartitionOptions) {
    this.#options = options
    this.at = options.at
    this.key = partitionKey(options.at)
    this.next = options.position
    this.#doneEnd = options.done.end
    this.awaited = options.byWriter ? options.awaited.map((task, i) => this.#addLane(task, i)) : []
  }

  get lanes(): Iterable<Lane> {
    return this.#lanes.values()
  }

  /** Queues a record of data that is new; of others, watermarks and what was handled before, it only takes note. */
  offer(group: LaneGroup, record: QueuedRecord): 'queued' | 'noted' {
    if (record.offset < this.next) return 'noted'
    this.next = record.offset + 1n
    const lane = this.#laneOf(record.headers[TASK_HEADER])
    lane.holdsSinceMs = undefined
    const watermarkMs = watermarkOf(record.headers)
    // At least once, a task that was replaced may still announce what it knew: time does not go back for it.
    if (watermarkMs !== undefined) lane.watermarkMs = Math.max(lane.watermarkMs, watermarkMs)
    if (watermarkMs !== undefined || record.offset < lane.next || this.#options.done.has(record.offset)) return 'noted'
    this.size += 1
    group.push(lane, record)
    return 'queued'
  }

  /** The head of a lane was taken out, to be handled. */
  taken(lane: Lane, record: QueuedRecord): void {
    this.size -= 1
    lane.begun.begin(record)
  }

  passed(record: QueuedRecord): void {
    const lane = this.#laneOf(record.headers[TASK_HEADER])
    lane.next = lane.begun.end(record) ?? lane.next
    if (record.offset >= this.#doneEnd) this.#doneEnd = record.offset + 1n
  }

  /** The oldest offset that is not handled: where the next owner begins. */
  get position(): bigint {
    let position = this.next
    for (const lane of this.#lanes.values()) {
      for (const open of [lane.begun.oldest, lane.head()]) {
        if (open !== undefined && open.offset < position) position = open.offset
      }
    }
    return position
  }

  /** What is done beyond the position and is not told by the progress of lanes: nothing where records are handled one by one. */
  done(): string {
    const { done } = this.#options
    const position = this.position
    const isAhead = [...this.#lanes.values()].some((lane) => lane.begun.isAhead)
    if (!isAhead && done.end <= position) return ''
    const open = new Set<bigint>()
    for (const lane of this.#lanes.values()) {
      for (const record of lane.begun.open()) open.add(record.offset)
      for (const record of lane.waiting()) open.add(record.offset)
    }
    // What the last owner had done is read again only by and by.
    for (let offset = this.next; offset < done.end; offset++) if (!done.has(offset)) open.add(offset)
    return encodeDone(position, this.#doneEnd, open)
  }

  /** Whether this record may be begun: what is done beyond the position must fit beside it. */
  isTellable(record: QueuedRecord): boolean {
    let open = this.#options.byWriter ? this.size : 0
    for (const lane of this.#lanes.values()) open += lane.begun.size
    return isTellable(this.position, record.offset, open)
  }

  /** Some of what the last owner had done has not come by yet. */
  get isCatchingUp(): boolean {
    return this.next < this.#options.done.end
  }

  /** The earliest time of a record that is here and not done, but this one. */
  openMs(except?: QueuedRecord): number {
    let openMs = Number.POSITIVE_INFINITY
    for (const lane of this.#lanes.values()) openMs = Math.min(openMs, lane.openMs(except))
    return openMs
  }

  /**
   * Progress of the lanes that `position` does not tell. A watermark stands for the records before it: while some of them wait,
   * who goes on from here has yet to read them again, and may count on no more than the oldest.
   */
  progress(): ReadonlyMap<string, LaneProgress> {
    if (!this.#options.byWriter) return new Map()
    const lanes = [...this.#lanes].map(([task, lane]): [string, LaneProgress] => [
      task,
      { next: lane.next, watermarkMs: Math.min(lane.watermarkMs, lane.openMs()) },
    ])
    return new Map(lanes.filter(([, { next, watermarkMs }]) => next > 0n || watermarkMs > NOTHING.watermarkMs))
  }

  /** No record that comes, and none that waits here, is older. */
  get completeMs(): number {
    let completeMs = this.openMs()
    for (const lane of this.awaited) completeMs = Math.min(completeMs, lane.watermarkMs)
    return completeMs
  }

  #laneOf(task: string | undefined): Lane {
    const name = this.#options.byWriter ? (task ?? '') : ''
    return this.#lanes.get(name) ?? this.#addLane(name, LANES_MAX - 1)
  }

  #addLane(task: string, rank: number): Lane {
    const { order, progress } = this.#options
    const lane = new Lane(order * LANES_MAX + rank, this, progress.get(task) ?? NOTHING)
    this.#lanes.set(task, lane)
    return lane
  }
}
