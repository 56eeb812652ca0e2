import type { KafkaConfig, logCreator } from 'kafkajs'
import { StreamsError } from '../../errors.ts'
import { type LogRecord, partitionKey, type TopicPartition } from '../../record.ts'
import { Wakeup } from '../kafka/wakeup.ts'
import type { CommitBatch, ConsumerOptions, LogConsumer } from '../port.ts'
import { isMemberGone, isMoved, isRebalance, memberGone, toStreamsError } from './failures.ts'
import { Fetcher } from './fetcher.ts'
import { type Cluster, createCluster } from './internals.ts'
import { Membership } from './membership.ts'
import { earliestOffsets } from './positions.ts'

/** A group member that is asked for records: the group's news are acted upon inside `poll`, nowhere else. */
export class KafkajsConsumer implements LogConsumer {
  readonly #options: ConsumerOptions
  readonly #brokers: readonly string[]
  readonly #cluster: Cluster
  readonly #events = new Wakeup()
  readonly #fetcher: Fetcher
  readonly #membership: Membership
  #assigned: readonly TopicPartition[] = []
  #joining: Promise<void> | undefined
  #joined: { readonly assigned: readonly TopicPartition[] } | { readonly failure: unknown } | undefined
  #member = false

  constructor(config: KafkaConfig & { logCreator: logCreator }, brokers: readonly string[], options: ConsumerOptions) {
    this.#options = options
    this.#brokers = brokers
    this.#cluster = createCluster(config)
    this.#fetcher = new Fetcher(this.#cluster, this.#events)
    this.#membership = new Membership(this.#cluster, options, () => this.#events.wake())
  }

  async start(): Promise<void> {
    await this.#naming('connecting', async () => {
      await this.#cluster.connect()
      await this.#cluster.addMultipleTargetTopics([...this.#options.topics, ...this.#options.broadcast])
    })
  }

  poll(recordsMax: number, waitMs: number): Promise<readonly LogRecord[]> {
    return this.#naming('reading', async () => {
      const until = performance.now() + waitMs
      for (;;) {
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

  /** Commits as this member. For the producer of the same driver. */
  async commit(offsets: CommitBatch['offsets']): Promise<void> {
    const doing = `committing offsets of ${this.#options.groupId}`
    if (!this.#member || this.#membership.news === 'gone') throw memberGone(doing)
    await this.#naming(doing, () => this.#membership.commit(offsets.values()))
  }

  async close(): Promise<void> {
    await this.#joining?.catch(() => undefined)
    if (this.#member) await this.#giveUp('revoked')
    await this.#fetcher.close()
    // The coordinator forgets a member that cannot say good-bye.
    await this.#membership.leave().catch(() => this.#membership.forget())
    await this.#cluster.disconnect()
  }

  async #followGroup(): Promise<void> {
    if (this.#membership.news === 'gone' && this.#member) {
      await this.#giveUp('lost')
      this.#membership.forget()
    } else if (this.#membership.news === 'rebalance' && this.#member) {
      await this.#giveUp('revoked')
    }
    if (!this.#member && this.#joining === undefined && this.#joined === undefined) this.#beginJoin()
    const joined = this.#joined
    if (joined === undefined) return
    this.#joined = undefined
    if ('failure' in joined) {
      if (isRebalance(joined.failure) || isMoved(joined.failure) || isMemberGone(joined.failure))
        return this.#followGroup()
      throw joined.failure
    }
    await this.#take(joined.assigned)
  }

  /** Joining waits for the other members, so it goes on between polls. */
  #beginJoin(): void {
    this.#joining = this.#membership
      .join()
      .then((assigned) => ({ assigned }))
      .catch((failure: unknown) => ({ failure }))
      .then((joined) => {
        this.#joined = joined
        this.#joining = undefined
        this.#events.wake()
      })
  }

  async #take(assigned: readonly TopicPartition[]): Promise<void> {
    const committed = await this.#membership.committed(assigned)
    const elsewhere = assigned.length === 0 ? undefined : await this.#options.startAt?.(assigned)
    const startOf = (at: TopicPartition): bigint | 'earliest' =>
      elsewhere?.get(partitionKey(at)) ?? committed.get(partitionKey(at)) ?? 'earliest'
    const fresh = assigned.filter((at) => startOf(at) === 'earliest')
    const earliest = await earliestOffsets(this.#cluster, fresh)
    this.#fetcher.assign(
      assigned.map((at) => {
        const start = startOf(at)
        const offset = start === 'earliest' ? earliest.get(partitionKey(at)) : start
        if (offset === undefined)
          throw new StreamsError('LOG_UNAVAILABLE', `${partitionKey(at)}: no leader told its offsets`)
        return { ...at, offset }
      }),
    )
    this.#assigned = assigned
    this.#member = true
    await this.#options.listener.assigned(assigned)
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
    return act().catch((error: unknown) => Promise.reject(toStreamsError(error, what, this.#brokers)))
  }
}
