import type { Guarantee } from '../graph.ts'
import type { LogRecord, ProducerRecord, TopicPartition } from '../record.ts'

/** What a driver can promise; `validate` refuses a guarantee that it cannot. */
export interface Capabilities {
  readonly guarantees: readonly Guarantee[]
  /** Output, offsets and state commit in one local transaction (embedded): no changelog is needed. */
  readonly transactionalState: boolean
}

export interface TopicConfig {
  readonly topic: string
  readonly partitions: number
  readonly cleanup: 'delete' | 'compact'
  /** Kafka counts it from a record's own time, the embedded log from its append; negative is for ever. */
  readonly retentionMs: number
}

/** An offset to continue from (the next to read), with up to 3,000 characters of the committer's own. */
export interface CommittedOffset {
  readonly offset: bigint
  readonly metadata: string
}

export interface LogAdmin {
  /** Creates what is missing, and keeps records longer where that is asked for. Throws TOPOLOGY_INVALID where an existing topic has other partitions. */
  ensureTopics(topics: readonly TopicConfig[]): Promise<void>
  listTopics(): Promise<readonly { readonly topic: string; readonly partitions: number }[]>
  /** Next offset to be written, per partition (the last stable one where transactions are used). */
  endOffsets(topic: string): Promise<readonly bigint[]>
  /**
   * Next offset to be written, per partition, with what transactions have written that are not ended; left out by a driver
   * whose ends are always stable. A commit may have been answered and count, and its markers not be everywhere yet.
   */
  writtenEnds?(topic: string): Promise<readonly bigint[]>
  startOffsets(topic: string): Promise<readonly bigint[]>
  /** Committed offsets of a group; a partition never committed is absent. */
  committedOffsets(groupId: string, topics: readonly string[]): Promise<ReadonlyMap<string, CommittedOffset>>
  close(): Promise<void>
}

/** What happens to a group member. Callbacks are awaited before the next poll returns; a revoke may still commit. */
export interface AssignmentListener {
  assigned(partitions: readonly TopicPartition[]): Promise<void>
  revoked(partitions: readonly TopicPartition[]): Promise<void>
  /** Gone already: nothing of them may be committed any more. */
  lost(partitions: readonly TopicPartition[]): Promise<void>
}

export interface ConsumerOptions {
  readonly groupId: string
  /** Partitions shared out over the group's members. */
  readonly topics: readonly string[]
  /** Topics read whole by every member that owns a partition of `topics`; reported as assigned along with them. */
  readonly broadcast: readonly string[]
  readonly listener: AssignmentListener
  /**
   * Where partitions begin whose progress is kept elsewhere, by `partitionKey`, asked at every assignment before `assigned`.
   * Those left out begin at their committed offset. Where it throws, the next poll asks again.
   */
  readonly startAt?: (partitions: readonly TopicPartition[]) => Promise<ReadonlyMap<string, bigint | 'earliest'>>
}

/** A member of a consumer group. Starts each partition at its committed offset, else at the earliest. */
export interface LogConsumer {
  start(): Promise<void>
  /** Up to `recordsMax` records of partitions not paused, offset order per partition; empty after `waitMs` without any. */
  poll(recordsMax: number, waitMs: number): Promise<readonly LogRecord[]>
  pause(partitions: readonly TopicPartition[]): void
  resume(partitions: readonly TopicPartition[]): void
  /** Leaves the group; partitions are revoked first. */
  close(): Promise<void>
}

/** Reads partitions from given offsets without a group: changelogs and global tables. */
export interface LogReader {
  /**
   * The next offset it will read, transaction markers and aborted records passed; left out by a driver that cannot tell.
   * A reader knows by it that it has reached the end of a partition whose last entries are markers.
   */
  position?(at: TopicPartition): bigint | undefined
  poll(recordsMax: number, waitMs: number): Promise<readonly LogRecord[]>
  close(): Promise<void>
}

/** Everything between two commits of one process, as one call. Offsets are the next to read, keyed by `partitionKey`. */
export interface CommitBatch {
  readonly outputs: readonly ProducerRecord[]
  readonly consumer: LogConsumer | undefined
  readonly groupId: string
  readonly offsets: ReadonlyMap<string, { readonly at: TopicPartition; readonly committed: CommittedOffset }>
}

/**
 * Writes what was processed. With `exactly_once`, outputs and offsets become visible together or not at all; with
 * `at_least_once`, outputs are durable before the offsets that caused them.
 */
export interface LogProducer {
  /**
   * Resolves to the offset of each output, in their order. Throws PRODUCER_FENCED when this process was replaced,
   * COMMIT_AMBIGUOUS when nobody knows whether it took effect (this producer must not be used again), and
   * LOG_UNAVAILABLE when it certainly did not and trying again may help.
   */
  commit(batch: CommitBatch): Promise<readonly bigint[]>
  close(): Promise<void>
}

export interface ProducerOptions {
  readonly guarantee: Guarantee
  /** Stable over restarts of the same process, different between processes. */
  readonly transactionalId: string
  /** Where transactions of this id may have written before: a driver that can tell sees that they have ended there. */
  readonly earlier?: EarlierWrites
}

export interface EarlierWrites {
  readonly topics: readonly string[]
  /** Whose offsets were in them. */
  readonly groupId: string | undefined
}

/** A log: Kafka by one of its clients, or the embedded one. */
export interface LogDriver {
  readonly name: string
  readonly capabilities: Capabilities
  admin(): Promise<LogAdmin>
  consumer(options: ConsumerOptions): LogConsumer
  reader(from: readonly { readonly at: TopicPartition; readonly offset: bigint | 'earliest' }[]): Promise<LogReader>
  producer(options: ProducerOptions): Promise<LogProducer>
  close(): Promise<void>
}
