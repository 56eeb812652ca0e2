import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Admin, Kafka, type KafkaConfig, type logCreator } from 'kafkajs'
import { StreamsError } from '../../errors.ts'
import { partitionKey } from '../../record.ts'
import { topicMissing } from '../kafka/failures.ts'
import type { CommittedOffset, LogAdmin, TopicConfig } from '../port.ts'
import { isMoved, isUnknownTopic, toStreamsError } from './failures.ts'
import { type Cluster, createCluster } from './internals.ts'

const READ_UNCOMMITTED = 0
const READ_COMMITTED = 1
const LATEST = -1
const EARLIEST = -2
const RETENTION = 'retention.ms'
/** Set for the topic itself, not a default of the broker. */
const DYNAMIC_TOPIC_CONFIG = 1
const STABLE_WAIT_MS = 5_000
const STABLE_POLL_MS = 10
const MOVED_WAIT_MS = 10_000
const MOVED_POLL_MS = 100

/** Topics and offsets of a Kafka cluster. Every failure to reach it is LOG_UNAVAILABLE, and may be tried again. */
export class KafkajsAdmin implements LogAdmin {
  readonly #admin: Admin
  readonly #cluster: Cluster
  readonly #written: Cluster
  readonly #brokers: readonly string[]

  constructor(config: KafkaConfig & { logCreator: logCreator }, brokers: readonly string[]) {
    this.#admin = new Kafka(config).admin()
    // Ends of the log are the last stable ones: what a reader of committed data can reach.
    this.#cluster = createCluster({ ...config, isolationLevel: READ_COMMITTED } as typeof config)
    // The administrator's own ends are stable ones too, whatever it calls them: that is this client's default.
    this.#written = createCluster({ ...config, isolationLevel: READ_UNCOMMITTED } as typeof config)
    this.#brokers = brokers
  }

  async connect(): Promise<void> {
    await this.#naming('connecting', isMoved, async () => {
      await this.#admin.connect()
      await this.#cluster.connect()
    })
  }

  async ensureTopics(topics: readonly TopicConfig[]): Promise<void> {
    await this.#naming('creating topics', passesWithBrokers, async () => {
      const existing = new Map((await this.#list()).map(({ topic, partitions }) => [topic, partitions]))
      checkPartitions(topics, existing)
      const missing = topics.filter(({ topic }) => !existing.has(topic))
      if (missing.length > 0)
        await this.#admin.createTopics({ waitForLeaders: true, timeout: 30_000, topics: missing.map(toTopic) })
      await this.#untilListed(missing)
      const kept = topics.filter(({ topic, cleanup }) => existing.has(topic) && cleanup === 'delete')
      const names = kept.map(({ topic }) => topic).join(', ')
      await this.#naming(`settings of ${names}`, passesWithTopics, () => this.#keepLonger(kept))
    })
  }

  listTopics(): Promise<readonly { readonly topic: string; readonly partitions: number }[]> {
    return this.#naming('listing topics', passesWithTopics, () => this.#list())
  }

  writtenEnds(topic: string): Promise<readonly bigint[]> {
    return this.#naming(`ends of ${topic}`, isMoved, () => this.#offsets(topic, LATEST, this.#written))
  }

  endOffsets(topic: string): Promise<readonly bigint[]> {
    return this.#naming(`end of ${topic}`, isMoved, () => this.#stableEnd(topic))
  }

  startOffsets(topic: string): Promise<readonly bigint[]> {
    return this.#naming(`start of ${topic}`, isMoved, () => this.#offsets(topic, EARLIEST))
  }

  async committedOffsets(groupId: string, topics: readonly string[]): Promise<ReadonlyMap<string, CommittedOffset>> {
    if (topics.length === 0) return new Map()
    return this.#naming(`committed offsets of ${groupId}`, isMoved, async () => {
      const answers = await this.#admin.fetchOffsets({ groupId, topics: [...topics] })
      const known = answers.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset, metadata }) => {
          // The native client writes the zero that ends a C string along.
          const text = (metadata ?? '').replace(/\0$/, '')
          const committed: CommittedOffset = { offset: BigInt(offset), metadata: text }
          return [partitionKey({ topic, partition }), committed] as const
        }),
      )
      return new Map(known.filter(([, { offset }]) => offset >= 0n))
    })
  }

  async close(): Promise<void> {
    await Promise.all([this.#admin.disconnect(), this.#cluster.disconnect(), this.#written.disconnect()])
  }

  /** Raises retention where a topic is to keep its records for longer; shortening would delete, and is left to people. */
  async #keepLonger(topics: readonly TopicConfig[]): Promise<void> {
    if (topics.length === 0) return
    const asked = topics.map(({ topic: name }) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name }))
    const { resources } = await this.#admin.describeConfigs({ resources: asked, includeSynonyms: false })
    const wanted = new Map(topics.map(({ topic, retentionMs }) => [topic, retentionMs]))
    const raised = resources.flatMap(({ resourceName, configEntries }) => {
      const retentionMs = wanted.get(resourceName) ?? 0
      const found = Number(configEntries.find(({ configName }) => configName === RETENTION)?.configValue)
      if (!(keptFor(retentionMs) > keptFor(found))) return []
      // What is altered replaces all that was set for the topic.
      const kept = configEntries.filter((entry) => isOwn(entry) && entry.configName !== RETENTION)
      const others = kept.map(({ configName, configValue }) => ({ name: configName, value: configValue }))
      const entries = [...others, { name: RETENTION, value: String(retentionMs) }]
      return [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: resourceName, configEntries: entries }]
    })
    if (raised.length > 0) await this.#admin.alterConfigs({ validateOnly: false, resources: raised })
  }

  /** A busy broker hears late of what the controller has made, and whoever used it before would not find it. */
  async #untilListed(topics: readonly TopicConfig[]): Promise<void> {
    const until = performance.now() + MOVED_WAIT_MS
    for (let missing = topics; missing.length > 0; ) {
      const listed = new Set((await this.#list()).map(({ topic }) => topic))
      missing = missing.filter(({ topic }) => !listed.has(topic))
      if (missing.length === 0) return
      if (performance.now() >= until) throw topicMissing(missing.map(({ topic }) => topic).join(', '))
      await sleep(MOVED_POLL_MS)
    }
  }

  async #list(): Promise<readonly { readonly topic: string; readonly partitions: number }[]> {
    const { topics } = await this.#admin.fetchTopicMetadata()
    return topics.map(({ name, partitions }) => ({ topic: name, partitions: partitions.length }))
  }

  /**
   * Brokers answer a commit before they have written its end to every partition. So it waits until what is in the log now
   * has become stable; a transaction that stays open for longer is none that was committed before.
   */
  async #stableEnd(topic: string): Promise<readonly bigint[]> {
    const until = performance.now() + STABLE_WAIT_MS
    const written = await this.#offsets(topic, LATEST, this.#written)
    for (;;) {
      const ends = await this.#offsets(topic, LATEST)
      const stable = ends.every((end, partition) => end >= (written[partition] ?? 0n))
      if (stable || performance.now() >= until) return ends
      await sleep(STABLE_POLL_MS)
    }
  }

  async #offsets(topic: string, fromTimestamp: number, cluster = this.#cluster): Promise<readonly bigint[]> {
    await cluster.connect()
    await cluster.addMultipleTargetTopics([topic])
    const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => ({ partition: partitionId }))
    const answers = await cluster.fetchTopicsOffset([{ topic, partitions, fromTimestamp }])
    const known = answers.flatMap(({ partitions: of }) => of).sort((a, b) => a.partition - b.partition)
    return known.map(({ offset }) => BigInt(offset))
  }

  /** A partition that was just made, or has just moved, has no leader for a moment: what passes is waited for. */
  async #naming<T>(doing: string, passes: (error: unknown) => boolean, act: () => Promise<T>): Promise<T> {
    const until = performance.now() + MOVED_WAIT_MS
    for (;;) {
      try {
        return await act()
      } catch (error) {
        if (!passes(error) || performance.now() >= until) throw toStreamsError(error, doing, this.#brokers)
        await sleep(MOVED_POLL_MS)
        await this.#cluster.refreshMetadata().catch(() => {})
      }
    }
  }
}

/**
 * Where all topics are asked for: they are listed first and looked at one by one, and one that somebody deletes meanwhile is
 * not found any more. That has nothing to do with ours.
 */
const passesWithTopics = (error: unknown): boolean => isMoved(error) || isUnknownTopic(error)

function checkPartitions(topics: readonly TopicConfig[], existing: ReadonlyMap<string, number>): void {
  for (const { topic, partitions } of topics) {
    const found = existing.get(topic)
    if (found === undefined || found === partitions) continue
    throw new StreamsError(
      'TOPOLOGY_INVALID',
      `topic ${topic}: ${partitions} partitions wanted, ${found} found. Keys live by partition, so the number is never ` +
        `changed in place: say ${found} in the topology, or move to a topic of another name.`,
      { topic, wanted: partitions, found },
    )
  }
}

const keptFor = (retentionMs: number): number => (retentionMs < 0 ? Number.POSITIVE_INFINITY : retentionMs)
const isOwn = (entry: object): boolean => 'configSource' in entry && entry.configSource === DYNAMIC_TOPIC_CONFIG

/** Replication is the cluster's own default. */
const toTopic = ({ topic, partitions, cleanup, retentionMs }: TopicConfig) => ({
  topic,
  numPartitions: partitions,
  replicationFactor: -1,
  configEntries: [
    { name: 'cleanup.policy', value: cleanup },
    { name: 'retention.ms', value: String(retentionMs) },
  ],
})

/** One broker of several that has just gone is still asked for a moment: a process that starts then need not end for it. */
const passesWithBrokers = (error: unknown): boolean =>
  passesWithTopics(error) || toStreamsError(error, '', []).code === 'LOG_UNAVAILABLE'
