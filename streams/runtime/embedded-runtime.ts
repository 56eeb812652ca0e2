import { passedMs, waitAtMost, yieldToOthers } from '../clock.ts'
import { StreamsError } from '../errors.ts'
import { groupOf } from '../graph.ts'
import type { LocalDriver } from '../log/local/local-driver.ts'
import { storeIdOf } from '../state/backing.ts'
import { BufferedStore } from '../state/buffered-store.ts'
import { backoffMs } from '../task/backoff.ts'
import { topicOf } from '../task/outputs.ts'
import type { NodeStatus, ReadOnlyStore, Runtime } from './application-options.ts'
import { buildUnit } from './build-unit.ts'
import type { SinkRunner } from './sink-runner.ts'
import type { SourceSlot } from './source-slot.ts'
import { statusOf } from './task-status.ts'
import type { Unit, UnitOptions } from './unit.ts'
import { Wakeup } from './wakeup.ts'

const SLICE_RECORDS = 256
const PENDING_RECORDS_MAX = 8_000
const PENDING_BYTES_MAX = 8 * 1024 * 1024
/** Sources rest while this many records wait. */
const WAITING_RECORDS_MAX = 5_000
const SOURCE_IDLE_MS = 100
const QUIET_MS = 500
/** A commit waits for the disk: where that is slow there are fewer, so that they take no more than this share of the time. */
const COMMIT_SHARE = 0.1
/** How long a drain waits for calls under way; what they were given comes again at the next start. */
const CALLS_WAIT_MS = 7_000

export interface EmbeddedRuntimeOptions extends Omit<UnitOptions, 'log'> {
  readonly driver: LocalDriver
  readonly createSink: (name: string) => SinkRunner
}

/** The whole graph in this process over a log that keeps state itself: one unit, beside it a loop for each source and sink. */
export class EmbeddedRuntime implements Runtime {
  readonly #options: EmbeddedRuntimeOptions
  readonly #wakeup: Wakeup
  readonly #sinks: SinkRunner[] = []
  readonly #sourceWakeups: Wakeup[] = []
  #unit: Unit | undefined
  #stopping = false
  #lastCommitMs = 0
  #commitTookMs = 0
  #loop: Promise<void> = Promise.resolve()
  #stopListening = (): void => {}

  constructor(options: EmbeddedRuntimeOptions) {
    this.#options = options
    this.#wakeup = new Wakeup(options.clock)
  }

  async start(fail: (error: unknown) => void): Promise<void> {
    const { graph, nodes, driver } = this.#options
    const sinks = Object.values(graph.nodes).filter((node) => node.kind === 'sink' && nodes.has(node.name))
    const unit = await buildUnit({ ...this.#options, log: driver.localLog })
    this.#unit = unit
    unit.onSettled = () => this.#wakeup.wake()
    this.#stopListening = driver.localLog.onAppend(() => this.#wakeup.wake())
    for (const node of sinks) this.#sinks.push(this.#options.createSink(node.name))
    for (const sink of this.#sinks) sink.start(fail)
    this.#lastCommitMs = this.#options.clock.now()
    this.#loop = this.#run(unit).catch(fail)
    for (const slot of unit.sources) this.#runSource(unit, slot).catch(fail)
  }

  async idle(): Promise<boolean> {
    const unit = this.#unit
    if (unit === undefined || !unit.idle || unit.dirty) return false
    for (const sink of this.#sinks) sink.hurry()
    return this.#sinks.every((sink) => !sink.writing) && this.#sinkLag() === 0
  }

  async drain(): Promise<void> {
    await this.#stop()
    const unit = this.#unit
    if (unit === undefined) return
    await waitAtMost(this.#options.clock, unit.settle(), CALLS_WAIT_MS)
    unit.commit()
    await this.#close(unit)
  }

  async abort(): Promise<void> {
    await this.#stop()
    if (this.#unit !== undefined) await this.#close(this.#unit)
  }

  status(): readonly NodeStatus[] {
    const unit = this.#unit
    if (unit === undefined) return []
    const state = this.#stopping ? ('closed' as const) : ('running' as const)
    const processors = Object.values(this.#options.graph.nodes).flatMap((node): NodeStatus[] => {
      const slots = unit.tasks.filter((slot) => slot.node.name === node.name)
      if (slots.length === 0) return []
      const tasks = slots.map(({ task }) => ({ taskId: task.taskId, state, streamTimeMs: task.streamTimeMs }))
      const counts = unit.metricsOf(node.name).counts()
      const extra =
        node.kind === 'processor'
          ? statusOf(
              unit.callsOf(node),
              slots.map(({ task }) => task),
            )
          : {}
      return [{ node: node.name, kind: 'processor', state, tasks, ...counts, ...extra }]
    })
    const sources = unit.sources.map((slot): NodeStatus => {
      const counts = slot.metrics.counts()
      const now = slot.done ? 'done' : counts.lastError === undefined ? state : 'failing'
      return {
        node: slot.task.node.name,
        kind: 'source',
        state: now,
        tasks: [{ taskId: slot.task.taskId, state, streamTimeMs: slot.forwardedMs }],
        ...counts,
      }
    })
    return [...sources, ...processors, ...this.#sinks.map((sink) => sink.status())]
  }

  store<V>(node: string, store: string): readonly ReadOnlyStore<V>[] {
    const slots = this.#unit?.tasks.filter((slot) => slot.node.name === node) ?? []
    return slots.map((slot) => {
      const backing = this.#options.driver.localLog.backing(storeIdOf(node, store, slot.task.partition))
      const spec = slot.node.stores.find((one) => one.name === store)
      if (spec === undefined) throw new StreamsError('TOPOLOGY_INVALID', `${node} has no store ${store}`, { node })
      return new BufferedStore<V>(store, backing, () => slot.task.streamTimeMs, spec.ttlMs)
    })
  }

  async #run(unit: Unit): Promise<void> {
    const { clock } = this.#options
    while (!this.#stopping) {
      const handled = await unit.pump(SLICE_RECORDS)
      await unit.punctuateWall()
      if (this.#isCommitDue(unit) || (handled === 0 && unit.dirty && unit.idle)) this.#commit(unit)
      if (handled > 0) await yieldToOthers(clock)
      else await this.#wakeup.wait(this.#restMs(unit))
    }
  }

  #isCommitDue(unit: Unit): boolean {
    if (!unit.dirty) return false
    if (unit.pending.records >= PENDING_RECORDS_MAX || unit.pending.bytes >= PENDING_BYTES_MAX) return true
    return passedMs(this.#options.clock, this.#lastCommitMs) >= this.#commitIntervalMs()
  }

  #commit(unit: Unit): void {
    const startedMs = this.#options.clock.now()
    unit.commit()
    this.#lastCommitMs = this.#options.clock.now()
    this.#commitTookMs = this.#lastCommitMs - startedMs
  }

  /** The shortest of the nodes running here, as the unit commits as one; longer where the disk is slow. */
  #commitIntervalMs(): number {
    const { graph, nodes } = this.#options
    const shortest = Math.min(
      ...Object.values(graph.nodes).map((node) =>
        node.kind !== 'sink' && nodes.has(node.name) ? node.commitIntervalMs : QUIET_MS,
      ),
    )
    return Math.max(shortest, this.#commitTookMs / COMMIT_SHARE)
  }

  #restMs(unit: Unit): number {
    const nowMs = this.#options.clock.now()
    const passed = passedMs(this.#options.clock, this.#lastCommitMs)
    const commitMs = unit.dirty ? this.#commitIntervalMs() - passed : QUIET_MS
    return Math.max(1, Math.min(QUIET_MS, commitMs, (unit.nextWallMs(nowMs) ?? nowMs + QUIET_MS) - nowMs))
  }

  /** Polls while there is room. Trouble is waited out, however long: the node's health tells. */
  async #runSource(unit: Unit, slot: SourceSlot): Promise<void> {
    const { clock, random, boundedBySources } = this.#options
    const wakeup = new Wakeup(clock)
    this.#sourceWakeups.push(wakeup)
    for (let attempt = 0; !this.#stopping && !slot.done; ) {
      if ((boundedBySources ? slot.heldCount : unit.group.size) >= WAITING_RECORDS_MAX) {
        await yieldToOthers(clock)
        continue
      }
      try {
        const startedMs = slot.metrics.start()
        const polled = await slot.task.poll()
        if (this.#stopping) return
        if (slot.take(polled)) unit.dirty = true
        slot.metrics.processed(polled.outputs.length, startedMs)
        if (attempt > 0) slot.metrics.recovered()
        attempt = 0
        this.#wakeup.wake()
        if (polled.progress === 'idle') await wakeup.wait(SOURCE_IDLE_MS)
        else await yieldToOthers(clock)
      } catch (error) {
        if (slot.task.node.errors.then === 'stop' && attempt >= slot.task.node.errors.retryMax) throw error
        attempt += 1
        slot.metrics.failed(error, clock.now())
        await wakeup.wait(backoffMs(slot.task.node.errors, attempt, random))
      }
    }
  }

  /** Records that running sinks have not committed. */
  #sinkLag(): number {
    const { graph, nodes, driver } = this.#options
    let lag = 0
    for (const node of Object.values(graph.nodes)) {
      if (node.kind !== 'sink' || !nodes.has(node.name)) continue
      for (const name of node.from) {
        const { topic, partitions } = topicOf(graph, name, node.name)
        for (let partition = 0; partition < partitions; partition++) {
          const at = { topic, partition }
          const committed = driver.localLog.committed(groupOf(graph, node.name), at)?.offset
          lag += driver.localLog.stableOffset(at) - Number(committed ?? driver.localLog.startOffset(at))
        }
      }
    }
    return lag
  }

  async #stop(): Promise<void> {
    this.#stopping = true
    this.#stopListening()
    for (const wakeup of [this.#wakeup, ...this.#sourceWakeups]) wakeup.wake()
    await this.#loop
  }

  async #close(unit: Unit): Promise<void> {
    await Promise.all(this.#sinks.map((sink) => sink.close()))
    await unit.close()
  }
}
