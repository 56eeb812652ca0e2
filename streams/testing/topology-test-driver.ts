import { deadLetterTopicOf, type Graph } from '../graph.ts'
import { LocalLog } from '../log/local/local-log.ts'
import { MemoryMedium } from '../log/local/memory-medium.ts'
import { partitionOf } from '../partition.ts'
import type { Headers, InputRecord, LogRecord } from '../record.ts'
import { buildUnit } from '../runtime/build-unit.ts'
import { topicsOf } from '../runtime/internal-topics.ts'
import { silentLogger } from '../runtime/logger.ts'
import type { Unit } from '../runtime/unit.ts'
import type { KeyValueStore } from '../state/store.ts'
import { topicOf } from '../task/outputs.ts'
import { QueuedRecord } from '../task/queued-record.ts'
import { ManualClock } from './manual-clock.ts'

export interface PipedRecord {
  readonly key: string | undefined
  /** `undefined` is a tombstone. */
  readonly value: unknown
  /** The driver's wall time unless given. */
  readonly timestampMs?: number
  readonly headers?: Headers
}

export interface TestDriverOptions {
  /** Wall time to begin with, epoch milliseconds. */
  readonly startMs: number
  readonly random?: () => number
  /** Nodes to run; all processors unless given. Sources and sinks do not run here: pipe their records, read their topics. */
  readonly nodes?: readonly string[]
}

/**
 * A graph's processors in memory, with time moved by hand: the same tasks, order and serialisation as in a real run.
 * `pipe` returns when everything it caused is done.
 */
export class TopologyTestDriver {
  readonly #graph: Graph
  readonly #clock: ManualClock
  readonly #log = new LocalLog(new MemoryMedium())
  readonly #random: () => number
  readonly #nodes: ReadonlySet<string>
  readonly #read = new Map<string, number>()
  #unit: Promise<Unit> | undefined

  constructor(graph: Graph, options: TestDriverOptions) {
    this.#graph = graph
    this.#clock = new ManualClock(options.startMs)
    this.#random = options.random ?? (() => 0.5)
    const processors = Object.values(graph.nodes).filter((node) => node.kind === 'processor')
    this.#nodes = new Set(options.nodes ?? processors.map((node) => node.name))
    this.#log.ensureTopics(topicsOf(graph, { changelogs: false }))
  }

  /** Appends a record and lets the graph finish with it. Rejects where a node's policy is to stop, or the value does not fit. */
  async pipe(topicName: string, record: PipedRecord): Promise<void> {
    const spec = topicOf(this.#graph, topicName, 'the test')
    const key = record.key === undefined ? undefined : Buffer.from(record.key)
    const value = record.value === undefined ? undefined : spec.value.serialize(record.value)
    await this.#append(topicName, key, value, record)
  }

  /** Appends bytes as they are: what another writer may have put there. */
  async pipeBytes(topicName: string, value: Uint8Array, record: Omit<PipedRecord, 'value'>): Promise<void> {
    await this.#append(topicName, record.key === undefined ? undefined : Buffer.from(record.key), value, record)
  }

  /** Records of a topic since the last `read` of it, partition by partition, decoded from their bytes. */
  async read(topicName: string): Promise<InputRecord[]> {
    const spec = topicOf(this.#graph, topicName, 'the test')
    const records = this.#unread(spec.topic, spec.partitions)
    return await Promise.all(records.map(async (record) => await new QueuedRecord(spec, record).decode()))
  }

  /** All dead letters of a node so far: original bytes, and headers telling what happened. */
  deadLetters(node: string): readonly LogRecord[] {
    return this.#log.read({ topic: deadLetterTopicOf(this.#graph, node), partition: 0 }, 0, 1_000_000).records
  }

  /** Moves wall time and calls the timers that are due then. */
  async advanceWallTime(ms: number): Promise<void> {
    this.#clock.advance(ms)
    const unit = await this.#started()
    await unit.punctuateWall()
    await this.#run(unit)
  }

  wallTimeMs(): number {
    return this.#clock.now()
  }

  /** A node's store. Run the driver once before: `await driver.start()` or any `pipe`. */
  async store<V>(node: string, name: string, partition = 0): Promise<KeyValueStore<V>> {
    const unit = await this.#started()
    const store = unit.tasks
      .find((slot) => slot.node.name === node && slot.task.partition === partition)
      ?.task.stores.get(name)
    if (store === undefined) throw new RangeError(`no store ${name} of ${node}_${partition}`)
    return store as unknown as KeyValueStore<V>
  }

  /** Ends the tasks and makes new ones from what was committed, as a process that is started again. */
  async restart(): Promise<void> {
    await this.close()
    this.#unit = undefined
  }

  async close(): Promise<void> {
    await (await this.#started()).close()
  }

  #started(): Promise<Unit> {
    this.#unit ??= buildUnit({
      graph: this.#graph,
      log: this.#log,
      nodes: this.#nodes,
      clock: this.#clock,
      random: this.#random,
      logger: silentLogger,
      appVersion: 'test',
      boundedBySources: true,
      onForward: undefined,
    })
    return this.#unit
  }

  async #append(
    topicName: string,
    key: Uint8Array | undefined,
    value: Uint8Array | undefined,
    record: Omit<PipedRecord, 'value'>,
  ): Promise<void> {
    const unit = await this.#started()
    const { topic, partitions } = topicOf(this.#graph, topicName, 'the test')
    const partition = key === undefined ? 0 : partitionOf(key, partitions)
    const batch = this.#log.begin()
    batch.append({
      topic,
      partition,
      timestampMs: record.timestampMs ?? this.#clock.now(),
      key,
      value,
      headers: record.headers ?? {},
    })
    batch.commit([], [])
    await this.#run(unit)
  }

  async #run(unit: Unit): Promise<void> {
    while ((await unit.pump(1_000)) > 0);
    unit.commit()
  }

  #unread(topic: string, partitions: number): LogRecord[] {
    return Array.from({ length: partitions }, (_, partition) => partition).flatMap((partition) => {
      const key = `${topic}-${partition}`
      const { records, next } = this.#log.read({ topic, partition }, this.#read.get(key) ?? 0, 1_000_000)
      this.#read.set(key, next)
      return [...records]
    })
  }
}
