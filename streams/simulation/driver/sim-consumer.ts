import type { ConsumerOptions, LogConsumer } from '../../log/port.ts'
import { type LogRecord, partitionKey, type TopicPartition } from '../../record.ts'
import { Wakeup } from '../../runtime/wakeup.ts'
import type { Membership } from '../broker/sim-group.ts'
import { STABLE_TIMEOUT_MS } from './sim-admin.ts'
import { naming, type SimClient } from './sim-client.ts'
import { SimFetcher } from './sim-fetcher.ts'
import { type News, SimMembership } from './sim-membership.ts'

/** A group member. What the group wants is done inside `poll`, nowhere else. */
export class SimConsumer implements LogConsumer {
  readonly #client: SimClient
  readonly #options: ConsumerOptions
  readonly #events: Wakeup
  readonly #membership: SimMembership
  readonly #fetcher: SimFetcher
  #assigned: readonly TopicPartition[] = []
  #term = 0

  constructor(client: SimClient, options: ConsumerOptions) {
    this.#client = client
    this.#options = options
    this.#events = new Wakeup(client.clock)
    this.#membership = new SimMembership(client, options, () => this.#events.wake())
    this.#fetcher = new SimFetcher(client, () => this.#events.wake())
  }

  /** Which of its assignments it holds, undefined while it holds none. */
  get term(): number | undefined {
    return this.#assigned.length === 0 || this.#membership.isLost ? undefined : this.#term
  }

  /** As whom offsets are committed. */
  get membership(): Membership | undefined {
    return this.#membership.current
  }

  async start(): Promise<void> {
    const { topics, groupId } = this.#options
    await naming(`joining ${groupId}`, () =>
      this.#client.call('Metadata', (broker) => topics.map((topic) => broker.partitionsOf(topic).length)),
    )
    this.#membership.begin()
  }

  async poll(recordsMax: number, waitMs: number): Promise<readonly LogRecord[]> {
    const untilMs = this.#client.world.nowMs + waitMs
    for (;;) {
      await this.#follow()
      const records = this.#fetcher.take(recordsMax)
      const leftMs = untilMs - this.#client.world.nowMs
      if (records.length > 0 || leftMs <= 0) return records
      await this.#events.wait(leftMs)
    }
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#fetcher.pause(partitions, true)
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#fetcher.pause(partitions, false)
  }

  async close(): Promise<void> {
    try {
      await this.#giveUp('revoked')
    } finally {
      this.#fetcher.assign(new Map())
      await this.#membership.end()
    }
  }

  async #follow(): Promise<void> {
    for (let news = this.#membership.next(); news !== undefined; news = this.#membership.next()) {
      if (news.kind === 'assign') await this.#accept(news)
      else await this.#release(news)
    }
  }

  async #accept(news: Extract<News, { kind: 'assign' }>): Promise<void> {
    const { groupId, topics, listener } = this.#options
    const { partitions } = news
    if (partitions.length === 0) return
    try {
      const committed = await naming(`start of ${groupId}`, () =>
        this.#client.retry('OffsetFetch', (broker) => broker.stableOffsets(groupId, topics), STABLE_TIMEOUT_MS),
      )
      const elsewhere = await this.#options.startAt?.(partitions)
      const startOf = (at: TopicPartition): number => {
        const start = elsewhere?.get(partitionKey(at)) ?? committed.get(partitionKey(at))?.offset ?? 'earliest'
        return start === 'earliest' ? 0 : Number(start)
      }
      this.#fetcher.assign(new Map(partitions.map((at) => [partitionKey(at), { at, next: startOf(at) }])))
    } catch (error) {
      // The group takes this member for ready; the next poll tries again.
      this.#membership.again(news)
      throw error
    }
    this.#assigned = partitions
    await listener.assigned(partitions)
  }

  async #release(news: News): Promise<void> {
    try {
      await this.#giveUp(this.#membership.isLost ? 'lost' : 'revoked')
    } finally {
      // The group waits for this, whatever became of the last commit.
      this.#fetcher.assign(new Map())
      this.#membership.released(news)
    }
  }

  /** What is ours stays ours during the callback: a revoke may still commit. */
  async #giveUp(how: 'revoked' | 'lost'): Promise<void> {
    try {
      if (this.#assigned.length > 0) await this.#options.listener[how](this.#assigned)
    } finally {
      this.#assigned = []
      this.#term += 1
    }
  }
}
