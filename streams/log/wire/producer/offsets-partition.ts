import type { TopicPartition } from '../../../record.ts'
import type { Cluster } from '../network/cluster.ts'
import { METADATA, NO_UUID } from '../protocol/cluster-messages.ts'
import { CODES, check } from '../protocol/error-codes.ts'

const OFFSETS_TOPIC = '__consumer_offsets'

/** Where brokers keep the offsets of groups. */
export class OffsetsPartitions {
  readonly #cluster: Cluster
  /** Does not change while a cluster has groups. */
  #count: number | undefined

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /** Undefined where this client may not know of that topic. */
  async partitionOf(groupId: string): Promise<TopicPartition | undefined> {
    this.#count ??= await this.#ask()
    return this.#count === 0 ? undefined : { topic: OFFSETS_TOPIC, partition: javaHashOf(groupId) % this.#count }
  }

  async #ask(): Promise<number> {
    const answer = await this.#cluster.ask(METADATA, {
      topics: [{ topicId: NO_UUID, name: OFFSETS_TOPIC }],
      allowAutoTopicCreation: false,
      includeTopicAuthorizedOperations: false,
    })
    const [topic] = answer.topics
    if (topic === undefined || topic.errorCode === CODES.TOPIC_AUTHORIZATION_FAILED) return 0
    check(topic.errorCode, 'partitions of group offsets')
    return topic.partitions.length
  }
}

/** What brokers place groups by: `String.hashCode` of Java without its sign; the least int, which has no opposite, is 0. */
export function javaHashOf(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash === -0x8000_0000 ? 0 : Math.abs(hash)
}
