import { createRequire } from 'node:module'
import type { KafkaConfig, logCreator } from 'kafkajs'

/**
 * Parts of kafkajs 2.2.4 below its public door. Its consumer pushes batches, rejoins a group without asking and resets
 * positions by itself; the cluster underneath does what a log has to. The version is pinned, and its line has ended.
 */
export interface FetchedRecord {
  readonly offset: string
  readonly timestamp: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Record<string, Buffer | string | (Buffer | string)[] | undefined>
  readonly isControlRecord: boolean
  readonly batchContext?: { readonly producerId: string; readonly inTransaction: boolean }
}

export interface AbortedTransaction {
  readonly producerId: string
  readonly firstOffset: string
}

export interface FetchedPartition {
  readonly partition: number
  readonly lastStableOffset: string
  readonly abortedTransactions: readonly AbortedTransaction[] | null
  readonly messages: readonly FetchedRecord[]
}

export interface TopicList<P> {
  readonly topic: string
  readonly partitions: readonly P[]
}

export interface CommitPartition {
  readonly partition: number
  readonly offset: string
  readonly metadata: string
}

export interface Broker {
  fetch(request: {
    readonly maxWaitTime: number
    readonly minBytes: number
    readonly maxBytes: number
    readonly isolationLevel: number
    readonly topics: readonly TopicList<{ partition: number; fetchOffset: string; maxBytes: number }>[]
  }): Promise<{ responses: { topicName: string; partitions: FetchedPartition[] }[] }>
  joinGroup(request: {
    readonly groupId: string
    readonly sessionTimeout: number
    readonly rebalanceTimeout: number
    readonly memberId: string
    readonly groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[]
  }): Promise<JoinedGroup>
  syncGroup(request: {
    readonly groupId: string
    readonly generationId: number
    readonly memberId: string
    readonly groupAssignment: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[]
  }): Promise<{ memberAssignment: Buffer }>
  heartbeat(request: { groupId: string; groupGenerationId: number; memberId: string }): Promise<unknown>
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>
  offsetFetch(request: {
    readonly groupId: string
    readonly topics: readonly TopicList<{ partition: number }>[]
  }): Promise<{ responses: TopicList<{ partition: number; offset: string; metadata: string | null }>[] }>
  offsetCommit(request: {
    readonly groupId: string
    readonly groupGenerationId: number
    readonly memberId: string
    readonly topics: readonly TopicList<CommitPartition>[]
  }): Promise<unknown>
}

export interface JoinedGroup {
  readonly generationId: number
  readonly leaderId: string
  readonly memberId: string
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[]
}

export interface Cluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>
  refreshMetadata(): Promise<void>
  refreshMetadataIfNecessary(): Promise<void>
  removeBroker(at: { host: string; port: number }): void
  findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[]
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>
  findBroker(node: { nodeId: string | number }): Promise<Broker>
  findGroupCoordinator(group: { groupId: string }): Promise<Broker>
  fetchTopicsOffset(
    topics: readonly (TopicList<{ partition: number }> & { fromTimestamp: number })[],
  ): Promise<TopicList<{ partition: number; offset: string }>[]>
}

interface RequestQueue {
  readonly throttledUntil: number
  readonly pending: readonly unknown[]
  throttleCheckTimeoutId: NodeJS.Timeout | null
  checkPendingRequests(): void
  scheduleCheckPendingRequests(): void
}

const require = createRequire(import.meta.url)
const ClusterClass: new (settings: object) => Cluster = require('kafkajs/src/cluster')
const createSocketFactory: () => unknown = require('kafkajs/src/network/socketFactory')
const loggers: { createLogger(settings: object): unknown } = require('kafkajs/src/loggers')
const QueueClass: { prototype: RequestQueue } = require('kafkajs/src/network/requestQueue')

boundTimers(QueueClass.prototype)

/** A connection of its own to the cluster. Never creates topics. */
export function createCluster(config: KafkaConfig & { logCreator: logCreator }): Cluster {
  return new ClusterClass({
    ...config,
    logger: loggers.createLogger({ level: config.logLevel, logCreator: config.logCreator }),
    socketFactory: createSocketFactory(),
    enforceRequestTimeout: true,
    metadataMaxAge: 60_000,
    allowAutoTopicCreation: false,
    maxInFlightRequests: null,
    instrumentationEmitter: null,
    offsets: new Map(),
  })
}

/** It asks for timers of minus the whole epoch on every connection, which newer runtimes warn of. */
function boundTimers(queue: RequestQueue): void {
  queue.scheduleCheckPendingRequests = function schedule(this: RequestQueue): void {
    if (this.throttleCheckTimeoutId || this.pending.length === 0) return
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null
        this.checkPendingRequests()
      },
      Math.max(10, this.throttledUntil - Date.now()),
    )
  }
}
