import { setTimeout as sleep } from 'node:timers/promises'
import { StreamsError } from '../../../errors.ts'
import { topicMissing } from '../../kafka/failures.ts'
import type { ClusterTopic, TopicSetting } from '../../operations.ts'
import { latestOffsets, partitionsOf } from '../consumer/offsets.ts'
import { isPassing } from '../failures.ts'
import type { Cluster } from '../network/cluster.ts'
import { NO_UUID } from '../protocol/cluster-messages.ts'
import { CODES, check } from '../protocol/error-codes.ts'
import {
  CREATE_PARTITIONS,
  CREATE_TOPICS,
  DELETE_TOPICS,
  DESCRIBE_CONFIGS,
  DESCRIBE_LOG_DIRS,
  INCREMENTAL_ALTER_CONFIGS,
  METADATA_OF_ALL,
  TOPIC_CONFIG_SOURCE,
  TOPIC_RESOURCE,
} from '../protocol/operations-messages.ts'

const CHANGE_TIMEOUT_MS = 30_000
/** A busy broker takes its time over a thousand partitions. */
const SEEN_WAIT_MS = 60_000
const SEEN_POLL_MS = 50
const SET = 0
/** Where a broker's own default stands. */
const CLUSTER_DEFAULT = -1

export interface AllTopics {
  readonly clusterId: string
  readonly topics: readonly ClusterTopic[]
}

/** Every topic of the cluster that this client may see, internal ones included. */
export async function allTopics(cluster: Cluster): Promise<AllTopics> {
  const answer = await cluster.ask(METADATA_OF_ALL, {
    topics: null,
    allowAutoTopicCreation: false,
    includeTopicAuthorizedOperations: false,
  })
  const topics = answer.topics.flatMap(({ name, topicId, isInternal, partitions }): ClusterTopic[] =>
    name === null || partitions.length === 0
      ? []
      : [
          {
            topic: name,
            topicId,
            isInternal,
            partitions: partitions.length,
            replicationFactor: partitions[0]?.replicas.length ?? 0,
          },
        ],
  )
  return { clusterId: answer.clusterId ?? '', topics }
}

export async function topicSettings(
  cluster: Cluster,
  topics: readonly string[],
  names: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, TopicSetting>>> {
  if (topics.length === 0) return new Map()
  const answer = await cluster.ask(DESCRIBE_CONFIGS, {
    resources: topics.map((name) => ({ type: TOPIC_RESOURCE, name, keys: names })),
    includeSynonyms: false,
    includeDocumentation: false,
  })
  return new Map(
    answer.results.map(({ errorCode, errorMessage, name, configs }) => {
      if (errorCode === CODES.UNKNOWN_TOPIC_OR_PARTITION) throw topicMissing(name)
      check(errorCode, `settings of ${name}`, errorMessage)
      const known = configs.map(
        (one) => [one.name, { value: one.value ?? '', isOwn: one.source === TOPIC_CONFIG_SOURCE }] as const,
      )
      return [name, new Map(known)] as const
    }),
  )
}

/** Asks every broker, since each knows its own disk only. A directory that failed counts nothing. */
export async function topicSizes(cluster: Cluster, topics: readonly string[]): Promise<ReadonlyMap<string, bigint>> {
  if (topics.length === 0) return new Map()
  await cluster.refresh(topics)
  const asked = topics.flatMap((name) =>
    cluster.knows(name) ? [{ name, partitions: cluster.topic(name).partitions.map((_, partition) => partition) }] : [],
  )
  const answers = await Promise.all(
    cluster.nodeIds.map((nodeId) => cluster.request(nodeId, 'requests', DESCRIBE_LOG_DIRS, { topics: asked })),
  )
  const sizes = new Map(asked.map(({ name }) => [name, 0n]))
  for (const { name, partitions } of answers.flatMap(({ results }) => results.flatMap((dir) => dir.topics))) {
    const bytes = partitions.reduce((sum, one) => sum + BigInt(one.bytes), 0n)
    sizes.set(name, (sizes.get(name) ?? 0n) + bytes)
  }
  return sizes
}

/** A topic of that name and shape that is there already was made by a call before this one whose answer was lost. */
export async function createTopic(
  cluster: Cluster,
  topic: string,
  partitions: number,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const configs = Object.entries(settings).map(([name, value]) => ({ name, value }))
  const answer = await cluster.ask(CREATE_TOPICS, {
    topics: [{ name: topic, partitions, replicationFactor: CLUSTER_DEFAULT, assignments: [], configs }],
    timeoutMs: CHANGE_TIMEOUT_MS,
    validateOnly: false,
  })
  for (const { errorCode, errorMessage } of answer.topics) {
    if (errorCode === CODES.TOPIC_ALREADY_EXISTS) continue
    check(errorCode, `creating topic ${topic}`, errorMessage)
  }
  await untilLed(cluster, topic, partitions)
}

export async function addPartitions(cluster: Cluster, topic: string, total: number): Promise<void> {
  const answer = await cluster.ask(CREATE_PARTITIONS, {
    topics: [{ name: topic, total, assignments: null }],
    timeoutMs: CHANGE_TIMEOUT_MS,
    validateOnly: false,
  })
  for (const { errorCode, errorMessage } of answer.results)
    check(errorCode, `partitions of ${topic}, to be ${total}`, errorMessage)
  await untilLed(cluster, topic, total)
}

export async function alterSettings(
  cluster: Cluster,
  topic: string,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const configs = Object.entries(settings).map(([name, value]) => ({ name, operation: SET, value }))
  const answer = await cluster.ask(INCREMENTAL_ALTER_CONFIGS, {
    resources: [{ type: TOPIC_RESOURCE, name: topic, configs }],
    validateOnly: false,
  })
  for (const { errorCode, errorMessage } of answer.results) {
    if (errorCode === CODES.UNKNOWN_TOPIC_OR_PARTITION) throw topicMissing(topic)
    check(errorCode, `settings of ${topic}`, errorMessage)
  }
}

export async function deleteTopic(cluster: Cluster, topicId: string): Promise<void> {
  if (topicId === NO_UUID) throw new StreamsError('INVALID_STATE', 'this cluster gives topics no ids; none is deleted')
  const answer = await cluster.ask(DELETE_TOPICS, {
    topics: [{ name: null, topicId }],
    timeoutMs: CHANGE_TIMEOUT_MS,
  })
  for (const { errorCode, errorMessage, name } of answer.results) {
    if (errorCode === CODES.UNKNOWN_TOPIC_ID) continue
    check(errorCode, `deleting topic ${name ?? topicId}`, errorMessage)
  }
}

/** Brokers hear of a new partition one after the other; it has a leader then, and some time later one that answers. */
async function untilLed(cluster: Cluster, topic: string, partitions: number): Promise<void> {
  const untilMs = performance.now() + SEEN_WAIT_MS
  for (;;) {
    if (await isLed(cluster, topic, partitions)) return
    if (performance.now() > untilMs)
      throw new StreamsError('LOG_UNAVAILABLE', `topic ${topic} has no leaders ${SEEN_WAIT_MS} ms after it was changed`)
    await sleep(SEEN_POLL_MS)
  }
}

async function isLed(cluster: Cluster, topic: string, partitions: number): Promise<boolean> {
  await cluster.refresh([topic])
  const places = cluster.knows(topic) ? cluster.topic(topic).partitions : []
  if (places.length < partitions || places.some(({ leaderId }) => leaderId < 0)) return false
  try {
    await latestOffsets(cluster, partitionsOf(cluster, topic))
    return true
  } catch (error) {
    if (isPassing(error)) return false
    throw error
  }
}
