import type { Calls } from '../calls/calls.ts'
import { type Graph, groupOf, type ProcessorSpec } from '../graph.ts'
import type { GroupOffset } from '../log/local/medium.ts'
import type { Timed } from '../task/partition-group.ts'
import { isPromise, type QueuedRecord } from '../task/queued-record.ts'
import type { Task } from '../task/task.ts'
import { encodeDoneOnly, encodeTaskMetadata } from '../task/task-metadata.ts'
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
  /** Whether each call is waited for. */
  readonly #oneByOne: boolean
  #current: UnitQueue | undefined
  /** One by one: the end of the record that is being handled. */
  #whole: PromiseWithResolvers<void> = Promise.withResolvers()
  dirty = false
  busy = false
  /** There is no room for more calls. */
  #full = false
  #isHeld = false

  constructor(
    graph: Graph,
    task: Task,
    ports: { readonly group: UnitGroup; readonly metrics: NodeMetrics; readonly oneByOne: boolean },
  ) {
    const { group, metrics, oneByOne } = ports
    this.task = task
    this.#oneByOne = oneByOne
    this.#whole.promise.catch(() => {})
    this.node = task.node
    this.metrics = metrics
    this.#group = group
    this.#broadcastTopics = new Set(task.node.broadcast.map((name) => graph.topics[name]?.topic ?? name))
  }

  isBroadcast({ at }: Pick<UnitQueue, 'at'>): boolean {
    return this.#broadcastTopics.has(at.topic)
  }

  handle(queue: UnitQueue, item: Timed): void | Promise<void> {
    if (this.task.calls !== undefined) return this.#begin(this.task.calls, queue, item as QueuedRecord)
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

  /** The task is done with a record it was given. */
  passed(record: QueuedRecord): void {
    const { topic } = record.spec
    const queue = this.#current ?? this.queues.find(({ at }) => at.topic === topic && at.partition === record.partition)
    queue?.passed(record)
    this.dirty = true
  }

  /** Records whose calls have not ended, or whose turn has not come. */
  get inFlight(): number {
    return this.task.calls?.inFlight ?? 0
  }

  /** Completes what has ended, one after the other, unless something else of the task runs: then that does when it is over. */
  complete(ports: {
    readonly follow: (running: Promise<void>) => void
    readonly failed: (error: unknown) => void
  }): void {
    const { calls } = this.task
    if (calls === undefined) return
    for (let end = this.busy ? undefined : calls.takeEnded(); end !== undefined; end = calls.takeEnded()) {
      const { resolve, reject } = this.#whole
      const failed = (error: unknown): void => {
        reject(error)
        ports.failed(error)
      }
      try {
        const startedMs = this.metrics.start()
        const running = this.task.complete(end)
        this.metrics.processed(1, startedMs, end.tookMs)
        if (isPromise(running)) {
          ports.follow(this.alone(() => running).then(resolve, failed))
          break
        }
        resolve()
      } catch (error) {
        failed(error)
      }
    }
    this.#holdWhileFull(calls)
  }

  /** The earliest time of a record that is here and not done, but this one. */
  openMs(except: QueuedRecord): number {
    return Math.min(...this.queues.map((queue) => queue.openMs(except)))
  }

  #begin(calls: Calls, queue: UnitQueue, record: QueuedRecord): void | Promise<void> {
    queue.begin(record)
    if (this.#oneByOne) {
      this.#whole = Promise.withResolvers()
      calls.begin(record)
      return this.#whole.promise
    }
    calls.begin(record)
    this.#holdWhileFull(calls)
  }

  /** Records wait in the log while there is no room for more. */
  #holdWhileFull(calls: Calls): void {
    this.#full = !calls.hasRoom || !this.queues.every((queue) => queue.isTellable)
    this.#holdOrNot()
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
    return own.map((queue, i) => {
      if (!this.busy) queue.settle()
      const done = queue.done()
      const metadata = i === 0 ? encodeTaskMetadata({ ...this.task.metadata(), done }) : encodeDoneOnly(done)
      const committed = { offset: BigInt(queue.position), metadata }
      return { groupId: groupOf(graph, this.node.name), at: queue.at, committed }
    })
  }

  #setBusy(busy: boolean): void {
    this.busy = busy
    this.#holdOrNot()
  }

  #holdOrNot(): void {
    const isHeld = this.busy || this.#full
    if (isHeld === this.#isHeld) return
    this.#isHeld = isHeld
    for (const queue of this.queues) {
      if (isHeld) this.#group.pause(queue)
      else this.#group.resume(queue)
    }
  }
}
