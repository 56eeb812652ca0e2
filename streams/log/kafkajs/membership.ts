import kafkajs from 'kafkajs'
import { partitionKey, type TopicPartition } from '../../record.ts'
import type { CommittedOffset } from '../port.ts'
import { isMemberGone, isMoved, isRebalance } from './failures.ts'
import type { Broker, Cluster, CommitPartition, JoinedGroup, TopicList } from './internals.ts'
import { type Member, type SharedTopics, shareOut } from './sharing.ts'

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol
const PROTOCOL = 'stonks-broadcast'
const SESSION_TIMEOUT_MS = 15_000
/** How long the others wait for a member that is busy with records before they share out without it. */
const REBALANCE_TIMEOUT_MS = 120_000
const HEARTBEAT_MS = 2_000

/** What the coordinator has let us know since the last join. */
export type MembershipNews = 'none' | 'rebalance' | 'gone'

/** A place in a consumer group: joins, keeps it by heartbeats, commits as its generation, leaves. */
export class Membership {
  readonly #cluster: Cluster
  readonly #groupId: string
  readonly #topics: readonly string[]
  readonly #broadcast: readonly string[]
  readonly #onNews: () => void
  #coordinator: Broker | undefined
  #memberId = ''
  #generation = -1
  #owned: readonly number[] = []
  #heart: NodeJS.Timeout | undefined
  news: MembershipNews = 'none'

  constructor(
    cluster: Cluster,
    group: { readonly groupId: string; readonly topics: readonly string[]; readonly broadcast: readonly string[] },
    onNews: () => void,
  ) {
    this.#cluster = cluster
    this.#groupId = group.groupId
    this.#topics = group.topics
    this.#broadcast = group.broadcast
    this.#onNews = onNews
  }

  /** Joins, or joins again. Resolves to what is ours now, when every member is there or their time is over. */
  async join(): Promise<readonly TopicPartition[]> {
    this.#stopHeart()
    const coordinator = await this.#findCoordinator()
    try {
      const joined = await coordinator.joinGroup({
        groupId: this.#groupId,
        sessionTimeout: SESSION_TIMEOUT_MS,
        rebalanceTimeout: REBALANCE_TIMEOUT_MS,
        memberId: this.#memberId,
        groupProtocols: [{ name: PROTOCOL, metadata: this.#metadata() }],
      })
      this.#memberId = joined.memberId
      this.#generation = joined.generationId
      const assigned = await this.#sync(coordinator, joined)
      this.news = 'none'
      this.#startHeart()
      return assigned
    } catch (error) {
      if (isMemberGone(error)) this.#memberId = ''
      if (isMoved(error)) this.#coordinator = undefined
      throw error
    }
  }

  async committed(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, bigint>> {
    const coordinator = await this.#findCoordinator()
    const topics = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, group]) => ({
      topic,
      partitions: group.map(({ partition }) => ({ partition })),
    }))
    const { responses } = await coordinator.offsetFetch({ groupId: this.#groupId, topics })
    const known = responses.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [partitionKey({ topic, partition }), BigInt(offset)] as const),
    )
    return new Map(known.filter(([, offset]) => offset >= 0n))
  }

  /** As the generation this member is in. @throws where it has lost its place, or the coordinator cannot be reached. */
  async commit(offsets: Iterable<{ readonly at: TopicPartition; readonly committed: CommittedOffset }>): Promise<void> {
    const coordinator = await this.#findCoordinator()
    const as = { groupId: this.#groupId, groupGenerationId: this.#generation, memberId: this.#memberId }
    try {
      await coordinator.offsetCommit({ ...as, topics: commitTopics(offsets) })
    } catch (error) {
      this.#notice(error)
      throw error
    }
  }

  async leave(): Promise<void> {
    this.#stopHeart()
    if (this.#memberId === '' || this.#coordinator === undefined) return
    await this.#coordinator.leaveGroup({ groupId: this.#groupId, memberId: this.#memberId })
    this.#memberId = ''
  }

  /** The next join is a newcomer's. */
  forget(): void {
    this.#memberId = ''
    this.#stopHeart()
  }

  async #sync(coordinator: Broker, joined: JoinedGroup): Promise<readonly TopicPartition[]> {
    const { memberAssignment } = await coordinator.syncGroup({
      groupId: this.#groupId,
      generationId: joined.generationId,
      memberId: joined.memberId,
      groupAssignment: joined.leaderId === joined.memberId ? await this.#shareOut(joined) : [],
    })
    const decoded = MemberAssignment.decode(memberAssignment)?.assignment ?? {}
    const assigned = Object.entries(decoded).flatMap(([topic, numbers]) =>
      [...numbers].sort((a, b) => a - b).map((partition) => ({ topic, partition })),
    )
    this.#owned = [...new Set(assigned.filter(({ topic }) => this.#topics.includes(topic)).map((at) => at.partition))]
    return assigned
  }

  async #shareOut(joined: JoinedGroup): Promise<readonly { memberId: string; memberAssignment: Buffer }[]> {
    await this.#cluster.refreshMetadata()
    const counts = (topics: readonly string[]): ReadonlyMap<string, number> =>
      new Map(topics.map((topic) => [topic, this.#cluster.findTopicPartitionMetadata(topic).length]))
    const topics: SharedTopics = { shared: counts(this.#topics), broadcast: counts(this.#broadcast) }
    const members = joined.members.map(
      ({ memberId, memberMetadata }): Member => ({
        id: memberId,
        owned: ownedBefore(MemberMetadata.decode(memberMetadata)?.userData),
      }),
    )
    return [...shareOut(members, topics)].map(([memberId, partitions]) => ({
      memberId,
      memberAssignment: MemberAssignment.encode({
        version: 1,
        assignment: byTopic(partitions),
        userData: Buffer.alloc(0),
      }),
    }))
  }

  #metadata(): Buffer {
    const userData = Buffer.from(JSON.stringify({ owned: this.#owned }))
    return MemberMetadata.encode({ version: 1, topics: [...this.#topics, ...this.#broadcast], userData })
  }

  async #findCoordinator(): Promise<Broker> {
    this.#coordinator ??= await this.#cluster.findGroupCoordinator({ groupId: this.#groupId })
    return this.#coordinator
  }

  #startHeart(): void {
    this.#heart = setTimeout(() => void this.#beat(), HEARTBEAT_MS)
  }

  #stopHeart(): void {
    clearTimeout(this.#heart)
    this.#heart = undefined
  }

  async #beat(): Promise<void> {
    const heart = this.#heart
    const as = { groupId: this.#groupId, groupGenerationId: this.#generation, memberId: this.#memberId }
    try {
      await (await this.#findCoordinator()).heartbeat(as)
    } catch (error) {
      if (this.#heart === heart) this.#notice(error)
    }
    // Joined again or left meanwhile: that one has a heart of its own. It beats on in a rebalance, which may take long.
    if (this.#heart === heart && heart !== undefined && this.news !== 'gone') this.#startHeart()
  }

  #notice(error: unknown): void {
    if (isMemberGone(error)) this.news = 'gone'
    else if (isRebalance(error)) this.news = this.news === 'gone' ? 'gone' : 'rebalance'
    else this.#coordinator = undefined
    if (this.news !== 'none') this.#onNews()
  }
}

export function commitTopics(
  offsets: Iterable<{ readonly at: TopicPartition; readonly committed: CommittedOffset }>,
): readonly TopicList<CommitPartition>[] {
  return [...Map.groupBy(offsets, ({ at }) => at.topic)].map(([topic, group]) => ({
    topic,
    partitions: group.map(({ at, committed }) => ({
      partition: at.partition,
      offset: committed.offset.toString(),
      metadata: committed.metadata,
    })),
  }))
}

function byTopic(partitions: readonly TopicPartition[]): Record<string, number[]> {
  const groups = [...Map.groupBy(partitions, ({ topic }) => topic)]
  return Object.fromEntries(groups.map(([topic, group]) => [topic, group.map(({ partition }) => partition)]))
}

/** Members of another version may have sent something else; then they begin with nothing. */
function ownedBefore(userData: Buffer | undefined): readonly number[] {
  try {
    const { owned } = JSON.parse(userData?.toString() ?? '') as { owned?: unknown }
    return Array.isArray(owned) ? owned.filter((number) => Number.isInteger(number)) : []
  } catch {
    return []
  }
}
