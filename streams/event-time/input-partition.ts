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
  next: bigint
  watermarkMs: number
  /** Since when records are held back for this lane, wall-clock. */
  holdsSinceMs: number | undefined

  constructor(order: number, input: InputPartition, progress: LaneProgress) {
    super(order)
    this.input = input
    this.next = progress.next
    this.watermarkMs = progress.watermarkMs
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
  /** The record that is being handled. */
  current: QueuedRecord | undefined

  constructor(options: InputPartitionOptions) {
    this.#options = options
    this.at = options.at
    this.key = partitionKey(options.at)
    this.next = options.position
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
    if (watermarkMs !== undefined) lane.watermarkMs = watermarkMs
    if (watermarkMs !== undefined || record.offset < lane.next) return 'noted'
    this.size += 1
    group.push(lane, record)
    return 'queued'
  }

  /** The head of a lane was taken out, to be handled. */
  taken(record: QueuedRecord): void {
    this.size -= 1
    this.current = record
  }

  passed(lane: Lane, record: QueuedRecord): void {
    lane.next = record.offset + 1n
    this.current = undefined
  }

  /** The oldest offset that is not handled: where the next owner begins. */
  get position(): bigint {
    let position = this.current?.offset ?? this.next
    for (const lane of this.#lanes.values()) {
      const head = lane.head()
      if (head !== undefined && head.offset < position) position = head.offset
    }
    return position
  }

  /** Progress of the lanes that `position` does not tell. */
  progress(): ReadonlyMap<string, LaneProgress> {
    if (!this.#options.byWriter) return new Map()
    const known = [...this.#lanes].filter(
      ([, lane]) => lane.next > 0n || Number.isFinite(lane.watermarkMs) || lane.watermarkMs > 0,
    )
    return new Map(known.map(([task, { next, watermarkMs }]) => [task, { next, watermarkMs }]))
  }

  /** No record that comes, and none that waits here, is older. */
  get completeMs(): number {
    let completeMs = this.current?.timestampMs ?? Number.POSITIVE_INFINITY
    for (const lane of this.#lanes.values()) {
      const head = lane.head()
      if (head !== undefined) completeMs = Math.min(completeMs, head.timestampMs)
    }
    for (const lane of this.awaited) if (lane.size === 0) completeMs = Math.min(completeMs, lane.watermarkMs)
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
