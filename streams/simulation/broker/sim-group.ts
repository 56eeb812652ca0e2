import type { CommittedOffset } from '../../log/port.ts'
import type { TopicPartition } from '../../record.ts'
import type { SimProcess } from '../world/sim-process.ts'
import type { World } from '../world/world.ts'
import { BrokerError } from './broker-error.ts'
import type { Transaction } from './transaction.ts'

export const SESSION_TIMEOUT_MS = 3_000
/** How long a rebalance waits for members that do not join again. */
const REBALANCE_TIMEOUT_MS = 6_000
/** How long the first member of an empty group waits for others. */
const FIRST_WAIT_MS = 50

/** What a member is given when a rebalance ends. */
export interface Joined {
  readonly memberId: string
  readonly generation: number
  readonly partitions: readonly TopicPartition[]
}

export interface Membership {
  readonly memberId: string
  readonly generation: number
}

export interface OffsetEntry {
  readonly at: TopicPartition
  readonly committed: CommittedOffset
}

interface Member {
  readonly memberId: string
  readonly topics: readonly string[]
  heardMs: number
  waiting: PromiseWithResolvers<Joined> | undefined
}

/** Told of every committed offset, by whom and in which generation. */
export type OffsetWatch = (groupId: string, key: string, committed: CommittedOffset) => void

/**
 * A consumer group with its coordinator: members by generations, partitions shared out by `range`, all given up at each
 * rebalance. Offsets of a transaction are pending until its marker comes; who asks for stable ones is told to wait.
 */
export class SimGroup {
  readonly groupId: string
  readonly offsets = new Map<string, OffsetEntry>()
  readonly #world: World
  readonly #broker: SimProcess
  readonly #partitionsOf: (topic: string) => number
  readonly #watch: OffsetWatch
  readonly #members = new Map<string, Member>()
  readonly #pending = new Map<Transaction, Map<string, OffsetEntry>>()
  #generation = 0
  #rebalancing = false
  #lastMember = 0

  constructor(
    groupId: string,
    ports: { world: World; broker: SimProcess; partitionsOf: (topic: string) => number; watch: OffsetWatch },
  ) {
    this.groupId = groupId
    this.#world = ports.world
    this.#broker = ports.broker
    this.#partitionsOf = ports.partitionsOf
    this.#watch = ports.watch
  }

  /** Resolves when all members have joined, or the others' time is over. */
  join(memberId: string | undefined, topics: readonly string[]): Promise<Joined> {
    const member = memberId === undefined ? this.#create(topics) : this.#memberOf(memberId)
    member.heardMs = this.#world.nowMs
    member.waiting?.reject(new BrokerError('TIMED_OUT'))
    const waiting = Promise.withResolvers<Joined>()
    // A client that no longer listens leaves nothing behind.
    waiting.promise.catch(() => {})
    member.waiting = waiting
    if (this.#rebalancing) this.#completeWhenAllAreThere()
    else this.#rebalance()
    return waiting.promise
  }

  heartbeat({ memberId, generation }: Membership): void {
    const member = this.#memberOf(memberId)
    if (generation !== this.#generation) throw new BrokerError('ILLEGAL_GENERATION')
    member.heardMs = this.#world.nowMs
    if (this.#rebalancing) throw new BrokerError('REBALANCE_IN_PROGRESS')
  }

  leave(memberId: string): void {
    this.#members.get(memberId)?.waiting?.reject(new BrokerError('UNKNOWN_MEMBER_ID'))
    if (this.#members.delete(memberId)) this.#rebalance()
  }

  /** Throws ILLEGAL_GENERATION or UNKNOWN_MEMBER_ID; a group without members takes offsets of anybody. */
  commit(by: Membership | undefined, offsets: readonly OffsetEntry[]): void {
    this.#check(by)
    for (const one of offsets) this.#keep(one)
  }

  /** The offsets become committed with the transaction's marker. Throws as `commit` does. */
  commitWith(transaction: Transaction, by: Membership | 'anybody' | undefined, offsets: readonly OffsetEntry[]): void {
    if (by !== 'anybody') this.#check(by)
    const pending = this.#pending.get(transaction) ?? new Map<string, OffsetEntry>()
    this.#pending.set(transaction, pending)
    for (const one of offsets) pending.set(`${one.at.topic}-${one.at.partition}`, one)
  }

  /** Throws UNSTABLE_OFFSET_COMMIT while a transaction is about to change them. */
  stableOffsets(topics: ReadonlySet<string>): ReadonlyMap<string, CommittedOffset> {
    for (const pending of this.#pending.values()) {
      for (const { at } of pending.values()) {
        if (topics.has(at.topic)) throw new BrokerError('UNSTABLE_OFFSET_COMMIT')
      }
    }
    return new Map(
      [...this.offsets].flatMap(([key, { at, committed }]) =>
        topics.has(at.topic) ? [[key, committed] as const] : [],
      ),
    )
  }

  /** Ends a transaction here. */
  mark(transaction: Transaction): void {
    const pending = this.#pending.get(transaction)
    this.#pending.delete(transaction)
    if (transaction.decision === 'commit') for (const one of pending?.values() ?? []) this.#keep(one)
  }

  /** The group moved to another coordinator: who waits there asks again here, and nobody is late yet. */
  moved(): void {
    for (const member of this.#members.values()) {
      member.heardMs = this.#world.nowMs
      member.waiting?.reject(new BrokerError('NOT_COORDINATOR'))
      member.waiting = undefined
    }
    if (this.#rebalancing) this.#rebalance()
  }

  #keep(one: OffsetEntry): void {
    const key = `${one.at.topic}-${one.at.partition}`
    this.offsets.set(key, one)
    this.#watch(this.groupId, key, one.committed)
  }

  #check(by: Membership | undefined): void {
    if (by === undefined) {
      if (this.#members.size > 0) throw new BrokerError('UNKNOWN_MEMBER_ID')
      return
    }
    this.#memberOf(by.memberId)
    if (by.generation !== this.#generation) throw new BrokerError('ILLEGAL_GENERATION')
  }

  #create(topics: readonly string[]): Member {
    this.#lastMember += 1
    const memberId = `${this.groupId}#${this.#lastMember}`
    const member: Member = { memberId, topics, heardMs: this.#world.nowMs, waiting: undefined }
    this.#members.set(memberId, member)
    this.#watchSession(member)
    return member
  }

  #memberOf(memberId: string): Member {
    const member = this.#members.get(memberId)
    if (member === undefined) throw new BrokerError('UNKNOWN_MEMBER_ID')
    return member
  }

  #watchSession(member: Member): void {
    const leftMs = member.heardMs + SESSION_TIMEOUT_MS - this.#world.nowMs
    const look = (): void => {
      if (this.#members.get(member.memberId) !== member) return
      // Who waits for the others is heard of when the rebalance ends.
      if (member.waiting !== undefined) member.heardMs = this.#world.nowMs
      if (member.heardMs + SESSION_TIMEOUT_MS > this.#world.nowMs) {
        this.#watchSession(member)
        return
      }
      this.#world.trace('broker', () => `${member.memberId} has not been heard of`)
      this.#members.delete(member.memberId)
      this.#rebalance()
    }
    this.#world.after(leftMs, look, this.#broker)
  }

  #rebalance(): void {
    if (this.#members.size === 0) {
      this.#rebalancing = false
      this.#generation += 1
      return
    }
    if (this.#rebalancing) {
      this.#completeWhenAllAreThere()
      return
    }
    this.#rebalancing = true
    const generation = this.#generation
    const over = (): void => {
      if (!this.#rebalancing || this.#generation !== generation) return
      for (const [id, member] of this.#members) if (member.waiting === undefined) this.#members.delete(id)
      this.#complete()
    }
    this.#world.after(REBALANCE_TIMEOUT_MS, over, this.#broker)
    if (this.#members.size === 1) this.#world.after(FIRST_WAIT_MS, () => this.#completeWhenAllAreThere(), this.#broker)
    else this.#completeWhenAllAreThere()
  }

  #completeWhenAllAreThere(): void {
    if (this.#rebalancing && [...this.#members.values()].every((member) => member.waiting !== undefined))
      this.#complete()
  }

  #complete(): void {
    this.#rebalancing = false
    this.#generation += 1
    const members = [...this.#members.values()]
    this.#world.trace('broker', () => `${this.groupId}: generation ${this.#generation} of ${members.length}`)
    for (const [i, member] of members.entries()) {
      const partitions = member.topics.flatMap((topic) =>
        Array.from({ length: this.#partitionsOf(topic) }, (_, partition) => ({ topic, partition })).filter(
          (at) => at.partition % members.length === i,
        ),
      )
      member.heardMs = this.#world.nowMs
      member.waiting?.resolve({ memberId: member.memberId, generation: this.#generation, partitions })
      member.waiting = undefined
    }
  }
}
