import type { ProcessorSpec } from '../../graph.ts'
import type { LogDriver } from '../../log/port.ts'
import { partitionKey, type TopicPartition } from '../../record.ts'
import type { GlobalTable } from '../../state/global-table.ts'
import { topicOf } from '../../task/outputs.ts'
import { PartitionGroup, PartitionQueue } from '../../task/partition-group.ts'
import { isPromise, type QueuedRecord } from '../../task/queued-record.ts'
import { Task, type TaskEvents, type TaskOptions } from '../../task/task.ts'
import { decodeTaskMetadata, encodeTaskMetadata, NO_METADATA, type TaskMetadata } from '../../task/task-metadata.ts'
import type { NodeMetrics } from '../node-metrics.ts'
import type { TaskState } from '../states.ts'
import { LoggedStore, restoreStore } from './changelog.ts'
import type { StateDisk } from './state-disk.ts'
import type { TaskStart } from './task-start.ts'

/** One input partition of a task. */
export class InputQueue extends PartitionQueue<QueuedRecord> {
  readonly at: TopicPartition
  readonly key: string
  /** Next offset to be handled, which is what gets committed. */
  position: bigint
  /** Next offset to be queued; what lies before was queued already. */
  next: bigint

  constructor(order: number, at: TopicPartition, position: bigint) {
    super(order)
    this.at = at
    this.key = partitionKey(at)
    this.position = position
    this.next = position
  }
}

export interface LogTaskOptions extends Pick<TaskOptions, 'graph' | 'clock' | 'random' | 'appVersion'> {
  readonly node: ProcessorSpec
  readonly driver: LogDriver
  readonly disk: StateDisk
  readonly tables: ReadonlyMap<string, GlobalTable<unknown>>
  readonly metrics: NodeMetrics
  readonly events: Omit<TaskEvents, 'passed'>
  /** A call under way ended with an error: the node is to stop. */
  readonly failed: (error: unknown) => void
}

/**
 * A task fed by a consumer: its queues, its stores with their changelogs, and the call under way if there is one. Once it
 * is dropped nothing of it counts any more, not even a call that ends later.
 */
export class LogTask {
  readonly partition: number
  readonly group = new PartitionGroup<InputQueue, QueuedRecord>()
  readonly own: readonly InputQueue[]
  readonly shared: readonly InputQueue[]
  readonly stores: readonly LoggedStore[]
  readonly task: Task
  readonly #options: LogTaskOptions
  readonly #queues: ReadonlyMap<string, InputQueue>
  readonly #metadata: TaskMetadata
  #current: InputQueue | undefined
  state: TaskState = 'created'
  /** The call under way. Rejects where the node is to stop. */
  running: Promise<void> | undefined
  dirty = false

  constructor(options: LogTaskOptions, partition: number, start: TaskStart) {
    const { node, graph, disk } = options
    this.#options = options
    this.partition = partition
    const first = start.committed.get(
      partitionKey({ topic: topicOf(graph, node.from[0] ?? '', node.name).topic, partition }),
    )
    this.#metadata = first === undefined ? NO_METADATA : decodeTaskMetadata(first.metadata)
    const queue = (order: number, at: TopicPartition, from: bigint | undefined): InputQueue => {
      const earliest = start.starts.get(partitionKey(at)) ?? 0n
      return new InputQueue(order, at, from === undefined || from < earliest ? earliest : from)
    }
    this.own = node.from.map((name, i) => {
      const at = { topic: topicOf(graph, name, node.name).topic, partition }
      return queue(i, at, start.committed.get(partitionKey(at))?.offset)
    })
    const shared = node.broadcast.flatMap((name) => {
      const { topic, partitions } = topicOf(graph, name, node.name)
      return Array.from({ length: partitions }, (_, p): TopicPartition => ({ topic, partition: p }))
    })
    this.shared = shared.map((at, i) => queue(this.own.length + i, at, this.#metadata.broadcast.get(partitionKey(at))))
    this.#queues = new Map([...this.own, ...this.shared].map((one) => [one.key, one]))
    this.stores = node.stores.map(
      (spec) => new LoggedStore(graph, node.name, spec, partition, disk, () => this.task.streamTimeMs),
    )
    this.task = this.#createTask()
  }

  /** Restores the stores and starts the processor. */
  async start(): Promise<void> {
    const { driver, disk, node, clock } = this.#options
    this.state = 'restoring'
    for (const logged of this.stores) {
      const lastChange = this.#metadata.changes.get(logged.name)
      await restoreStore(logged, { driver, disk, node: node.name, clock, lastChange })
    }
    if (this.isDropped) return
    await this.task.init()
    if (!this.isDropped) this.state = 'running'
  }

  get isDropped(): boolean {
    return this.state === 'closed'
  }

  offer(record: QueuedRecord): void {
    const queue = this.#queues.get(partitionKey({ topic: record.spec.topic, partition: record.partition }))
    if (queue === undefined || record.offset < queue.next) return
    queue.next = record.offset + 1n
    this.group.push(queue, record)
  }

  /** Handles records until one takes longer than a turn, or there were so many; gives how many. */
  process(recordsMax: number): number {
    const { metrics } = this.#options
    for (let handled = 0; handled < recordsMax; handled++) {
      const queue = this.group.peek()
      const record = this.group.poll()
      if (queue === undefined || record === undefined) return handled
      this.#current = queue
      const startedMs = metrics.start()
      const running = this.task.process(record)
      if (!isPromise(running)) {
        metrics.processed(1, startedMs)
        continue
      }
      this.follow(running.then(() => metrics.processed(1, startedMs)))
      return handled + 1
    }
    return recordsMax
  }

  /** Calls the wall-clock timers that are due. */
  punctuateWall(nowMs: number): void {
    if ((this.task.nextWallMs(nowMs) ?? Number.POSITIVE_INFINITY) > nowMs) return
    this.dirty = true
    const running = this.task.punctuateWall(nowMs)
    if (isPromise(running)) this.follow(running)
  }

  follow(running: Promise<void>): void {
    const followed = running.finally(() => {
      this.running = undefined
      // A commit may have passed meanwhile, and what a timer wrote after it belongs to no record.
      this.dirty = true
    })
    this.running = followed.catch((error) => {
      if (!this.isDropped) this.#options.failed(error)
    })
  }

  /** Metadata for the commit; after the changelog records of the commit are made. */
  metadata(): string {
    const changes = new Map(this.stores.map((logged) => [logged.name, logged.change]))
    return encodeTaskMetadata({ ...this.task.metadata(), changes })
  }

  async drop(): Promise<void> {
    this.state = 'closed'
    await this.task.close()
  }

  /** What goes out is committed together with the stores and the position of its task. */
  #collect(add: () => void): void {
    if (this.isDropped) return
    this.dirty = true
    add()
  }

  #createTask(): Task {
    const { graph, node, tables, clock, random, appVersion, events } = this.#options
    return new Task({
      graph,
      node,
      partition: this.partition,
      stores: new Map(this.stores.map((logged) => [logged.name, logged.store])),
      tables,
      metadata: this.#metadata,
      clock,
      random,
      appVersion,
      events: {
        forwarded: (output) => this.#collect(() => events.forwarded(output)),
        deadLettered: (record) => this.#collect(() => events.deadLettered(record)),
        passed: (record) => {
          if (this.#current !== undefined) this.#current.position = record.offset + 1n
          this.dirty = true
        },
      },
    })
  }
}
