import type { ConsumerOptions } from '../../log/port.ts'
import type { TopicPartition } from '../../record.ts'
import { BrokerError } from '../broker/broker-error.ts'
import { type Membership, SESSION_TIMEOUT_MS } from '../broker/sim-group.ts'
import type { SimClient } from './sim-client.ts'

const HEARTBEAT_MS = 700
const JOIN_TIMEOUT_MS = 8_000
const RETRY_MS = 80

/** What the group wants of a member. */
export type News =
  | { readonly kind: 'assign'; readonly partitions: readonly TopicPartition[] }
  | { readonly kind: 'release'; readonly done: () => void }

/**
 * A member's talk with its group, in the background: joins, tells that it is alive, and joins again when the others have
 * come or gone. What that means for partitions is news for whoever polls, and is waited for.
 */
export class SimMembership {
  readonly #client: SimClient
  readonly #options: ConsumerOptions
  readonly #onNews: () => void
  readonly #news: News[] = []
  #memberId: string | undefined
  #generation = -1
  #heardMs = 0
  #isLost = false
  #ended = false

  constructor(client: SimClient, options: ConsumerOptions, onNews: () => void) {
    this.#client = client
    this.#options = options
    this.#onNews = onNews
  }

  /** The partitions are somebody else's already. */
  get isLost(): boolean {
    return this.#isLost
  }

  get current(): Membership | undefined {
    return this.#memberId === undefined ? undefined : { memberId: this.#memberId, generation: this.#generation }
  }

  begin(): void {
    void this.#live()
  }

  next(): News | undefined {
    return this.#news.shift()
  }

  /** It could not be acted upon. */
  again(news: News): void {
    this.#news.unshift(news)
  }

  released(news: News): void {
    if (news.kind === 'release') news.done()
  }

  async end(): Promise<void> {
    this.#ended = true
    const { groupId } = this.#options
    const memberId = this.#memberId
    if (memberId === undefined) return
    await this.#client.call('LeaveGroup', (broker) => broker.leave(groupId, memberId)).catch(() => {})
  }

  async #live(): Promise<void> {
    while (!this.#ended) {
      if (!(await this.#join())) continue
      const how = await this.#beatUntilNews()
      if (this.#ended) return
      this.#isLost = how === 'lost'
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#tell({ kind: 'release', done: resolve })
      await this.#beatUntil(promise)
      if (this.#isLost) this.#memberId = undefined
      this.#isLost = false
    }
  }

  async #join(): Promise<boolean> {
    const { groupId, topics } = this.#options
    const memberId = this.#memberId
    try {
      const joined = await this.#client.call('JoinGroup', (b) => b.join(groupId, memberId, topics), JOIN_TIMEOUT_MS)
      if (this.#ended) {
        await this.#client.call('LeaveGroup', (b) => b.leave(groupId, joined.memberId)).catch(() => {})
        return false
      }
      this.#memberId = joined.memberId
      this.#generation = joined.generation
      this.#heardMs = this.#client.world.nowMs
      this.#tell({ kind: 'assign', partitions: joined.partitions })
      return true
    } catch (error) {
      if (error instanceof BrokerError && error.code === 'UNKNOWN_MEMBER_ID') this.#memberId = undefined
      await this.#client.clock.sleep(RETRY_MS)
      return false
    }
  }

  async #beatUntilNews(): Promise<'rebalance' | 'lost'> {
    for (;;) {
      await this.#client.clock.sleep(HEARTBEAT_MS)
      if (this.#ended) return 'rebalance'
      const told = await this.#beat()
      if (told !== undefined) return told
    }
  }

  /** Heartbeats go on while the partitions are being given up: the rebalance waits for that. */
  async #beatUntil(released: Promise<void>): Promise<void> {
    let isDone = false
    void released.then(() => {
      isDone = true
    })
    const beats = async (): Promise<void> => {
      while (!isDone && !this.#ended) {
        await this.#client.clock.sleep(HEARTBEAT_MS)
        if (!isDone && (await this.#beat()) === 'lost') this.#isLost = true
      }
    }
    await Promise.race([released, beats()])
  }

  async #beat(): Promise<'rebalance' | 'lost' | undefined> {
    const by = this.current
    if (by === undefined) return 'lost'
    try {
      await this.#client.call('Heartbeat', (broker) => broker.heartbeat(this.#options.groupId, by))
      this.#heardMs = this.#client.world.nowMs
    } catch (error) {
      const code = error instanceof BrokerError ? error.code : undefined
      if (code === 'UNKNOWN_MEMBER_ID' || code === 'ILLEGAL_GENERATION') return 'lost'
      if (code === 'REBALANCE_IN_PROGRESS') {
        this.#heardMs = this.#client.world.nowMs
        return 'rebalance'
      }
      if (this.#client.world.nowMs - this.#heardMs > SESSION_TIMEOUT_MS) return 'lost'
    }
    return undefined
  }

  #tell(news: News): void {
    this.#news.push(news)
    this.#onNews()
  }
}
