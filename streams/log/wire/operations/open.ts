import { partitionKey, type TopicPartition } from '../../../record.ts'
import type { KafkaConnection } from '../../kafka/connection.ts'
import type { ClusterOperations, FoundOffset, OffsetsAt } from '../../operations.ts'
import { commitOffsets, memberless } from '../consumer/group-offsets.ts'
import { findOffsets, latestOffsets } from '../consumer/offsets.ts'
import { toStreamsError } from '../failures.ts'
import { Cluster } from '../network/cluster.ts'
import { allAcls } from './acls.ts'
import { allGroups, deleteGroup, forgetOffsets, membersOf, offsetsOf } from './groups.ts'
import { peek } from './peek.ts'
import {
  addPartitions,
  allTopics,
  alterSettings,
  createTopic,
  deleteTopic,
  topicSettings,
  topicSizes,
} from './topics.ts'

/** Operations of a Kafka cluster by the protocol itself. Connects when it is first asked for something. */
export function openWireOperations(connection: KafkaConnection): ClusterOperations {
  const cluster = new Cluster(connection)
  const naming = <T>(doing: string, act: () => Promise<T>): Promise<T> =>
    act().catch((error: unknown) => Promise.reject(toStreamsError(error, doing, connection.brokers)))
  return {
    clusterId: () => naming('asking for the cluster', async () => (await allTopics(cluster)).clusterId),
    topics: () => naming('listing topics', async () => (await allTopics(cluster)).topics),
    settings: (topics, names) => naming('settings of topics', () => topicSettings(cluster, topics, names)),
    sizes: (topics) => naming('sizes of topics', () => topicSizes(cluster, topics)),
    groups: () => naming('listing groups', () => allGroups(cluster)),
    members: (groupId) => naming(`members of ${groupId}`, () => membersOf(cluster, groupId)),
    offsets: (groupId) => naming(`offsets of ${groupId}`, () => offsetsOf(cluster, groupId)),
    acls: () => naming('listing ACLs', () => allAcls(cluster)),
    find: (partitions, at) => naming('finding offsets', () => find(cluster, partitions, at)),
    peek: (from, countMax) => naming('looking at records', () => peek(cluster, from, countMax)),
    createTopic: (topic, partitions, settings) =>
      naming(`creating topic ${topic}`, () => createTopic(cluster, topic, partitions, settings)),
    addPartitions: (topic, total) => naming(`partitions of ${topic}`, () => addPartitions(cluster, topic, total)),
    alterSettings: (topic, settings) => naming(`settings of ${topic}`, () => alterSettings(cluster, topic, settings)),
    deleteTopic: (topicId) => naming('deleting a topic', () => deleteTopic(cluster, topicId)),
    commitOffsets: (groupId, offsets) =>
      naming(`offsets of ${groupId}`, () => commitOffsets(cluster, memberless(groupId), offsets)),
    forgetOffsets: (groupId, partitions) =>
      naming(`offsets of ${groupId}`, () => forgetOffsets(cluster, groupId, partitions)),
    deleteGroup: (groupId) => naming(`deleting group ${groupId}`, () => deleteGroup(cluster, groupId)),
    close: async () => cluster.close(),
  }
}

async function find(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  at: OffsetsAt,
): Promise<ReadonlyMap<string, FoundOffset>> {
  if (partitions.length === 0) return new Map()
  await cluster.refresh(new Set(partitions.map(({ topic }) => topic)))
  const found = await findOffsets(cluster, partitions, at)
  const isPast = partitions.filter((one) => (found.get(partitionKey(one))?.offset ?? -1) < 0)
  const ends = isPast.length === 0 ? new Map<string, number>() : await latestOffsets(cluster, isPast)
  return new Map(
    [...found].map(([key, { offset, timestampMs }]) => [
      key,
      offset < 0 ? { offset: BigInt(ends.get(key) ?? 0), timestampMs: -1 } : { offset: BigInt(offset), timestampMs },
    ]),
  )
}
