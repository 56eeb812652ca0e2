import { type Clock, passedMs } from '../clock.ts'
import { StreamsError } from '../errors.ts'
import { type Graph, groupOf, type SinkSpec } from '../graph.ts'
import type { CommitBatch, LogConsumer, LogDriver } from '../log/port.ts'
import type { Sink } from '../processor.ts'
import { type LogRecord, partitionKey, type TopicPartition } from '../record.ts'
import { isRetriable } from '../task/backoff.ts'
import { topicOf } from '../task/outputs.ts'

const POLL_WAIT_MS = 250

type Positions = NonNullable<Sink['positions']>

/** What a sink's consumer gives, gathered into batches; one life of a member of the sink's group. */
export class SinkInput {
  readonly consumer: LogConsumer
  readonly assigned = new Set<string>()
  readonly #node: SinkSpec
  readonly #clock: Clock
  #gathered: LogRecord[] = []
  /** When the batch began. */
  #sinceMs: number | undefined
  #lost = 0
  #lostAtGather = 0
  #hurry = false

  constructor(options: {
    readonly graph: Graph
    readonly node: SinkSpec
    readonly driver: LogDriver
    readonly clock: Clock
    /** The sink's own, where it has one. */
    readonly positions?: Positions | undefined
  }) {
    const { graph, node, driver, clock, positions } = options
    this.#node = node
    this.#clock = clock
    const namesByTopic = new Map(node.from.map((name) => [topicOf(graph, name, node.name).topic, name]))
    this.consumer = driver.consumer({
      groupId: groupOf(graph, node.name),
      topics: node.from.map((name) => topicOf(graph, name, node.name).topic),
      broadcast: [],
      ...(positions === undefined ? {} : { startAt: (own) => startAt(own, namesByTopic, positions) }),
      listener: {
        assigned: async (partitions) => {
          for (const at of partitions) this.assigned.add(partitionKey(at))
        },
        revoked: async (partitions) => this.#letGo(partitions),
        lost: async (partitions) => {
          this.#lost += 1
          this.#letGo(partitions)
        },
      },
    })
  }

  /** What is gathered goes out now. */
  hurry(): void {
    this.#hurry = true
  }

  get isEmpty(): boolean {
    return this.#gathered.length === 0
  }

  /** Polls once; true when the batch is full, has waited long enough since its first record, or somebody is in a hurry. */
  async gather(): Promise<boolean> {
    const { batchRecordsMax, batchWaitMs } = this.#node
    const waitMs = Math.max(0, Math.min(POLL_WAIT_MS, batchWaitMs - this.#waitedMs()))
    const polled = await this.consumer.poll(batchRecordsMax - this.#gathered.length, waitMs)
    if (this.isEmpty) this.#sinceMs = polled.length === 0 ? undefined : this.#clock.now()
    for (const record of polled) this.#gathered.push(record)
    if (this.isEmpty) return false
    return this.#gathered.length >= batchRecordsMax || this.#hurry || this.#waitedMs() >= batchWaitMs
  }

  /** The batch; the next one begins. */
  take(): readonly LogRecord[] {
    const taken = this.#gathered
    this.#gathered = []
    this.#sinceMs = undefined
    this.#hurry = false
    this.#lostAtGather = this.#lost
    return taken
  }

  /** Offsets past a batch that was taken; none where partitions were lost meanwhile. */
  offsetsPast(records: readonly LogRecord[]): CommitBatch['offsets'] {
    if (this.#lost !== this.#lostAtGather) return new Map()
    return new Map(
      records.map(({ topic, partition, offset }) => {
        const at = { topic, partition }
        return [partitionKey(at), { at, committed: { offset: offset + 1n, metadata: '' } }]
      }),
    )
  }

  /** How long the batch has waited; an empty one has never begun. */
  #waitedMs(): number {
    return this.#sinceMs === undefined ? Number.NEGATIVE_INFINITY : passedMs(this.#clock, this.#sinceMs)
  }

  /** What was gathered of them is written by who has them next. */
  #letGo(partitions: readonly TopicPartition[]): void {
    const keys = new Set(partitions.map(partitionKey))
    for (const key of keys) this.assigned.delete(key)
    this.#gathered = this.#gathered.filter((record) => !keys.has(partitionKey(record)))
  }
}

/** The sink knows topics by their names in the topology, the log by those on it. */
async function startAt(
  partitions: readonly TopicPartition[],
  namesByTopic: ReadonlyMap<string, string>,
  positions: Positions,
): Promise<ReadonlyMap<string, bigint | 'earliest'>> {
  const named = partitions.map(({ topic, partition }) => ({ topic: namesByTopic.get(topic) ?? topic, partition }))
  try {
    const found = await positions(named)
    return new Map(
      partitions.flatMap((at, index) => {
        const position = found.get(partitionKey(named[index] as TopicPartition))
        return position === undefined ? [] : [[partitionKey(at), position] as const]
      }),
    )
  } catch (error) {
    // A driver takes what it does not know for a fault of its own.
    if (!isRetriable(error)) throw error
    throw new StreamsError('SINK_UNAVAILABLE', `where the sink stands: ${(error as Error).message}`, {}, error)
  }
}
