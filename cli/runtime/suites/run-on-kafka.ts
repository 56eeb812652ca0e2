import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Application,
  type Clock,
  type ClusterOperations,
  createApplication,
  deadLetterTopicOf,
  type Graph,
  type InputRecord,
  type LogDriver,
  type LogRecord,
  partitionOf,
  systemClock,
  topicsOf,
} from '../../../streams/index.ts'
import type { CheckedTopology, Outcome, Step, SuiteCase } from '../../../topology/index.ts'
import { collect } from './collect.ts'
import { partsOf } from './run-in-memory.ts'
import { type SuiteGraph, suiteGraph } from './suite-graph.ts'

export interface KafkaPorts {
  readonly driver: LogDriver
  readonly operations: ClusterOperations
  /** A prefix that nobody else has. */
  readonly prefix: string
}

/** The clock of a case: it begins when the case does, goes on as real time does, and can be moved ahead. */
class MovableClock implements Clock {
  #aheadMs: number

  constructor(startMs: number) {
    this.#aheadMs = startMs - Date.now()
  }

  now(): number {
    return Date.now() + this.#aheadMs
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal)
  }

  moveTo(ms: number): void {
    this.#aheadMs = Math.max(this.#aheadMs, ms - Date.now())
  }
}

/** Timers of wall-clock time are looked at this often and less. */
const TIMERS_SEEN_MS = 400
const DRAIN_MS = 20_000
/** So long it is seen to that nothing of a case is listed any more. */
const REMOVAL_MS = 20_000
const LOOK_EVERY_MS = 50

/** The same case on a real cluster, under topics of its own that are deleted afterwards. */
export async function runOnKafka(
  topology: CheckedTopology,
  nodes: readonly string[],
  suiteCase: SuiteCase,
  ports: KafkaPorts,
): Promise<Outcome> {
  const clock = new MovableClock(suiteCase.startMs)
  const whole = await suiteGraph(topology, { clock, nodes, name: ports.prefix })
  const suite = { ...whole, graph: onlyNeeded(whole.graph, suiteCase) }
  const stateDir = mkdtempSync(join(tmpdir(), 'stonks-suite-'))
  const run = new KafkaRun({ suite, nodes: partsOf(suite.graph, nodes), clock, stateDir, ...ports })
  try {
    await run.makeTopics()
    for (const step of suiteCase.steps) await run.step(step, suiteCase.startMs)
    await run.settle()
    return await collect(suite, suiteCase, {
      read: (topic) => run.read(topic),
      deadLetters: async (node) => {
        const topics = partsOf(suite.graph, [node]).map((part) => deadLetterTopicOf(suite.graph, part))
        return (await Promise.all(topics.map((topic) => run.readBytes(topic)))).flat()
      },
      stored: async (node, store, key) => run.stored(node, store, key),
    })
  } finally {
    await run.close()
    await removeAll(ports)
    rmSync(stateDir, { recursive: true, force: true })
  }
}

interface KafkaRunOptions extends KafkaPorts {
  readonly suite: SuiteGraph
  readonly nodes: readonly string[]
  readonly clock: MovableClock
  readonly stateDir: string
}

/**
 * Tables are whole before a process handles its first record. So a record of a table is written while nothing runs: whatever
 * follows finds it, as it does in memory.
 */
class KafkaRun {
  readonly #options: KafkaRunOptions
  readonly #tables: ReadonlySet<string>
  #application: Application | undefined

  constructor(options: KafkaRunOptions) {
    this.#options = options
    const { nodes } = options.suite.graph
    this.#tables = new Set(
      Object.values(nodes).flatMap((node) => (node.kind === 'processor' ? Object.values(node.tables) : [])),
    )
  }

  async step(step: Step, startMs: number): Promise<void> {
    const { clock, suite } = this.#options
    if (step.kind === 'advance') {
      clock.moveTo(clock.now() + step.ms)
      return await this.settle()
    }
    const timestampMs = startMs + step.afterMs
    clock.moveTo(timestampMs)
    const json = step.value
    const value = json === undefined ? undefined : suite.toValue(step.to, json, timestampMs)
    const spec = suite.graph.topics[step.to]
    if (spec === undefined) throw new TypeError(`there is no topic ${step.to}`)
    if (this.#tables.has(step.to)) await this.#stop()
    else await this.#start()
    const bytes = step.bytes ?? (value === undefined ? undefined : spec.value.serialize(value))
    await this.#write(spec.topic, spec.partitions, step.key, bytes, timestampMs)
    if (!this.#tables.has(step.to)) await this.settle()
  }

  /** Until everything that was caused is done, timers too. */
  async settle(): Promise<void> {
    const application = await this.#start()
    await application.whenIdle()
    await sleep(TIMERS_SEEN_MS)
    await application.whenIdle()
  }

  async read(topic: string): Promise<readonly InputRecord[]> {
    const spec = this.#options.suite.graph.topics[topic]
    if (spec === undefined) throw new TypeError(`there is no topic ${topic}`)
    const records = await this.readBytes(spec.topic)
    return await Promise.all(
      records.map(async (record) => ({
        ...at(record, topic),
        value: record.value === undefined ? undefined : await spec.value.deserialize(record.value),
      })),
    )
  }

  async readBytes(topic: string): Promise<readonly LogRecord[]> {
    const { driver } = this.#options
    const admin = await driver.admin()
    const ends = await admin.endOffsets(topic).finally(() => admin.close())
    const partitions = ends.map((_, partition) => ({ topic, partition }))
    const reader = await driver.reader(partitions.map((one) => ({ at: one, offset: 'earliest' as const })))
    const records: LogRecord[] = []
    try {
      while (partitions.some((one) => (reader.position?.(one) ?? 0n) < (ends[one.partition] ?? 0n)))
        records.push(...(await reader.poll(10_000, 50)))
      records.push(...(await reader.poll(10_000, 0)))
      return records
    } finally {
      await reader.close()
    }
  }

  stored(node: string, store: string, key: string): unknown {
    const { suite } = this.#options
    for (const part of partsOf(suite.graph, [node])) {
      const owner = suite.graph.nodes[part]
      if (owner?.kind !== 'processor' || !owner.stores.some((one) => one.name === store)) continue
      for (const one of this.#application?.store<unknown>(part, store) ?? []) {
        const value = one.get(key)
        if (value !== undefined) return value
      }
    }
    return undefined
  }

  async close(): Promise<void> {
    await this.#stop()
  }

  async #start(): Promise<Application> {
    if (this.#application !== undefined) return this.#application
    const { suite, nodes, clock, stateDir, driver, prefix } = this.#options
    const application = createApplication({ graph: suite.graph, nodes, driver, clock, stateDir, processId: prefix })
    this.#application = application
    await application.start()
    return application
  }

  async #stop(): Promise<void> {
    const application = this.#application
    this.#application = undefined
    await application?.drain(DRAIN_MS)
  }

  /** Once, before anything is written or run. */
  async makeTopics(): Promise<void> {
    const { operations, suite } = this.#options
    for (const { topic, partitions, cleanup } of topicsOf(suite.graph, { changelogs: true }))
      await operations.createTopic(topic, partitions, { 'cleanup.policy': cleanup, 'retention.ms': '-1' })
  }

  async #write(
    topic: string,
    partitions: number,
    key: string | undefined,
    value: Uint8Array | undefined,
    timestampMs: number,
  ): Promise<void> {
    const { driver, prefix } = this.#options
    const bytes = key === undefined ? undefined : Buffer.from(key)
    const partition = bytes === undefined ? 0 : partitionOf(bytes, partitions)
    const producer = await driver.producer({ guarantee: 'at_least_once', transactionalId: `${prefix}.suite` })
    try {
      const outputs = [{ topic, partition, timestampMs, key: bytes, value, headers: {} }]
      await producer.commit({ outputs, consumer: undefined, groupId: '', offsets: new Map() })
    } finally {
      await producer.close()
    }
  }
}

const at = (
  { partition, offset, timestampMs, key, headers }: LogRecord,
  topic: string,
): Omit<InputRecord, 'value'> => ({
  topic,
  partition,
  offset,
  timestampMs,
  headers,
  key: key === undefined ? undefined : Buffer.from(key).toString(),
})

/** Topics that a node of the case uses, or the case itself. */
function onlyNeeded(graph: Graph, suiteCase: SuiteCase): Graph {
  const used = Object.values(graph.nodes).flatMap((node) => [
    ...(node.kind === 'sink' ? [] : node.to),
    ...(node.kind === 'source' ? [] : node.from),
    ...(node.kind === 'processor' ? [...node.broadcast, ...Object.values(node.tables)] : []),
  ])
  const named = [
    ...suiteCase.steps.flatMap((step) => (step.kind === 'record' ? [step.to] : [])),
    ...suiteCase.expect.flatMap((one) => ('topic' in one.at ? [one.at.topic] : [])),
  ]
  const needed = new Set([...used, ...named])
  return { ...graph, topics: Object.fromEntries(Object.entries(graph.topics).filter(([name]) => needed.has(name))) }
}

/** A broker lists topics a moment longer than they are there, and some a moment later than they were made. */
async function removeAll({ operations, prefix }: KafkaPorts): Promise<void> {
  const isOurs = (name: string): boolean => name.startsWith(`${prefix}.`)
  const deleted = new Set<string>()
  const untilMs = performance.now() + REMOVAL_MS
  for (;;) {
    const left = (await operations.topics()).filter(({ topic }) => isOurs(topic))
    if (left.length === 0 || performance.now() > untilMs) break
    for (const { topicId } of left) if (!deleted.has(topicId)) await operations.deleteTopic(topicId)
    for (const { topicId } of left) deleted.add(topicId)
    await sleep(LOOK_EVERY_MS)
  }
  for (const { groupId } of await operations.groups()) if (isOurs(groupId)) await operations.deleteGroup(groupId)
}
