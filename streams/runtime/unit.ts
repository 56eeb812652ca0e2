import { type SharedCalls, sharedCalls } from '../calls/calls.ts'
import type { Clock } from '../clock.ts'
import type { Graph, ProcessorSpec } from '../graph.ts'
import type { LocalLog, LogBatch } from '../log/local/local-log.ts'
import type { GroupOffset } from '../log/local/medium.ts'
import type { InputRecord } from '../record.ts'
import { type StoreChange, storeIdOf } from '../state/backing.ts'
import type { DeadLetter } from '../task/dead-letters.ts'
import type { TaskOutput } from '../task/outputs.ts'
import { PartitionGroup, type Timed } from '../task/partition-group.ts'
import { isPromise, QueuedRecord } from '../task/queued-record.ts'
import type { EngineLogger } from './logger.ts'
import { NodeMetrics } from './node-metrics.ts'
import type { SourceSlot } from './source-slot.ts'
import type { TableSlot } from './table-slot.ts'
import type { TaskSlot } from './task-slot.ts'
import { broadcastOffsets, tableOffsets } from './unit-offsets.ts'
import type { UnitGroup, UnitQueue } from './unit-queue.ts'

/** A queue with fewer records than this is read on. */
const LOW_RECORDS = 64

export interface UnitOptions {
  readonly graph: Graph
  readonly log: LocalLog
  /** Names of the nodes to run. */
  readonly nodes: ReadonlySet<string>
  readonly clock: Clock
  readonly random: () => number
  readonly logger: EngineLogger
  readonly appVersion: string
  /** Waits for each call and for every source's time: the result is the same in every run. */
  readonly boundedBySources: boolean
  readonly onForward: ((topicName: string, record: InputRecord) => void) | undefined
}

/**
 * All tasks of a graph as one unit over a local log. Handled next is always the oldest record that any task has waiting;
 * equally old ones go upstream first, then by topic and partition. Outputs get their offsets and reach the next tasks at
 * once, as objects; their bytes wait in a batch. A commit writes that batch, all offsets, all stores and all positions of
 * sources as one. So what a run gives depends on the log alone and not on when it committed or where it was killed.
 */
export class Unit {
  readonly options: UnitOptions
  readonly group: UnitGroup = new PartitionGroup<UnitQueue, Timed>()
  readonly tasks: TaskSlot[] = []
  readonly tables = new Map<string, TableSlot>()
  readonly sources: SourceSlot[] = []
  readonly metrics = new Map<string, NodeMetrics>()
  readonly #calls = new Map<string, SharedCalls>()
  readonly #readers = new Map<string, UnitQueue[][]>()
  readonly #inFlight = new Set<Promise<void>>()
  readonly #stopListening: () => void
  #queues: readonly UnitQueue[] = []
  #batch: LogBatch
  #grown = true
  #failure: { readonly error: unknown } | undefined
  /** Something to write since the last commit. */
  dirty = false
  /** Called when a call that took longer than its turn has ended: there may be more to do. */
  onSettled: () => void = () => {}

  constructor(options: UnitOptions) {
    this.options = options
    this.#batch = options.log.begin()
    this.#stopListening = options.log.onAppend(() => {
      this.#grown = true
    })
  }

  /** Adds the queues of all slots, once they are complete. */
  connect(queues: readonly UnitQueue[]): void {
    this.#queues = queues
    for (const queue of queues) {
      const partitions = this.#readers.get(queue.at.topic) ?? []
      this.#readers.set(queue.at.topic, partitions)
      const readers = partitions[queue.at.partition] ?? []
      partitions[queue.at.partition] = readers
      readers.push(queue)
    }
  }

  metricsOf(node: string): NodeMetrics {
    const metrics = this.metrics.get(node) ?? new NodeMetrics()
    this.metrics.set(node, metrics)
    return metrics
  }

  /** What the calls of a node's tasks share. */
  callsOf(node: ProcessorSpec): SharedCalls {
    const calls = this.#calls.get(node.name) ?? sharedCalls(node, this.options.clock)
    this.#calls.set(node.name, calls)
    return calls
  }

  /** Calls of a task have ended. */
  complete(slot: TaskSlot): void {
    this.dirty = true
    const failed = (error: unknown): void => {
      if (!this.options.boundedBySources) this.#failure ??= { error }
    }
    slot.complete({ follow: (running) => void this.#follow(running.then(() => this.complete(slot))), failed })
    this.onSettled()
  }

  /** Records and bytes that wait for the commit. */
  get pending(): { readonly records: number; readonly bytes: number } {
    return this.#batch
  }

  /** Nothing waits, nothing runs, all sources are done. */
  get idle(): boolean {
    if (this.#grown) this.#refill()
    const empty = this.group.size === 0 && !this.busy && !this.#queues.some((queue) => queue.behind)
    return empty && this.sources.every((source) => source.done && source.heldCount === 0)
  }

  get busy(): boolean {
    return this.#inFlight.size > 0 || this.tasks.some((slot) => slot.inFlight > 0)
  }

  /** Handles up to so many records; gives how many. Throws where a node's policy is to stop. */
  async pump(recordsMax: number): Promise<number> {
    let handled = 0
    while (handled < recordsMax) {
      this.#rethrow()
      if (this.#grown) this.#refill()
      const queue = this.group.peek()
      if (queue === undefined || !this.#isTime(queue)) break
      const item = this.group.poll() as Timed
      if (queue.behind && queue.size < LOW_RECORDS) this.#readOn(queue)
      handled += 1
      this.dirty = true
      const running = queue.owner.handle(queue, item)
      if (isPromise(running)) await this.#follow(running)
    }
    return handled
  }

  /** Calls the wall-clock timers that are due. */
  async punctuateWall(): Promise<void> {
    const nowMs = this.options.clock.now()
    for (const slot of this.tasks) {
      const isDue = (): boolean => !slot.busy && (slot.task.nextWallMs(nowMs) ?? Number.POSITIVE_INFINITY) <= nowMs
      // One by one, what a timer leads to is done before anything else; else the next turn sees to it.
      for (let again = isDue(); again; again = this.options.boundedBySources && isDue()) {
        this.dirty = true
        await this.#follow(slot.alone(() => slot.task.punctuateWall(nowMs)))
        if (this.options.boundedBySources) await slot.task.calls?.settled()
      }
    }
  }

  nextWallMs(nowMs: number): number | undefined {
    const times = this.tasks.flatMap((slot) => slot.task.nextWallMs(nowMs) ?? [])
    return times.length === 0 ? undefined : Math.min(...times)
  }

  /** Writes everything finished since the last commit as one. Throws DISK_FULL, having written nothing. */
  commit(): void {
    if (!this.dirty && this.#batch.records === 0) return
    const offsets: GroupOffset[] = []
    const stores: StoreChange[] = []
    for (const slot of this.tasks) {
      if (!slot.dirty) continue
      offsets.push(...slot.offsets(this.options.graph), ...broadcastOffsets(this.options.graph, slot, this.tasks))
      for (const [name, store] of slot.task.stores) {
        const entries = store.freeze()
        if (entries.size > 0) stores.push({ storeId: storeIdOf(slot.node.name, name, slot.task.partition), entries })
      }
    }
    for (const slot of this.tables.values()) if (slot.dirty) offsets.push(...tableOffsets(this.options.graph, slot))
    for (const slot of this.sources) if (slot.dirty) stores.push(...slot.changes())
    this.#batch.commit(offsets, stores)
    this.#batch = this.options.log.begin()
    for (const slot of this.tasks) if (slot.dirty) for (const store of slot.task.stores.values()) store.applied()
    for (const slot of this.sources) if (slot.dirty) for (const store of slot.task.stores.values()) store.applied()
    for (const slot of this.sources) if (slot.dirty) slot.committed(this.options.clock.now())
    for (const slot of [...this.tasks, ...this.tables.values(), ...this.sources]) slot.dirty = false
    this.dirty = false
  }

  /** Gives a record its offset and hands it to its readers. */
  append(output: TaskOutput): void {
    const { spec, record } = output
    const offset = this.#batch.append(record)
    const readers = this.#readers.get(record.topic)?.[record.partition]
    const { onForward } = this.options
    this.dirty = true
    if (readers === undefined && onForward === undefined) return
    const queued = new QueuedRecord(spec, { ...record, offset })
    const { partition, timestampMs, headers } = record
    queued.input = { topic: spec.name, partition, offset, timestampMs, key: output.key, value: output.value, headers }
    if (readers !== undefined) for (const queue of readers) queue.offer(this.group, queued)
    if (readers !== undefined) for (const queue of readers) if (queue.behind && queue.size === 0) this.#grown = true
    onForward?.(spec.name, queued.input)
  }

  deadLetter(record: DeadLetter): void {
    this.dirty = true
    this.#batch.append({ ...record, partition: 0 })
  }

  /** Waits for calls under way; those that have not begun stay for the next start. */
  async settle(): Promise<void> {
    await Promise.all(this.tasks.map((slot) => slot.task.calls?.stop()))
    while (this.#inFlight.size > 0) await Promise.race(this.#inFlight)
    this.#rethrow()
  }

  /** Drops what is not committed and closes the tasks. */
  async close(): Promise<void> {
    this.#stopListening()
    this.#batch.abandon()
    for (const { limits } of this.#calls.values()) limits.close()
    for (const slot of this.tasks) await slot.task.close()
    for (const slot of this.sources) await slot.task.close()
  }

  /** Bounded by sources: only what is strictly older than all that unfinished sources may still forward. */
  #isTime(queue: UnitQueue): boolean {
    if (!this.options.boundedBySources) return true
    const timestampMs = (queue.head() as Timed).timestampMs
    return this.sources.every((source) => source.done || timestampMs < source.forwardedMs)
  }

  async #follow(running: Promise<void>): Promise<void> {
    if (this.options.boundedBySources) return await running
    const followed = running
      .catch((error) => {
        this.#failure ??= { error }
      })
      .finally(() => {
        this.#inFlight.delete(followed)
        this.onSettled()
      })
    this.#inFlight.add(followed)
  }

  #rethrow(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }

  #refill(): void {
    this.#grown = false
    for (const queue of this.#queues) {
      if (!queue.behind) queue.notice(this.options.log)
      if (queue.behind && queue.size < LOW_RECORDS) this.#readOn(queue)
      while (queue.immediate && queue.behind) this.#readOn(queue)
    }
  }

  /** Where the queue waits for records of our own batch, that is committed first. */
  #readOn(queue: UnitQueue): void {
    if (queue.refill(this.group, this.options.log) || queue.size > 0) return
    this.commit()
    queue.refill(this.group, this.options.log)
  }
}
