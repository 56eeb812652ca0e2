import type { KafkaConnection } from '../kafka/connection.ts'
import type { CommitBatch } from '../port.ts'
import { LibrdkafkaConsumer } from './consumer.ts'
import type { Native, NativeConsumer } from './native.ts'
import { otherDriver } from './settings.ts'
import { Subscription } from './subscription.ts'

/** As whom offsets are committed, and whether that is still so after they were handed over. */
export interface Committer {
  readonly native: NativeConsumer
  stillHolds(): boolean
}

/** Finds the committer of a batch; for sources, which have a group but no members, one that never joins. */
export class Handover {
  readonly #native: Native
  readonly #connection: KafkaConnection
  readonly #memberless = new Map<string, Subscription>()

  constructor(native: Native, connection: KafkaConnection) {
    this.#native = native
    this.#connection = connection
  }

  /** Undefined where the consumer holds nothing any more, so may commit nothing. */
  async committerOf({ consumer, groupId }: CommitBatch): Promise<Committer | undefined> {
    if (consumer instanceof LibrdkafkaConsumer) {
      const term = consumer.term
      if (term === undefined) return undefined
      return { native: consumer.native, stillHolds: () => consumer.term === term }
    }
    if (consumer !== undefined) throw otherDriver()
    const { native } = await this.#memberlessOf(groupId)
    return { native, stillHolds: () => true }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#memberless.values()].map((subscription) => subscription.close()))
    this.#memberless.clear()
  }

  async #memberlessOf(groupId: string): Promise<Subscription> {
    const known = this.#memberless.get(groupId)
    if (known !== undefined) return known
    const opened = new Subscription(this.#native, this.#connection, groupId)
    await opened.open()
    this.#memberless.set(groupId, opened)
    return opened
  }
}
