import type { TopicPartition } from '../../record.ts'
import type { KafkaConnection } from '../kafka/connection.ts'
import { openKafkajsAdmin } from '../kafkajs/driver.ts'
import type { CommittedOffset, LogAdmin } from '../port.ts'
import { committedOffsets } from './consumer/group-offsets.ts'
import { partitionsOf } from './consumer/offsets.ts'
import { toStreamsError } from './failures.ts'
import { Cluster } from './network/cluster.ts'

/**
 * The administrator that is always there, but for committed offsets: those of a transaction just about to end are waited
 * for, or whoever takes over a partition would go on from the offset before.
 */
export async function openWireAdmin(connection: KafkaConnection): Promise<LogAdmin> {
  const admin = await openKafkajsAdmin(connection)
  const cluster = new Cluster(connection)
  const committed = async (
    groupId: string,
    topics: readonly string[],
  ): Promise<ReadonlyMap<string, CommittedOffset>> => {
    if (topics.length === 0) return new Map()
    try {
      await cluster.refresh(topics)
      const partitions: readonly TopicPartition[] = topics.flatMap((topic) => partitionsOf(cluster, topic))
      return await committedOffsets(cluster, groupId, partitions)
    } catch (error) {
      throw toStreamsError(error, `committed offsets of ${groupId}`, connection.brokers)
    }
  }
  return {
    ensureTopics: (topics) => admin.ensureTopics(topics),
    listTopics: () => admin.listTopics(),
    endOffsets: (topic) => admin.endOffsets(topic),
    startOffsets: (topic) => admin.startOffsets(topic),
    committedOffsets: committed,
    close: async () => {
      cluster.close()
      await admin.close()
    },
  }
}
