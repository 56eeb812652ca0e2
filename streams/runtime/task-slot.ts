import { type Graph, groupOf, type ProcessorSpec } from '../graph.ts'
import type { GroupOffset } from '../log/local/medium.ts'
import type { Timed } from '../task/partition-group.ts'
import { isPromise, type QueuedRecord } from '../task/queued-record.ts'
import type { Task } from '../task/task.ts'
import { encodeTaskMetadata } from '../task/task-metadata.ts'
import type { NodeMetrics } from './node-metrics.ts'
import type { QueueOwner, UnitGroup, UnitQueue } from './unit-queue.ts'

/** A task inside the unit with its queues. While a call of it is under way its queues are paused, nobody else's. */
export class TaskSlot implements QueueOwner {
  readonly task: Task
  readonly node: ProcessorSpec
  readonly metrics: NodeMetrics
  readonly queues: UnitQueue[] = []
  readonly #group: UnitGroup
  readonly #broadcastTopics: ReadonlySet<string>
  #current: UnitQueue | undefined
  dirty = false
  busy = false

  constructor(graph: Graph, task: Task, group: UnitGroup, metrics: NodeMetrics) {
    this.task = task
    this.node = task.node
    this.metrics = metrics
    this.#group = group
    this.#broadcastTopics = new Set(task.node.broadcast.map((name) => graph.topics[name]?.topic ?? name))
  }

  isBroadcast(queue: UnitQueue): boolean {
    return this.#broadcastTopics.has(queue.at.topic)
  }

  handle(queue: UnitQueue, item: Timed): void | Promise<void> {
    this.#current = queue
    const startedMs = this.metrics.start()
    const running = this.task.process(item as QueuedRecord)
    if (!isPromise(running)) {
      this.metrics.processed(1, startedMs)
      return
    }
    this.#setBusy(true)
    return running.then(() => this.metrics.processed(1, startedMs)).finally(() => this.#setBusy(false))
  }

  /** The task is done with the record it was given. */
  passed(record: QueuedRecord): void {
    if (this.#current !== undefined) this.#current.position = Number(record.offset) + 1
    this.dirty = true
  }

  /** Runs something of the task that is not a record, its queues held meanwhile. */
  async alone(work: () => void | Promise<void>): Promise<void> {
    const running = work()
    this.dirty = true
    if (!isPromise(running)) return
    this.#setBusy(true)
    try {
      await running
    } finally {
      this.#setBusy(false)
    }
  }

  /** Offsets of its own partitions to commit, the task's metadata with the first. */
  offsets(graph: Graph): readonly GroupOffset[] {
    const own = this.queues.filter((queue) => !this.isBroadcast(queue))
    const metadata = encodeTaskMetadata(this.task.metadata())
    return own.map((queue, i) => {
      if (!this.busy) queue.settle()
      const committed = { offset: BigInt(queue.position), metadata: i === 0 ? metadata : '' }
      return { groupId: groupOf(graph, this.node.name), at: queue.at, committed }
    })
  }

  #setBusy(busy: boolean): void {
    this.busy = busy
    for (const queue of this.queues) {
      if (busy) this.#group.pause(queue)
      else this.#group.resume(queue)
    }
  }
}
