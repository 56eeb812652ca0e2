import type { KafkaConnection } from '../kafka/connection.ts'
import { openKafkajsAdmin } from '../kafkajs/driver.ts'
import type { CommittedOffset, LogAdmin } from '../port.ts'
import type { Native } from './native.ts'
import { Subscription } from './subscription.ts'

/**
 * The administrator that is always there, but for committed offsets: those of a transaction just about to end are waited
 * for, or whoever takes over a partition would go on from the offset before.
 */
export async function openLibrdkafkaAdmin(native: Native, connection: KafkaConnection): Promise<LogAdmin> {
  const admin = await openKafkajsAdmin(connection)
  const committedOffsets = async (
    groupId: string,
    topics: readonly string[],
  ): Promise<ReadonlyMap<string, CommittedOffset>> => {
    if (topics.length === 0) return new Map()
    const subscription = new Subscription(native, connection, groupId)
    try {
      await subscription.open()
      const partitions = await Promise.all(topics.map((topic) => subscription.partitionsOf(topic)))
      return await subscription.committed(partitions.flat())
    } catch (error) {
      throw subscription.failure(error, `committed offsets of ${groupId}`)
    } finally {
      await subscription.close()
    }
  }
  return {
    ensureTopics: (topics) => admin.ensureTopics(topics),
    listTopics: () => admin.listTopics(),
    endOffsets: (topic) => admin.endOffsets(topic),
    writtenEnds: (topic) => admin.writtenEnds(topic),
    startOffsets: (topic) => admin.startOffsets(topic),
    committedOffsets,
    close: () => admin.close(),
  }
}
