import { StreamsError } from '../../errors.ts'
import type { CommittedOffset, TopicConfig } from '../../log/port.ts'
import { partitionKey, type TopicPartition } from '../../record.ts'
import { SimProcess } from '../world/sim-process.ts'
import type { World } from '../world/world.ts'
import { BrokerError } from './broker-error.ts'
import { type Joined, type Membership, type OffsetEntry, type OffsetWatch, SimGroup } from './sim-group.ts'
import { type Entry, type ProduceBatch, SimPartition } from './sim-partition.ts'
import type { ProducerIdentity } from './transaction.ts'
import { TransactionCoordinator } from './transaction-coordinator.ts'

const FETCH_RECORDS = 200

export interface Fetched {
  readonly at: TopicPartition
  readonly records: readonly Entry[]
  readonly next: number
  /** The partition has no more than that. */
  readonly isEnd: boolean
}

/** What a deliberately wrong broker does; for tests of the invariants. */
export interface BrokerFlaws {
  /** Offsets of open transactions are not waited for. */
  readonly unstableOffsets?: boolean
  /** Members of earlier generations may commit. */
  readonly anyGeneration?: boolean
  /** Open and aborted records are read. */
  readonly dirtyReads?: boolean
}

/** Kafka as its clients see it: one broker that leads every partition and coordinates every group and transaction. */
export class SimBroker {
  readonly process = new SimProcess('broker')
  readonly transactions: TransactionCoordinator
  /** Coordinators are on their way to another broker until then. */
  movingUntilMs = 0
  /** Partitions that nobody leads at the moment. */
  readonly leaderless = new Set<SimPartition>()
  offsetCommitted: OffsetWatch = () => {}
  readonly #world: World
  readonly #flaws: BrokerFlaws
  readonly #topics = new Map<string, readonly SimPartition[]>()
  readonly #groups = new Map<string, SimGroup>()
  /** Fetches that wait, and what for. */
  readonly #parked = new Set<{ readonly keys: ReadonlySet<string>; readonly look: () => void }>()

  constructor(world: World, flaws: BrokerFlaws = {}) {
    this.#world = world
    this.#flaws = flaws
    this.transactions = new TransactionCoordinator(world, this.process)
  }

  get topics(): ReadonlyMap<string, readonly SimPartition[]> {
    return this.#topics
  }

  createTopics(topics: readonly TopicConfig[]): void {
    for (const { topic, partitions } of topics) {
      const existing = this.#topics.get(topic)
      if (existing !== undefined && existing.length !== partitions) {
        throw new StreamsError(
          'TOPOLOGY_INVALID',
          `topic ${topic} has ${existing.length} partitions, not ${partitions}`,
        )
      }
      if (existing !== undefined) continue
      const made = Array.from(
        { length: partitions },
        (_, partition) => new SimPartition({ topic, partition }, () => this.#wakeParked({ topic, partition })),
      )
      this.#topics.set(topic, made)
    }
  }

  /** Throws UNKNOWN_TOPIC_OR_PARTITION. */
  partitionsOf(topic: string): readonly SimPartition[] {
    const partitions = this.#topics.get(topic)
    if (partitions === undefined) throw new BrokerError('UNKNOWN_TOPIC_OR_PARTITION')
    return partitions
  }

  partition(at: TopicPartition): SimPartition {
    const partition = this.partitionsOf(at.topic)[at.partition]
    if (partition === undefined) throw new BrokerError('UNKNOWN_TOPIC_OR_PARTITION')
    return partition
  }

  /** The group's offsets and members, whoever coordinates it. */
  group(groupId: string): SimGroup {
    const known = this.#groups.get(groupId)
    if (known !== undefined) return known
    const created = new SimGroup(groupId, {
      world: this.#world,
      broker: this.process,
      partitionsOf: (topic) => this.partitionsOf(topic).length,
      watch: (...told) => this.offsetCommitted(...told),
    })
    this.#groups.set(groupId, created)
    return created
  }

  /** Coordinators move, which takes so long. */
  move(tookMs: number): void {
    this.movingUntilMs = this.#world.nowMs + tookMs
    for (const group of this.#groups.values()) group.moved()
  }

  takeOver(transactionalId: string, timeoutMs: number): ProducerIdentity {
    this.#coordinate()
    return this.transactions.takeOver(transactionalId, timeoutMs)
  }

  produce(at: TopicPartition, batch: ProduceBatch, transactionalId: string | undefined): readonly number[] {
    const partition = this.partition(at)
    if (this.leaderless.has(partition)) throw new BrokerError('NOT_LEADER_OR_FOLLOWER')
    const transaction =
      transactionalId === undefined ? undefined : this.transactions.joinedBy(transactionalId, batch.identity, partition)
    return partition.append(batch, transaction)
  }

  commitOffsetsWith(
    transactionalId: string,
    identity: ProducerIdentity,
    groupId: string,
    by: Membership | undefined,
    offsets: readonly OffsetEntry[],
  ): void {
    this.#coordinate()
    const group = this.group(groupId)
    const transaction = this.transactions.joinedBy(transactionalId, identity, group)
    group.commitWith(transaction, this.#flaws.anyGeneration ? 'anybody' : by, offsets)
  }

  endTransaction(transactionalId: string, identity: ProducerIdentity, decision: 'commit' | 'abort'): void {
    this.#coordinate()
    this.transactions.end(transactionalId, identity, decision)
  }

  join(groupId: string, memberId: string | undefined, topics: readonly string[]): Promise<Joined> {
    this.#coordinate()
    return this.group(groupId).join(memberId, topics)
  }

  heartbeat(groupId: string, by: Membership): void {
    this.#coordinate()
    this.group(groupId).heartbeat(by)
  }

  leave(groupId: string, memberId: string): void {
    this.#coordinate()
    this.group(groupId).leave(memberId)
  }

  commitOffsets(groupId: string, by: Membership | undefined, offsets: readonly OffsetEntry[]): void {
    this.#coordinate()
    this.group(groupId).commit(by, offsets)
  }

  stableOffsets(groupId: string, topics: readonly string[]): ReadonlyMap<string, CommittedOffset> {
    this.#coordinate()
    const group = this.group(groupId)
    if (!this.#flaws.unstableOffsets) return group.stableOffsets(new Set(topics))
    return new Map([...group.offsets].map(([key, { committed }]) => [key, committed]))
  }

  /** Records from these offsets on; where there are none, waits for some, but no longer than that. */
  fetch(from: ReadonlyMap<string, { at: TopicPartition; next: number }>, waitMs: number): Promise<readonly Fetched[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Fetched[]>()
    const look = (): boolean => {
      try {
        const found = this.#readAll(from)
        if (found.length === 0) return false
        resolve(found)
      } catch (error) {
        reject(error)
      }
      return true
    }
    if (look()) return promise
    const end = (): void => {
      this.#parked.delete(parked)
      timer.cancelled = true
    }
    const parked = {
      keys: new Set(from.keys()),
      look: () => {
        if (look()) end()
      },
    }
    const over = (): void => {
      end()
      resolve([])
    }
    const timer = this.#world.after(waitMs, over, this.process)
    this.#parked.add(parked)
    return promise
  }

  #readAll(from: ReadonlyMap<string, { at: TopicPartition; next: number }>): readonly Fetched[] {
    return [...from.values()].flatMap(({ at, next }) => {
      const partition = this.partition(at)
      if (this.leaderless.has(partition)) return []
      const read = partition.read(next, FETCH_RECORDS, this.#flaws.dirtyReads)
      return read.next === next ? [] : [{ at, ...read, isEnd: read.next >= partition.stable }]
    })
  }

  #wakeParked(at: TopicPartition): void {
    const key = partitionKey(at)
    for (const { keys, look } of [...this.#parked]) if (keys.has(key)) look()
  }

  #coordinate(): void {
    if (this.#world.nowMs < this.movingUntilMs) throw new BrokerError('NOT_COORDINATOR')
  }
}
