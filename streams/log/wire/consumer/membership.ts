import type { TopicPartition } from '../../../record.ts'
import { isMemberGone, isRebalance } from '../failures.ts'
import type { Cluster } from '../network/cluster.ts'
import { ByteReader } from '../protocol/byte-reader.ts'
import { ByteWriter } from '../protocol/byte-writer.ts'
import { BrokerError, CODES } from '../protocol/error-codes.ts'
import { ASSIGNMENT, HEARTBEAT, JOIN_GROUP, LEAVE_GROUP, SUBSCRIPTION, SYNC_GROUP } from '../protocol/group-messages.ts'
import type { Type, ValueOf } from '../protocol/types.ts'
import { COORDINATOR_PATIENCE_MS, HEARTBEAT_MS, REBALANCE_TIMEOUT_MS, SESSION_TIMEOUT_MS } from '../settings.ts'
import type { GroupIdentity } from './group-offsets.ts'
import { shareOutRange } from './range.ts'

const PROTOCOL_TYPE = 'consumer'
const PROTOCOL = 'range'
/** A join is answered when all members are there, which may take the whole of the rebalance timeout. */
const JOIN_TIMEOUT_MS = REBALANCE_TIMEOUT_MS + 10_000
const LEAVE_PATIENCE_MS = 2_000

/** What the coordinator has let us know since the last join. */
export type MembershipNews = 'none' | 'rebalance' | 'gone'

type JoinAnswer = ValueOf<typeof JOIN_GROUP.response>

/** A place in a consumer group (classic protocol, eager): joins, keeps it by heartbeats, leaves. */
export class Membership {
  readonly #cluster: Cluster
  readonly #groupId: string
  readonly #topics: readonly string[]
  readonly #instanceId: string | null
  readonly #onNews: () => void
  #memberId = ''
  #generationId = -1
  #heart: NodeJS.Timeout | undefined
  #polledAtMs = performance.now()
  #closed = false
  news: MembershipNews = 'none'

  constructor(
    cluster: Cluster,
    group: { readonly groupId: string; readonly topics: readonly string[]; readonly instanceId: string | undefined },
    onNews: () => void,
  ) {
    this.#cluster = cluster
    this.#groupId = group.groupId
    this.#topics = group.topics
    this.#instanceId = group.instanceId ?? null
    this.#onNews = onNews
  }

  get identity(): GroupIdentity {
    const { groupId, generationId, memberId, groupInstanceId } = this.#as()
    return { groupId, generationId, memberId, groupInstanceId }
  }

  polled(): void {
    this.#polledAtMs = performance.now()
  }

  /** Joins, or joins again. Resolves to what is ours now, when every member is there or their time is over. */
  async join(): Promise<readonly TopicPartition[]> {
    this.#stopHeart()
    try {
      const joined = await this.#joinOnce()
      this.#memberId = joined.memberId
      this.#generationId = joined.generationId
      const assigned = await this.#sync(joined)
      this.news = 'none'
      this.#startHeart()
      return assigned
    } catch (error) {
      if (isMemberGone(error)) this.#memberId = ''
      throw error
    }
  }

  /**
   * Says good-bye, not on the connection where a join may be waiting. A static member says nothing: its place is kept
   * until its session ends.
   */
  async leave(): Promise<void> {
    this.#stopHeart()
    const memberId = this.#memberId
    this.#memberId = ''
    if (memberId === '' || this.#instanceId !== null) return
    const body = { groupId: this.#groupId, members: [{ memberId, groupInstanceId: null }] }
    const untilMs = performance.now() + LEAVE_PATIENCE_MS
    await this.#cluster.askCoordinator({ group: this.#groupId }, LEAVE_GROUP, body, {
      untilMs,
      codes: (a) => [a.errorCode],
      timeoutMs: LEAVE_PATIENCE_MS,
    })
  }

  /** Leaves for good, also out of a join that is under way. */
  async close(): Promise<void> {
    this.#closed = true
    await this.leave().catch(() => this.forget())
  }

  /** The next join is a newcomer's. */
  forget(): void {
    this.#memberId = ''
    this.#stopHeart()
  }

  async #joinOnce(): Promise<JoinAnswer> {
    const subscription = { version: 0, topics: this.#topics, userData: Buffer.alloc(0) }
    const ask = (): Promise<JoinAnswer> => {
      const body = {
        groupId: this.#groupId,
        sessionTimeoutMs: SESSION_TIMEOUT_MS,
        rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
        memberId: this.#memberId,
        groupInstanceId: this.#instanceId,
        protocolType: PROTOCOL_TYPE,
        protocols: [{ name: PROTOCOL, metadata: encode(SUBSCRIPTION, subscription) }],
      }
      return this.#ask(JOIN_GROUP, body, (a) => (a.errorCode === CODES.MEMBER_ID_REQUIRED ? 0 : a.errorCode))
    }
    const first = await ask()
    if (first.errorCode !== CODES.MEMBER_ID_REQUIRED) return first
    // The coordinator gives newcomers an id first, so that a lost answer leaves no ghost in the group.
    this.#memberId = first.memberId
    return ask()
  }

  async #sync(joined: JoinAnswer): Promise<readonly TopicPartition[]> {
    const isLeader = joined.leader === joined.memberId
    const answer = await this.#ask(
      SYNC_GROUP,
      {
        ...this.#as(),
        protocolType: PROTOCOL_TYPE,
        protocolName: PROTOCOL,
        assignments: isLeader ? await this.#shareOut(joined) : [],
      },
      (a) => a.errorCode,
    )
    if (answer.assignment.length === 0) return []
    const { topics } = ASSIGNMENT.read(new ByteReader(answer.assignment))
    return topics.flatMap(({ name, partitions }) =>
      [...partitions].sort((a, b) => a - b).map((partition) => ({ topic: name, partition })),
    )
  }

  async #shareOut({ members }: JoinAnswer): Promise<readonly { memberId: string; assignment: Buffer }[]> {
    const readers = members.map(({ memberId, groupInstanceId, metadata }) => ({
      // Static members keep their stretch over restarts, since they are sorted by their instance's name.
      id: groupInstanceId ?? memberId,
      memberId,
      topics: SUBSCRIPTION.read(new ByteReader(metadata)).topics,
    }))
    const topics = [...new Set(readers.flatMap((reader) => reader.topics))].sort()
    await this.#cluster.refresh(topics)
    const counts = new Map(topics.map((topic) => [topic, this.#cluster.topic(topic).partitions.length]))
    const shares = shareOutRange(readers, counts)
    return readers.map(({ id, memberId }) => {
      const own = [...(shares.get(id) ?? [])].map(([name, partitions]) => ({ name, partitions }))
      return { memberId, assignment: encode(ASSIGNMENT, { version: 0, topics: own, userData: Buffer.alloc(0) }) }
    })
  }

  #ask<Q, A>(api: Parameters<typeof askGroup<Q, A>>[2], body: Q, codeOf: (answer: A) => number): Promise<A> {
    return askGroup(this.#cluster, this.#groupId, api, body, codeOf)
  }

  #as(): GroupIdentity {
    return {
      groupId: this.#groupId,
      generationId: this.#generationId,
      memberId: this.#memberId,
      groupInstanceId: this.#instanceId,
    }
  }

  #startHeart(): void {
    if (this.#closed) return
    this.#heart = setTimeout(() => void this.#beat(), HEARTBEAT_MS)
  }

  #stopHeart(): void {
    clearTimeout(this.#heart)
    this.#heart = undefined
  }

  async #beat(): Promise<void> {
    const heart = this.#heart
    if (performance.now() - this.#polledAtMs > REBALANCE_TIMEOUT_MS) {
      await this.leave().catch(() => this.forget())
      return this.#notice('gone')
    }
    try {
      await askGroup(this.#cluster, this.#groupId, HEARTBEAT, this.#as(), (a) => a.errorCode)
    } catch (error) {
      if (this.#heart !== heart) return
      if (isMemberGone(error)) return this.#notice('gone')
      if (isRebalance(error)) this.#notice('rebalance')
    }
    // Joined again or left meanwhile: that one has a heart of its own. It beats on in a rebalance, which may take long.
    if (this.#heart === heart && heart !== undefined) this.#startHeart()
  }

  #notice(news: MembershipNews): void {
    this.news = news
    this.#onNews()
  }
}

function askGroup<Q, A>(
  cluster: Cluster,
  groupId: string,
  api: Parameters<typeof cluster.askCoordinator<Q, A>>[1],
  body: Q,
  codeOf: (answer: A) => number,
): Promise<A> {
  return cluster.askCoordinator({ group: groupId }, api, body, {
    untilMs: performance.now() + COORDINATOR_PATIENCE_MS,
    codes: (answer) => [codeOf(answer)],
    purpose: 'group',
    ...((api as unknown) === JOIN_GROUP ? { timeoutMs: JOIN_TIMEOUT_MS } : {}),
  })
}

function encode<T>(type: Type<T>, value: T): Buffer {
  const writer = new ByteWriter()
  type.write(writer, value)
  return Buffer.concat(writer.chunks())
}

export const isJoinRepeated = (error: unknown): boolean =>
  isRebalance(error) || isMemberGone(error) || (error instanceof BrokerError && error.kind === 'moved')
