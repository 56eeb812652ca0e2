import type { SharedCalls } from '../../calls/calls.ts'
import type { AwaitedTasks } from '../../event-time/awaited.ts'
import { Idling } from '../../event-time/idling.ts'
import type { InputPartition, Lane } from '../../event-time/input-partition.ts'
import { type ProcessorSpec, storesOf } from '../../graph.ts'
import type { LogDriver } from '../../log/port.ts'
import type { TopicPartition } from '../../record.ts'
import type { GlobalTable } from '../../state/global-table.ts'
import { PartitionGroup } from '../../task/partition-group.ts'
import { isPromise, type QueuedRecord } from '../../task/queued-record.ts'
import { Task, type TaskEvents, type TaskOptions } from '../../task/task.ts'
import { encodeTaskMetadata } from '../../task/task-metadata.ts'
import type { NodeMetrics } from '../node-metrics.ts'
import type { TaskState } from '../states.ts'
import { LoggedStore, restoreStore } from './changelog.ts'
import type { StateDisk } from './state-disk.ts'
import { TaskInputs } from './task-inputs.ts'
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
  readonly calls: SharedCalls
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
  readonly inputs: TaskInputs
  readonly stores: readonly LoggedStore[]
  readonly task: Task
  readonly #options: LogTaskOptions
  readonly #idling: Idling
  /** Where the record that is being handled came from; not used where several are. */
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
    this.inputs = new TaskInputs(options, partition, start)
    this.#tablesCompleteMs = this.inputs.metadata.tablesCompleteMs
    const maxTaskIdleMs = graph.eventTime?.maxTaskIdleMs ?? 0
    this.#idling = new Idling(this.inputs.all, () => this.#tablesComplete(), maxTaskIdleMs)
    this.stores = storesOf(node).map(
      (spec) => new LoggedStore(graph, node.name, spec, partition, disk, () => this.#timeOf(spec.name)),
    )
    this.task = this.#createTask()
  }

  /** Restores the stores and starts the processor. */
  async start(): Promise<void> {
    const { driver, disk, node, clock } = this.#options
    this.state = 'restoring'
    for (const logged of this.stores) {
      const lastChange = this.inputs.metadata.changes.get(logged.name)
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
    const input = this.inputs.of(record)
    // What is only noted is handled by that: its offset is to be committed, and those behind may be told of it.
    if (input?.offer(this.group, record) === 'noted') this.dirty = true
  }

  /** Something waits, and it is time for it. */
  get isReady(): boolean {
    const lane = this.group.peek()
    const head = lane?.head()
    if (lane === undefined || head === undefined || this.running !== undefined || this.state !== 'running') return false
    const { calls } = this.task
    if (calls !== undefined && !(calls.hasRoom && lane.input.isTellable(head))) return false
    return this.#idling.isTime(head.timestampMs, this.#options.clock.now())
  }

  /** Records are held back for what this partition has not brought yet. */
  isLacking(at: TopicPartition): boolean {
    const input = this.inputs.at(at)
    return input !== undefined && this.#idling.isLacking(input)
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
      if (this.task.calls !== undefined) {
        this.task.calls.begin(record)
        continue
      }
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

  /** No output that comes is older than this; undefined where no time is kept. What is parked has yet to come. */
  get watermarkMs(): number | undefined {
    const { watermarkMs } = this.inputs
    return watermarkMs === undefined ? undefined : Math.min(watermarkMs, this.task.parkedSinceMs)
  }

  /** Records whose calls have not ended, or whose turn has not come. */
  get inFlight(): number {
    return this.task.calls?.inFlight ?? 0
  }

  /** Completes what has ended, one after the other, unless something else of the task runs. */
  #complete(): void {
    const { calls } = this.task
    while (calls !== undefined && this.running === undefined && this.state === 'running') {
      const end = calls.takeEnded()
      if (end === undefined) return
      const startedMs = this.#options.metrics.start()
      try {
        const running = this.task.complete(end)
        if (isPromise(running)) this.follow(running)
      } catch (error) {
        this.#options.failed(error)
        return
      }
      this.#options.metrics.processed(1, startedMs, end.tookMs)
    }
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
      this.#complete()
    })
    this.running = followed.catch((error) => {
      if (!this.isDropped) this.#options.failed(error)
    })
  }

  /** Metadata for the commit, beside the offset of one of its own partitions; after the changelog records of the commit are made. */
  metadataOf(input: InputPartition): string {
    if (input !== this.inputs.own[0]) return this.inputs.doneOf(input)
    const changes = new Map(this.stores.map((logged) => [logged.name, logged.change]))
    const tablesCompleteMs = this.#tablesCompleteMs
    return encodeTaskMetadata({ ...this.task.metadata(), ...this.inputs.progress(), changes, tablesCompleteMs })
  }

  /** What a store's time to live is counted by. An answer in a memo was paid for now, whatever its record's time. */
  #timeOf(store: string): number {
    return store === this.#options.node.calls?.memo ? this.#options.clock.now() : this.task.streamTimeMs
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
    const { graph, node, tables, clock, random, appVersion, events, calls } = this.#options
    return new Task({
      graph,
      node,
      partition: this.partition,
      stores: new Map(this.stores.map((logged) => [logged.name, logged.store])),
      tables,
      metadata: this.inputs.metadata,
      clock,
      random,
      appVersion,
      events: {
        forwarded: (output) => this.#collect(() => events.forwarded(output)),
        deadLettered: (record) => this.#collect(() => events.deadLettered(record)),
        passed: (record) => {
          const input = this.#current?.input ?? this.inputs.of(record)
          input?.passed(record)
          this.dirty = true
        },
      },
      calls: {
        shared: calls,
        ended: () => this.#complete(),
        remembered: () => {
          this.dirty = true
        },
        earliestOpenMs: (except) => this.inputs.openMs(except),
      },
    })
  }
}
