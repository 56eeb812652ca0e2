import type { AwaitedTasks } from '../../event-time/awaited.ts'
import { Idling } from '../../event-time/idling.ts'
import { InputPartition, type Lane } from '../../event-time/input-partition.ts'
import type { ProcessorSpec } from '../../graph.ts'
import type { LogDriver } from '../../log/port.ts'
import { partitionKey, type TopicPartition } from '../../record.ts'
import type { GlobalTable } from '../../state/global-table.ts'
import { topicOf } from '../../task/outputs.ts'
import { PartitionGroup } from '../../task/partition-group.ts'
import { isPromise, type QueuedRecord } from '../../task/queued-record.ts'
import { Task, type TaskEvents, type TaskOptions } from '../../task/task.ts'
import { decodeTaskMetadata, encodeTaskMetadata, NO_METADATA, type TaskMetadata } from '../../task/task-metadata.ts'
import type { NodeMetrics } from '../node-metrics.ts'
import type { TaskState } from '../states.ts'
import { LoggedStore, restoreStore } from './changelog.ts'
import type { StateDisk } from './state-disk.ts'
import type { TaskStart } from './task-start.ts'

export interface LogTaskOptions extends Pick<TaskOptions, 'graph' | 'clock' | 'random' | 'appVersion'> {
  readonly node: ProcessorSpec
  readonly driver: LogDriver
  readonly disk: StateDisk
  readonly tables: ReadonlyMap<string, GlobalTable<unknown>>
  readonly metrics: NodeMetrics
  readonly events: Omit<TaskEvents, 'passed'>
  readonly awaited: AwaitedTasks
  /** Up to when the tables of the node are complete in event time. */
  readonly tablesCompleteMs: () => number
  /** A call under way ended with an error: the node is to stop. */
  readonly failed: (error: unknown) => void
}

/**
 * A task fed by a consumer: its queues, its stores with their changelogs, and the call under way if there is one. Once it
 * is dropped nothing of it counts any more, not even a call that ends later.
 */
export class LogTask {
  readonly partition: number
  readonly group = new PartitionGroup<Lane, QueuedRecord>()
  readonly own: readonly InputPartition[]
  readonly shared: readonly InputPartition[]
  readonly stores: readonly LoggedStore[]
  readonly task: Task
  readonly #options: LogTaskOptions
  readonly #inputs: ReadonlyMap<string, InputPartition>
  readonly #idling: Idling
  /** What is behind is complete in event time: its outputs up to then are all written. */
  readonly #timed: readonly InputPartition[]
  readonly #metadata: TaskMetadata
  #current: Lane | undefined
  #tablesCompleteMs: number
  /** The watermark that was announced last. */
  announcedMs = Number.NEGATIVE_INFINITY
  state: TaskState = 'created'
  /** The call under way. Rejects where the node is to stop. */
  running: Promise<void> | undefined
  #dirty = false

  constructor(options: LogTaskOptions, partition: number, start: TaskStart) {
    const { node, graph, disk } = options
    this.#options = options
    this.partition = partition
    const first = start.committed.get(
      partitionKey({ topic: topicOf(graph, node.from[0] ?? '', node.name).topic, partition }),
    )
    this.#metadata = first === undefined ? NO_METADATA : decodeTaskMetadata(first.metadata)
    const input = (name: string, order: number, at: TopicPartition, from: bigint | undefined): InputPartition => {
      const earliest = start.starts.get(partitionKey(at)) ?? 0n
      return new InputPartition({
        order,
        at,
        position: from === undefined || from < earliest ? earliest : from,
        awaited: node.feedback?.includes(name) ? [] : options.awaited.of(name),
        byWriter: graph.eventTime !== undefined,
        progress: this.#metadata.lanes.get(partitionKey(at)) ?? new Map(),
      })
    }
    this.own = node.from.map((name, i) => {
      const at = { topic: topicOf(graph, name, node.name).topic, partition }
      return input(name, i, at, start.committed.get(partitionKey(at))?.offset)
    })
    this.shared = node.broadcast.flatMap((name, i) => {
      const { topic, partitions } = topicOf(graph, name, node.name)
      return Array.from({ length: partitions }, (_, p) => {
        const at: TopicPartition = { topic, partition: p }
        return input(name, this.own.length + i * partitions + p, at, this.#metadata.broadcast.get(partitionKey(at)))
      })
    })
    const inputs = [...this.own, ...this.shared]
    this.#inputs = new Map(inputs.map((one) => [one.key, one]))
    this.#timed = inputs.filter((one) => one.awaited.length > 0)
    this.#tablesCompleteMs = this.#metadata.tablesCompleteMs
    const maxTaskIdleMs = graph.eventTime?.maxTaskIdleMs ?? 0
    this.#idling = new Idling(inputs, () => this.#tablesComplete(), maxTaskIdleMs)
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

  /**
   * There is something to commit. Watermarks may arrive before the task has begun: what it would commit then lacks the timers
   * that its processor has yet to ask for.
   */
  get dirty(): boolean {
    return this.#dirty && this.state === 'running'
  }

  set dirty(dirty: boolean) {
    this.#dirty = dirty
  }

  get isDropped(): boolean {
    return this.state === 'closed'
  }

  offer(record: QueuedRecord): void {
    const input = this.#inputs.get(partitionKey({ topic: record.spec.topic, partition: record.partition }))
    // What is only noted is handled by that: its offset is to be committed, and those behind may be told of it.
    if (input?.offer(this.group, record) === 'noted') this.dirty = true
  }

  /** Something waits, and it is time for it. */
  get isReady(): boolean {
    const head = this.group.peek()?.head()
    if (head === undefined || this.running !== undefined || this.state !== 'running') return false
    return this.#idling.isTime(head.timestampMs, this.#options.clock.now())
  }

  /** Records are held back for what this partition has not brought yet. */
  isLacking(at: TopicPartition): boolean {
    const input = this.#inputs.get(partitionKey(at))
    return input !== undefined && this.#idling.isLacking(input)
  }

  /** No output that comes is older than this; undefined where no time is kept. */
  get watermarkMs(): number | undefined {
    if (this.#timed.length === 0) return undefined
    return Math.min(...this.#timed.map((input) => input.completeMs))
  }

  /** Handles records until one takes longer than a turn, or there were so many; gives how many. */
  process(recordsMax: number): number {
    const { metrics } = this.#options
    for (let handled = 0; handled < recordsMax; handled++) {
      if (!this.isReady) return handled
      const lane = this.group.peek()
      const record = this.group.poll()
      if (lane === undefined || record === undefined) return handled
      lane.input.taken(lane, record)
      this.#current = lane
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
    const broadcast = new Map(this.shared.map((input) => [input.key, input.position]))
    const lanes = new Map(
      [...this.#inputs.values()]
        .map((input) => [input.key, input.progress()] as const)
        .filter(([, { size }]) => size > 0),
    )
    const tablesCompleteMs = this.#tablesCompleteMs
    return encodeTaskMetadata({ ...this.task.metadata(), broadcast, changes, lanes, tablesCompleteMs })
  }

  #tablesComplete(): number {
    this.#tablesCompleteMs = Math.max(this.#tablesCompleteMs, this.#options.tablesCompleteMs())
    return this.#tablesCompleteMs
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
          this.#current?.input.passed(this.#current, record)
          this.dirty = true
        },
      },
    })
  }
}
