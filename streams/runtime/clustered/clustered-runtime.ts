import { passedMs } from '../../clock.ts'
import { StreamsError } from '../../errors.ts'
import { type AwaitedTasks, awaitedTasks } from '../../event-time/awaited.ts'
import type { Graph, ProcessorSpec } from '../../graph.ts'
import type { LogDriver } from '../../log/port.ts'
import { BufferedStore } from '../../state/buffered-store.ts'
import { topicOf } from '../../task/outputs.ts'
import type { NodeStatus, ReadOnlyStore, Runtime } from '../application-options.ts'
import { lagOf } from '../lag.ts'
import type { SinkRunner } from '../sink-runner.ts'
import { ProcessorRunner } from './processor-runner.ts'
import type { RunnerOptions } from './runner-options.ts'
import { SourceRunner } from './source-runner.ts'
import type { StateDisk } from './state-disk.ts'
import { TableFollower } from './table-follower.ts'

/** Asking the log how far everybody is costs requests. */
const LAG_EVERY_MS = 100

export interface ClusteredRuntimeOptions
  extends Omit<
    RunnerOptions,
    'node' | 'disk' | 'tables' | 'tablesCompleteMs' | 'awaited' | 'metrics' | 'calls' | 'committed'
  > {
  readonly graph: Graph
  readonly driver: LogDriver
  readonly nodes: ReadonlySet<string>
  /** Called once, at the start. Throws LOG_IN_USE. */
  readonly openDisk: () => StateDisk
  readonly createSink: (name: string) => SinkRunner
}

/**
 * Nodes against a log that is shared with other processes: every processor a member of its group, every source and sink a
 * loop of its own. Tables are whole before the first record is processed.
 */
export class ClusteredRuntime implements Runtime {
  readonly #options: ClusteredRuntimeOptions
  readonly #tables = new Map<string, TableFollower>()
  readonly #processors = new Map<string, ProcessorRunner>()
  readonly #sources: SourceRunner[] = []
  readonly #sinks: SinkRunner[] = []
  #disk: StateDisk | undefined
  #askedMs = 0
  #closed = false

  constructor(options: ClusteredRuntimeOptions) {
    this.#options = options
  }

  async start(fail: (error: unknown) => void): Promise<void> {
    const { graph, nodes, openDisk } = this.#options
    const disk = openDisk()
    const awaited = awaitedTasks(graph)
    this.#disk = disk
    const running = Object.values(graph.nodes).filter((node) => nodes.has(node.name))
    for (const node of running) {
      if (node.kind !== 'processor') continue
      for (const name of Object.values(node.tables)) await this.#follow(name, awaited)
    }
    // Closed while a table was waited for: nothing begins any more.
    if (this.#closed) return
    for (const node of running) {
      if (node.kind === 'source') this.#sources.push(new SourceRunner({ ...this.#options, node, disk, awaited }))
      if (node.kind === 'sink') this.#sinks.push(this.#options.createSink(node.name))
      if (node.kind === 'processor') this.#processors.set(node.name, this.#processor(node, disk, awaited))
    }
    for (const one of [...this.#sinks, ...this.#processors.values(), ...this.#sources]) one.start(fail)
  }

  async idle(): Promise<boolean> {
    const { driver, graph, nodes, clock } = this.#options
    for (const sink of this.#sinks) sink.hurry()
    const quiet = [...this.#processors.values()].map((runner) => runner.quiet)
    if (
      !this.#sources.every((source) => source.done) ||
      quiet.includes(false) ||
      this.#sinks.some((sink) => sink.writing)
    )
      return false
    if (passedMs(clock, this.#askedMs) < LAG_EVERY_MS) return false
    this.#askedMs = clock.now()
    const lags = await lagOf(driver, graph, { nodes: [...nodes], nowMs: clock.now() })
    return lags.every((lag) => lag.lagRecords === 0n)
  }

  async drain(): Promise<void> {
    await this.#close(false)
  }

  async abort(): Promise<void> {
    await this.#close(true)
  }

  status(): readonly NodeStatus[] {
    return [...this.#sources, ...this.#processors.values(), ...this.#sinks].map((one) => one.status())
  }

  store<V>(node: string, store: string): readonly ReadOnlyStore<V>[] {
    const spec = this.#options.graph.nodes[node]
    const stored = spec?.kind === 'processor' ? spec.stores.find((one) => one.name === store) : undefined
    if (stored === undefined) throw new StreamsError('TOPOLOGY_INVALID', `${node} has no store ${store}`, { node })
    const tasks = [...(this.#processors.get(node)?.session?.tasks.values() ?? [])]
    return tasks.flatMap((task) => {
      const logged = task.stores.find((one) => one.name === store)
      const backing = logged === undefined ? undefined : this.#disk?.backing(logged.storeId)
      return backing === undefined
        ? []
        : [new BufferedStore<V>(store, backing, () => task.task.streamTimeMs, stored.ttlMs)]
    })
  }

  #processor(node: ProcessorSpec, disk: StateDisk, awaited: AwaitedTasks): ProcessorRunner {
    const followers = Object.entries(node.tables).flatMap(([name, topic]) => {
      const follower = this.#tables.get(topic)
      return follower === undefined ? [] : [[name, follower] as const]
    })
    const tables = new Map(followers.map(([name, follower]) => [name, follower.table] as const))
    const tablesCompleteMs = (): number =>
      followers.reduce((least, [, follower]) => Math.min(least, follower.completeMs), Number.POSITIVE_INFINITY)
    return new ProcessorRunner({ ...this.#options, node, disk, tables, awaited, tablesCompleteMs })
  }

  async #follow(name: string, awaited: AwaitedTasks): Promise<void> {
    if (this.#tables.has(name)) return
    const spec = topicOf(this.#options.graph, name, 'a table')
    const follower = new TableFollower(spec, awaited.of(name), this.#options)
    this.#tables.set(name, follower)
    await follower.start()
  }

  async #close(drop: boolean): Promise<void> {
    this.#closed = true
    const runners = [...this.#sources, ...this.#processors.values()]
    const closed = await Promise.allSettled([
      ...runners.map((one) => one.close(drop)),
      ...this.#sinks.map((sink) => sink.close()),
    ])
    await Promise.allSettled([...this.#tables.values()].map((table) => table.close()))
    await this.#disk?.close()
    this.#disk = undefined
    for (const one of closed) if (one.status === 'rejected') throw one.reason
  }
}
