import { decodeDone, NOTHING_DONE } from '../../calls/done-offsets.ts'
import type { AwaitedTasks } from '../../event-time/awaited.ts'
import { InputPartition, type LaneProgress } from '../../event-time/input-partition.ts'
import type { Graph, ProcessorSpec } from '../../graph.ts'
import { partitionKey, type TopicPartition } from '../../record.ts'
import { topicOf } from '../../task/outputs.ts'
import type { QueuedRecord } from '../../task/queued-record.ts'
import { decodeTaskMetadata, doneIn, encodeDoneOnly, NO_METADATA, type TaskMetadata } from '../../task/task-metadata.ts'
import type { TaskStart } from './task-start.ts'

export interface TaskInputsOptions {
  readonly graph: Graph
  readonly node: ProcessorSpec
  readonly awaited: AwaitedTasks
}

/** The input partitions of a task: its own, one of each topic, and those it shares with all tasks of its node. */
export class TaskInputs {
  readonly own: readonly InputPartition[]
  readonly shared: readonly InputPartition[]
  readonly all: readonly InputPartition[]
  /** What was committed beside the offsets. */
  readonly metadata: TaskMetadata
  readonly #options: TaskInputsOptions
  readonly #start: TaskStart
  readonly #byKey: ReadonlyMap<string, InputPartition>
  /** What is behind is complete in event time: its outputs up to then are all written. */
  readonly #timed: readonly InputPartition[]

  constructor(options: TaskInputsOptions, partition: number, start: TaskStart) {
    const { graph, node } = options
    this.#options = options
    this.#start = start
    const partitionOf = (name: string): TopicPartition => ({ topic: topicOf(graph, name, node.name).topic, partition })
    const first = start.committed.get(partitionKey(partitionOf(node.from[0] ?? '')))
    this.metadata = first === undefined ? NO_METADATA : decodeTaskMetadata(first.metadata)
    this.own = node.from.map((name, i) => {
      const committed = start.committed.get(partitionKey(partitionOf(name)))
      return this.#input(name, i, partitionOf(name), committed?.offset, doneIn(committed?.metadata ?? ''))
    })
    this.shared = node.broadcast.flatMap((name, i) => {
      const { topic, partitions } = topicOf(graph, name, node.name)
      return Array.from({ length: partitions }, (_, p) => {
        const at: TopicPartition = { topic, partition: p }
        const from = this.metadata.broadcast.get(partitionKey(at))
        return this.#input(name, this.own.length + i * partitions + p, at, from, '')
      })
    })
    this.all = [...this.own, ...this.shared]
    this.#byKey = new Map(this.all.map((one) => [one.key, one]))
    this.#timed = this.all.filter((one) => one.awaited.length > 0)
  }

  at(at: TopicPartition): InputPartition | undefined {
    return this.#byKey.get(partitionKey(at))
  }

  of({ spec: { topic }, partition }: QueuedRecord): InputPartition | undefined {
    return this.#byKey.get(partitionKey({ topic, partition }))
  }

  /** No output that comes is older than this; undefined where no time is kept. */
  get watermarkMs(): number | undefined {
    if (this.#timed.length === 0) return undefined
    return Math.min(...this.#timed.map((input) => input.completeMs))
  }

  /** The earliest time of a record that is here and not done, but this one; -Infinity while what was done comes by again. */
  openMs(except: QueuedRecord): number {
    if (this.own.some((input) => input.isCatchingUp)) return Number.NEGATIVE_INFINITY
    return Math.min(...this.own.map((input) => input.openMs(except)))
  }

  /** For the metadata beside the offset of the first. */
  progress(): {
    readonly broadcast: ReadonlyMap<string, bigint>
    readonly lanes: ReadonlyMap<string, ReadonlyMap<string, LaneProgress>>
    readonly done: string
  } {
    const lanes = this.all.map((input) => [input.key, input.progress()] as const).filter(([, { size }]) => size > 0)
    return {
      broadcast: new Map(this.shared.map((input) => [input.key, input.position])),
      lanes: new Map(lanes),
      done: this.own[0]?.done() ?? '',
    }
  }

  /** For the metadata beside the offset of another. */
  doneOf(input: InputPartition): string {
    return encodeDoneOnly(input.done())
  }

  #input(name: string, order: number, at: TopicPartition, from: bigint | undefined, done: string): InputPartition {
    const { graph, node, awaited } = this.#options
    const earliest = this.#start.starts.get(partitionKey(at)) ?? 0n
    return new InputPartition({
      order,
      at,
      position: from === undefined || from < earliest ? earliest : from,
      awaited: node.feedback?.includes(name) ? [] : awaited.of(name),
      byWriter: graph.eventTime !== undefined,
      progress: this.metadata.lanes.get(partitionKey(at)) ?? new Map(),
      done: from === undefined ? NOTHING_DONE : decodeDone(from, done),
    })
  }
}
