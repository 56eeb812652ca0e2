import { type LogRecord, partitionKey, type TopicPartition } from '../../record.ts'
import type { ConsumerOptions, LogConsumer } from '../port.ts'
import type { GroupCoordinator } from './group-coordinator.ts'
import type { LocalLog } from './local-log.ts'
import { waitForAppend } from './wait.ts'

interface Position {
  readonly at: TopicPartition
  next: number
  paused: boolean
}

/** A group member over a local log. */
export class LocalConsumer implements LogConsumer {
  readonly #log: LocalLog
  readonly #groups: GroupCoordinator
  readonly #options: ConsumerOptions
  readonly #positions = new Map<string, Position>()
  #memberId: number | undefined
  /** Where the next poll begins, so that no partition starves. */
  #turn = 0

  constructor(log: LocalLog, groups: GroupCoordinator, options: ConsumerOptions) {
    this.#log = log
    this.#groups = groups
    this.#options = options
  }

  async start(): Promise<void> {
    const { groupId, topics, broadcast, listener } = this.#options
    this.#memberId = this.#groups.join(groupId, { topics, broadcast, listener })
  }

  async poll(recordsMax: number, waitMs: number): Promise<readonly LogRecord[]> {
    await this.#rebalance()
    const records = this.#read(recordsMax)
    if (records.length > 0 || waitMs <= 0) return records
    await waitForAppend(this.#log, waitMs)
    await this.#rebalance()
    return this.#read(recordsMax)
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#setPaused(partitions, true)
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#setPaused(partitions, false)
  }

  async close(): Promise<void> {
    if (this.#memberId === undefined) return
    const all = this.#partitions()
    if (all.length > 0) await this.#options.listener.revoked(all)
    this.#groups.leave(this.#options.groupId, this.#memberId)
    this.#positions.clear()
    this.#memberId = undefined
  }

  /** Whether this member may commit an offset of the partition; of topics it does not share out it may. */
  owns(at: TopicPartition): boolean {
    if (this.#memberId !== undefined && !this.#options.topics.includes(at.topic)) return true
    return (
      this.#memberId !== undefined &&
      this.#positions.has(partitionKey(at)) &&
      this.#groups.owns(this.#options.groupId, this.#memberId, at)
    )
  }

  /** For tests: as if the broker had not heard of this member for too long. Noticed at its next poll. */
  expel(): void {
    if (this.#memberId !== undefined) this.#groups.leave(this.#options.groupId, this.#memberId)
  }

  async #rebalance(): Promise<void> {
    const { groupId, listener, topics, broadcast } = this.#options
    if (this.#memberId === undefined) return
    if (!this.#groups.isMember(groupId, this.#memberId)) {
      const lost = this.#partitions()
      this.#positions.clear()
      if (lost.length > 0) await listener.lost(lost)
      this.#memberId = this.#groups.join(groupId, { topics, broadcast, listener })
    }
    const revoked = this.#groups.toRevoke(groupId, this.#memberId, this.#partitions())
    if (revoked.length > 0) {
      await listener.revoked(revoked)
      for (const at of revoked) this.#positions.delete(partitionKey(at))
      this.#groups.revoked(
        groupId,
        revoked.filter((at) => !broadcast.includes(at.topic)),
      )
    }
    const assigned = this.#groups.toAssign(groupId, this.#memberId, this.#partitions())
    if (assigned.length === 0) return
    const elsewhere = await this.#options.startAt?.(assigned)
    for (const at of assigned) {
      const next = this.#startOf(at, elsewhere?.get(partitionKey(at)))
      this.#positions.set(partitionKey(at), { at, next, paused: false })
    }
    await listener.assigned(assigned)
  }

  #startOf(at: TopicPartition, elsewhere: bigint | 'earliest' | undefined): number {
    const start = this.#log.startOffset(at)
    if (elsewhere === 'earliest') return start
    return Math.max(start, Number(elsewhere ?? this.#log.committed(this.#options.groupId, at)?.offset ?? start))
  }

  #read(recordsMax: number): readonly LogRecord[] {
    const positions = [...this.#positions.values()]
    const out: LogRecord[] = []
    this.#turn += 1
    for (let i = 0; i < positions.length && out.length < recordsMax; i++) {
      const position = positions[(i + this.#turn) % positions.length] as Position
      if (position.paused) continue
      const { records, next } = this.#log.read(position.at, position.next, recordsMax - out.length)
      position.next = next
      out.push(...records)
    }
    return out
  }

  #partitions(): readonly TopicPartition[] {
    return [...this.#positions.values()].map((position) => position.at)
  }

  #setPaused(partitions: readonly TopicPartition[], paused: boolean): void {
    for (const at of partitions) {
      const position = this.#positions.get(partitionKey(at))
      if (position !== undefined) position.paused = paused
    }
  }
}
