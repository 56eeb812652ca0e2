import { StreamsError } from '../../errors.ts'
import type { LogRecord, ProducerRecord, TopicPartition } from '../../record.ts'
import type { StoreBacking, StoreChange } from '../../state/backing.ts'
import type { CommittedOffset, TopicConfig } from '../port.ts'
import type { AppendedPart, GroupOffset, LogMedium } from './medium.ts'

interface PartitionState {
  readonly at: TopicPartition
  /** Next offset to promise. */
  end: number
}

/** Records on their way, offsets already theirs. Commit or abandon it; until then readers stop before its first record. */
export interface LogBatch {
  readonly records: number
  readonly bytes: number
  append(record: ProducerRecord): bigint
  /** Writes records, offsets and store changes as one; throws DISK_FULL, having written nothing. */
  commit(offsets: readonly GroupOffset[], stores: readonly StoreChange[]): void
  abandon(): void
}

/**
 * The log of one process over a medium. Offsets are given out when a record is appended to a batch, before it is written,
 * so that a reader in this process may have the record at once. Whoever reads the log itself sees a partition up to its
 * stable end: the first offset of the oldest open batch in it. So nothing is read before it is committed, and nothing
 * is skipped because a later batch was faster. An abandoned batch leaves a gap in the offsets, as an aborted one in Kafka.
 */
export class LocalLog {
  readonly #medium: LogMedium
  readonly #partitions = new Map<string, readonly PartitionState[]>()
  readonly #configs = new Map<string, TopicConfig>()
  readonly #open = new Set<Batch>()
  readonly #listeners = new Set<() => void>()

  constructor(medium: LogMedium) {
    this.#medium = medium
    for (const topic of medium.topics()) this.#know(topic)
  }

  get topics(): ReadonlyMap<string, TopicConfig> {
    return this.#configs
  }

  /** Creates what is missing. Throws TOPOLOGY_INVALID where a topic exists with other partitions. */
  ensureTopics(topics: readonly TopicConfig[]): void {
    const missing = topics.filter((topic) => {
      const existing = this.#configs.get(topic.topic)
      if (existing === undefined || existing.partitions === topic.partitions) return existing === undefined
      const message = `topic ${topic.topic} has ${existing.partitions} partitions, not ${topic.partitions}; rename it or keep the count`
      throw new StreamsError('TOPOLOGY_INVALID', message, { topic: topic.topic })
    })
    if (missing.length === 0) return
    this.#medium.createTopics(missing)
    for (const topic of missing) this.#know(topic)
  }

  /** Next offset to be promised. */
  endOffset(at: TopicPartition): number {
    return this.#state(at).end
  }

  /** Where readers have to stop for now. */
  stableOffset(at: TopicPartition): number {
    const state = this.#state(at)
    let stable = state.end
    for (const batch of this.#open) stable = Math.min(stable, batch.firstOffset(state) ?? stable)
    return stable
  }

  startOffset(at: TopicPartition): number {
    return this.#medium.bounds(at).start
  }

  /** Committed records from an offset on, and the offset to go on from. */
  read(
    at: TopicPartition,
    from: number,
    recordsMax: number,
  ): { readonly records: readonly LogRecord[]; readonly next: number } {
    const stable = this.stableOffset(at)
    if (from >= stable) return { records: [], next: from }
    const read = this.#medium.read(at, from, recordsMax)
    const past = read.findIndex((record) => record.offset >= stable)
    const records = past < 0 ? read : read.slice(0, past)
    const last = records.at(-1)
    const complete = past >= 0 || read.length < recordsMax
    return { records, next: complete || last === undefined ? stable : Number(last.offset) + 1 }
  }

  committed(groupId: string, at: TopicPartition): CommittedOffset | undefined {
    return this.#medium.committed(groupId, at)
  }

  backing(storeId: string): StoreBacking {
    return this.#medium.backing(storeId)
  }

  begin(): LogBatch {
    const batch = new Batch((record) => this.#state(record), {
      commit: (done, offsets, stores) => {
        this.#medium.write({ parts: done.parts(), offsets, stores })
        this.#open.delete(done)
        if (done.records > 0) for (const listener of this.#listeners) listener()
      },
      abandon: (done) => this.#open.delete(done),
    })
    this.#open.add(batch)
    return batch
  }

  /** Calls back after each commit that wrote records; gives back how to stop that. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    await this.#medium.close()
  }

  #know(config: TopicConfig): void {
    this.#configs.set(config.topic, config)
    const partitions = Array.from({ length: config.partitions }, (_, partition) => {
      const at = { topic: config.topic, partition }
      return { at, end: this.#medium.bounds(at).end }
    })
    this.#partitions.set(config.topic, partitions)
  }

  #state(at: TopicPartition): PartitionState {
    const state = this.#partitions.get(at.topic)?.[at.partition]
    if (state !== undefined) return state
    throw new StreamsError('TOPIC_MISSING', `the log has no ${at.topic}-${at.partition}`, {
      topic: at.topic,
      partition: at.partition,
    })
  }
}

interface BatchPorts {
  commit(batch: Batch, offsets: readonly GroupOffset[], stores: readonly StoreChange[]): void
  abandon(batch: Batch): void
}

class Batch implements LogBatch {
  readonly #stateOf: (at: TopicPartition) => PartitionState
  readonly #ports: BatchPorts
  readonly #parts = new Map<PartitionState, { at: TopicPartition; offsets: number[]; records: ProducerRecord[] }>()
  records = 0
  bytes = 0

  constructor(stateOf: (at: TopicPartition) => PartitionState, ports: BatchPorts) {
    this.#stateOf = stateOf
    this.#ports = ports
  }

  append(record: ProducerRecord): bigint {
    const state = this.#stateOf(record)
    const offset = state.end
    state.end += 1
    let part = this.#parts.get(state)
    if (part === undefined) {
      part = { at: state.at, offsets: [], records: [] }
      this.#parts.set(state, part)
    }
    part.offsets.push(offset)
    part.records.push(record)
    this.records += 1
    this.bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0) + 32
    return BigInt(offset)
  }

  firstOffset(state: PartitionState): number | undefined {
    return this.#parts.get(state)?.offsets[0]
  }

  parts(): readonly AppendedPart[] {
    return [...this.#parts.values()]
  }

  commit(offsets: readonly GroupOffset[], stores: readonly StoreChange[]): void {
    this.#ports.commit(this, offsets, stores)
  }

  abandon(): void {
    this.#ports.abandon(this)
  }
}
