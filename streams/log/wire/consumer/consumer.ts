import { type LogRecord, partitionKey, type TopicPartition } from '../../../record.ts'
import type { KafkaConnection } from '../../kafka/connection.ts'
import { Wakeup } from '../../kafka/wakeup.ts'
import type { ConsumerOptions, LogConsumer } from '../../port.ts'
import { toStreamsError } from '../failures.ts'
import { Cluster } from '../network/cluster.ts'
import type { WireOptions } from '../settings.ts'
import { Fetcher } from './fetcher.ts'
import { committedOffsets, type GroupIdentity } from './group-offsets.ts'
import { isJoinRepeated, Membership } from './membership.ts'
import { earliestOffsets, partitionsOf } from './offsets.ts'

/** A group member that is asked for records: the group's news are acted upon inside `poll`, nowhere else. */
export class WireConsumer implements LogConsumer {
  readonly #options: ConsumerOptions
  readonly #cluster: Cluster
  readonly #events = new Wakeup()
  readonly #fetcher: Fetcher
  readonly #membership: Membership
  #assigned: readonly TopicPartition[] = []
  #joining: Promise<void> | undefined
  #joined: { readonly own: readonly TopicPartition[] } | { readonly failure: unknown } | undefined
  #member = false

  constructor(connection: KafkaConnection, options: ConsumerOptions, wire: WireOptions) {
    this.#options = options
    this.#cluster = new Cluster(connection)
    this.#fetcher = new Fetcher(this.#cluster, this.#events)
    const { groupId, topics } = options
    const group = { groupId, topics, instanceId: wire.groupInstanceId }
    this.#membership = new Membership(this.#cluster, group, () => this.#events.wake())
  }

  async start(): Promise<void> {
    await this.#naming('connecting', async () => {
      const topics = [...this.#options.topics, ...this.#options.broadcast]
      await this.#cluster.refresh(topics)
      for (const topic of topics) this.#cluster.topic(topic)
    })
  }

  poll(recordsMax: number, waitMs: number): Promise<readonly LogRecord[]> {
    return this.#naming('reading', async () => {
      const until = performance.now() + waitMs
      for (;;) {
        this.#membership.polled()
        await this.#followGroup()
        const records = this.#member ? this.#fetcher.take(recordsMax) : []
        const leftMs = until - performance.now()
        if (records.length > 0 || leftMs <= 0) return records
        await this.#events.wait(leftMs)
      }
    })
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#fetcher.pause(partitions, true)
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#fetcher.pause(partitions, false)
  }

  /** As whom this member commits, for the producer of the same driver; undefined while it holds nothing. */
  get identity(): GroupIdentity | undefined {
    return this.#member && this.#membership.news !== 'gone' ? this.#membership.identity : undefined
  }

  async close(): Promise<void> {
    try {
      if (this.#member) await this.#giveUp('revoked')
    } finally {
      this.#fetcher.close()
      // A coordinator forgets a member that cannot say good-bye.
      await this.#membership.close()
      this.#cluster.close()
      await this.#joining
    }
  }

  async #followGroup(): Promise<void> {
    if (this.#membership.news === 'gone' && this.#member) {
      this.#membership.forget()
      await this.#giveUp('lost')
    } else if (this.#membership.news === 'rebalance' && this.#member) {
      await this.#giveUp('revoked')
    }
    if (!this.#member && this.#joining === undefined && this.#joined === undefined) this.#beginJoin()
    const joined = this.#joined
    if (joined === undefined) return
    if ('failure' in joined) {
      this.#joined = undefined
      if (isJoinRepeated(joined.failure)) return this.#followGroup()
      throw joined.failure
    }
    if (this.#membership.news === 'gone') {
      this.#membership.forget()
      this.#joined = undefined
      return this.#followGroup()
    }
    await this.#accept(joined.own)
    this.#joined = undefined
  }

  /** Joining waits for the other members, so it goes on between polls. */
  #beginJoin(): void {
    this.#joining = this.#membership
      .join()
      .then((own) => ({ own }))
      .catch((failure: unknown) => ({ failure }))
      .then((joined) => {
        this.#joined = joined
        this.#joining = undefined
        this.#events.wake()
      })
  }

  /** Where it throws, the next poll tries again: the group takes this member for ready. */
  async #accept(own: readonly TopicPartition[]): Promise<void> {
    const broadcast = this.#options.broadcast.flatMap((topic) => partitionsOf(this.#cluster, topic))
    const assigned = own.length === 0 ? [] : [...own, ...broadcast]
    const committed = await committedOffsets(this.#cluster, this.#options.groupId, assigned)
    const elsewhere = assigned.length === 0 ? undefined : await this.#options.startAt?.(assigned)
    const startOf = (at: TopicPartition): bigint | 'earliest' =>
      elsewhere?.get(partitionKey(at)) ?? committed.get(partitionKey(at))?.offset ?? 'earliest'
    const fresh = assigned.filter((at) => startOf(at) === 'earliest')
    const earliest = fresh.length === 0 ? new Map<string, number>() : await earliestOffsets(this.#cluster, fresh)
    this.#fetcher.assign(
      assigned.map((at) => {
        const start = startOf(at)
        return { ...at, offset: start === 'earliest' ? (earliest.get(partitionKey(at)) ?? 0) : Number(start) }
      }),
    )
    this.#assigned = assigned
    this.#member = true
    if (assigned.length > 0) await this.#options.listener.assigned(assigned)
  }

  /** What is ours stays ours during the callback: a revoke may still commit. */
  async #giveUp(how: 'revoked' | 'lost'): Promise<void> {
    this.#fetcher.assign([])
    try {
      if (this.#assigned.length > 0) await this.#options.listener[how](this.#assigned)
    } finally {
      this.#assigned = []
      this.#member = false
    }
  }

  #naming<T>(doing: string, act: () => Promise<T>): Promise<T> {
    const what = `${doing}, group ${this.#options.groupId}`
    return act().catch((error: unknown) => Promise.reject(toStreamsError(error, what, this.#cluster.brokers)))
  }
}
