import { type LogRecord, partitionKey, type TopicPartition } from '../../record.ts'
import type { KafkaConnection } from '../kafka/connection.ts'
import type { CommittedOffset, ConsumerOptions, LogConsumer } from '../port.ts'
import { asNative, CODES } from './failures.ts'
import type { Native, NativeConsumer, NativeError, NativePartition } from './native.ts'
import { Subscription, toNative } from './subscription.ts'

/**
 * `range` gives partition p of every topic to the same member, as long as the topics have as many partitions, which the
 * sticky ones do not promise. It is eager: all is given up and shared out anew, which allows adding the broadcast topics
 * to whatever is assigned.
 */
const GROUP = {
  'partition.assignment.strategy': 'range',
  'session.timeout.ms': 10_000,
  'heartbeat.interval.ms': 2_000,
  'max.poll.interval.ms': 300_000,
} as const

interface News {
  readonly code: number
  readonly partitions: readonly NativePartition[]
}

/** A group member. What the group wants is done inside `poll`, nowhere else. */
export class LibrdkafkaConsumer implements LogConsumer {
  readonly #options: ConsumerOptions
  readonly #subscription: Subscription
  readonly #news: News[] = []
  #broadcast: readonly TopicPartition[] = []
  #assigned: readonly TopicPartition[] = []
  readonly #paused = new Map<string, NativePartition>()
  #term = 0
  #closing = false

  constructor(native: Native, connection: KafkaConnection, options: ConsumerOptions) {
    this.#options = options
    const rebalance_cb = (error: NativeError, partitions: readonly NativePartition[]): void => {
      if (this.#closing) this.#subscription.unassign()
      else this.#news.push({ code: error.code, partitions })
      this.#subscription.events.wake()
    }
    this.#subscription = new Subscription(native, connection, options.groupId, { ...GROUP, rebalance_cb })
  }

  /** For the producer of the same driver: offsets are committed as this member. */
  get native(): NativeConsumer {
    return this.#subscription.native
  }

  /**
   * Which of its assignments it holds, undefined while it holds none. Whoever commits asks before and after handing over
   * the offsets: a member that was thrown out has neither id nor generation, and brokers take offsets of such.
   */
  get term(): number | undefined {
    return this.#assigned.length === 0 || this.native.assignmentLost() ? undefined : this.#term
  }

  async start(): Promise<void> {
    try {
      await this.#subscription.open()
      for (const topic of this.#options.topics) await this.#subscription.partitionsOf(topic)
      this.#broadcast = (
        await Promise.all(this.#options.broadcast.map((topic) => this.#subscription.partitionsOf(topic)))
      ).flat()
      this.native.subscribe([...this.#options.topics])
    } catch (error) {
      throw this.#subscription.failure(error, `joining group ${this.#options.groupId}`)
    }
  }

  async poll(recordsMax: number, waitMs: number): Promise<readonly LogRecord[]> {
    const until = performance.now() + waitMs
    for (;;) {
      await this.#follow()
      const records = await this.#take(recordsMax)
      // What came along with news may be another member's already; it was not processed, so it is read again.
      if (this.#news.length > 0) continue
      const leftMs = until - performance.now()
      if (records.length > 0 || leftMs <= 0) return records
      await this.#subscription.events.wait(leftMs)
    }
  }

  pause(partitions: readonly TopicPartition[]): void {
    const ours = this.#ours(partitions)
    if (ours.length === 0) return
    for (const at of ours) this.#paused.set(partitionKey(at), at)
    this.native.pause(ours)
  }

  resume(partitions: readonly TopicPartition[]): void {
    const ours = this.#ours(partitions)
    for (const at of ours) this.#paused.delete(partitionKey(at))
    if (ours.length > 0) this.native.resume(ours)
    this.#subscription.events.wake()
  }

  async close(): Promise<void> {
    await this.#giveUp('revoked')
    // Leaving asks once more for the partitions, and waits for the answer.
    this.#closing = true
    await this.#subscription.close()
  }

  async #take(recordsMax: number): Promise<readonly LogRecord[]> {
    try {
      return await this.#subscription.take(recordsMax)
    } catch (error) {
      const cause = error instanceof Error ? asNative(error.cause) : undefined
      // It left the group by itself and says so once more as news, with the partitions lost.
      if (cause?.code === CODES.MAX_POLL_EXCEEDED) return []
      throw error
    }
  }

  async #follow(): Promise<void> {
    for (let news = this.#news.shift(); news !== undefined; news = this.#news.shift()) {
      if (news.code === CODES.ASSIGN_PARTITIONS) await this.#accept(news.partitions)
      else await this.#release()
    }
  }

  async #accept(partitions: readonly NativePartition[]): Promise<void> {
    const own = partitions.map(({ topic, partition }) => ({ topic, partition }))
    const assigned = own.length === 0 ? [] : [...own, ...this.#broadcast]
    try {
      const committed =
        assigned.length === 0 ? new Map<string, CommittedOffset>() : await this.#subscription.committed(assigned)
      const elsewhere = assigned.length === 0 ? undefined : await this.#options.startAt?.(assigned)
      const startOf = (at: TopicPartition): bigint | undefined => {
        const start = elsewhere?.get(partitionKey(at)) ?? committed.get(partitionKey(at))?.offset
        return start === 'earliest' ? undefined : start
      }
      await this.#subscription.assign(assigned.map((at) => ({ ...at, offset: startOf(at) })))
    } catch (error) {
      // The group takes this member for ready; the next poll tries again.
      this.#news.unshift({ code: CODES.ASSIGN_PARTITIONS, partitions })
      throw this.#subscription.failure(error, `start of ${this.#options.groupId}`)
    }
    this.#assigned = assigned
    if (assigned.length > 0) await this.#options.listener.assigned(assigned)
  }

  async #release(): Promise<void> {
    try {
      await this.#giveUp(this.native.assignmentLost() ? 'lost' : 'revoked')
    } finally {
      // The group waits for this, whatever became of the last commit.
      this.#subscription.unassign()
    }
  }

  /** What is ours stays ours during the callback: a revoke may still commit. */
  async #giveUp(how: 'revoked' | 'lost'): Promise<void> {
    try {
      if (this.#assigned.length > 0) await this.#options.listener[how](this.#assigned)
    } finally {
      // A pause outlives an assignment in there; and ended right after the next one, it may stop its start.
      if (this.#paused.size > 0) this.native.resume([...this.#paused.values()])
      this.#paused.clear()
      this.#assigned = []
      this.#term += 1
    }
  }

  #ours(partitions: readonly TopicPartition[]): readonly NativePartition[] {
    const ours = new Set(this.#assigned.map(partitionKey))
    return partitions.filter((at) => ours.has(partitionKey(at))).map(toNative)
  }
}
