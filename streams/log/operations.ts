import type { TopicPartition } from '../record.ts'
import type { CommittedOffset } from './port.ts'

/** A topic as the cluster has it. */
export interface ClusterTopic {
  readonly topic: string
  /** Of this very topic: one created anew under the same name has another. */
  readonly topicId: string
  readonly partitions: number
  readonly replicationFactor: number
  /** The brokers' own, such as `__consumer_offsets`. */
  readonly isInternal: boolean
}

export interface TopicSetting {
  readonly value: string
  /** Set for the topic itself, not a default of the brokers. */
  readonly isOwn: boolean
}

/** A consumer group as its coordinator sees it. */
export interface ClusterGroup {
  readonly groupId: string
  /** `consumer` for consumers; other protocols share the mechanism (Connect). */
  readonly protocolType: string
  /** `Empty` and `Dead` have no members; `Stable`, `PreparingRebalance`, … do. */
  readonly state: string
  readonly hasMembers: boolean
}

export interface GroupMember {
  readonly memberId: string
  readonly clientId: string
  readonly host: string
}

export interface GroupOffset {
  readonly at: TopicPartition
  readonly committed: CommittedOffset
}

/** A rule of the cluster's authorizer, in Kafka's own words: `Topic`, `Literal`, `Read`, `Allow`. */
export interface ClusterAcl {
  readonly principal: string
  readonly host: string
  readonly resource: string
  readonly name: string
  readonly pattern: string
  readonly operation: string
  readonly permission: string
}

/** An offset with the time of what is there, a record or a transaction's marker; -1 where it is an end of the log. */
export interface FoundOffset {
  readonly offset: bigint
  readonly timestampMs: number
}

/** What is next to be read from an offset on, as a reader of committed data sees it. */
export interface Peek {
  /** Time of the first record there; `undefined` where there is none before the end. */
  readonly timestampMs: number | undefined
  /** Records up to the end: markers of transactions, aborted records and what compaction took are none. */
  readonly records: bigint
  /** False where only the first ones were counted, and `records` is the most there can be. */
  readonly isExact: boolean
}

/** Which offsets: the first still held, behind the last written, behind the last stable, or the first at or after a time. */
export type OffsetsAt = 'earliest' | 'written' | 'stable' | { readonly timestampMs: number }

/**
 * A Kafka cluster as its operators need it: topics with their settings, groups of any client, offsets by time. Nothing is
 * made or changed but by the calls that say so. Failures are StreamsErrors: LOG_UNAVAILABLE where the cluster cannot be
 * reached and trying again may help, INVALID_STATE where it refuses, TOPIC_MISSING.
 */
export interface ClusterOperations {
  clusterId(): Promise<string>
  topics(): Promise<readonly ClusterTopic[]>
  /** Settings of these topics that are named, with the brokers' defaults where a topic has none of its own. */
  settings(
    topics: readonly string[],
    names: readonly string[],
  ): Promise<ReadonlyMap<string, ReadonlyMap<string, TopicSetting>>>
  /** Bytes on disk of each topic, over all replicas. */
  sizes(topics: readonly string[]): Promise<ReadonlyMap<string, bigint>>
  groups(): Promise<readonly ClusterGroup[]>
  members(groupId: string): Promise<readonly GroupMember[]>
  /** All that a group has committed. Does not wait for transactions under way. */
  offsets(groupId: string): Promise<readonly GroupOffset[]>
  /** Every rule of the authorizer; `undefined` where the cluster has none, and lets everybody do everything. */
  acls(): Promise<readonly ClusterAcl[] | undefined>
  /** By `partitionKey`. A time after the last record gives the end. */
  find(partitions: readonly TopicPartition[], at: OffsetsAt): Promise<ReadonlyMap<string, FoundOffset>>
  /** Looks from each offset on until `end`; counts where no more than `countMax` offsets are between. By `partitionKey`. */
  peek(
    from: readonly { readonly at: TopicPartition; readonly offset: bigint; readonly end: bigint }[],
    countMax: number,
  ): Promise<ReadonlyMap<string, Peek>>

  /** Answers when the topic has leaders. Replication is the cluster's default. */
  createTopic(topic: string, partitions: number, settings: Readonly<Record<string, string>>): Promise<void>
  addPartitions(topic: string, total: number): Promise<void>
  /** Sets these and leaves others as they are. */
  alterSettings(topic: string, settings: Readonly<Record<string, string>>): Promise<void>
  /** Deletes this very topic, not one created anew under its name. */
  deleteTopic(topicId: string): Promise<void>
  /** Commits for a group without members; refused where it has some. */
  commitOffsets(groupId: string, offsets: readonly GroupOffset[]): Promise<void>
  /** Makes partitions as if the group had never committed them. */
  forgetOffsets(groupId: string, partitions: readonly TopicPartition[]): Promise<void>
  deleteGroup(groupId: string): Promise<void>
  close(): Promise<void>
}
