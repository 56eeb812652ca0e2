import type { CommittedOffset, LogAdmin, TopicConfig } from '../../log/port.ts'
import type { SimBroker } from '../broker/sim-broker.ts'
import { naming, type SimClient } from './sim-client.ts'

/** How long ends wait for markers that are on their way; then they are the last stable ones. */
const END_WAIT_MS = 5_000
const END_LOOK_MS = 50
/** Longer than a dead process's transaction stays open. */
export const STABLE_TIMEOUT_MS = 10_000
const PATIENCE_MS = 3_000

export class SimAdmin implements LogAdmin {
  readonly #client: SimClient

  constructor(client: SimClient) {
    this.#client = client
  }

  ensureTopics(topics: readonly TopicConfig[]): Promise<void> {
    return naming('topics', () =>
      this.#client.retry('CreateTopics', (broker) => broker.createTopics(topics), PATIENCE_MS),
    )
  }

  listTopics(): Promise<readonly { readonly topic: string; readonly partitions: number }[]> {
    const list = (topics: ReadonlyMap<string, readonly unknown[]>) =>
      [...topics].map(([topic, partitions]) => ({ topic, partitions: partitions.length }))
    return naming('topics', () => this.#client.retry('Metadata', (broker) => list(broker.topics), PATIENCE_MS))
  }

  endOffsets(topic: string): Promise<readonly bigint[]> {
    const { clock, world } = this.#client
    return naming(`ends of ${topic}`, async () => {
      const untilMs = world.nowMs + END_WAIT_MS
      for (;;) {
        const ends = await this.#client.retry(
          'ListOffsets',
          (broker) => broker.partitionsOf(topic).map(({ stable, hasOpen }) => ({ stable, hasOpen })),
          PATIENCE_MS,
        )
        if (!ends.some(({ hasOpen }) => hasOpen) || world.nowMs >= untilMs)
          return ends.map(({ stable }) => BigInt(stable))
        await clock.sleep(END_LOOK_MS)
      }
    })
  }

  writtenEnds(topic: string): Promise<readonly bigint[]> {
    const ends = (broker: SimBroker): readonly bigint[] => broker.partitionsOf(topic).map(({ end }) => BigInt(end))
    return naming(`ends of ${topic}`, () => this.#client.retry('ListOffsets', ends, PATIENCE_MS))
  }

  startOffsets(topic: string): Promise<readonly bigint[]> {
    return naming(`starts of ${topic}`, () =>
      this.#client.retry('ListOffsets', (broker) => broker.partitionsOf(topic).map(() => 0n), PATIENCE_MS),
    )
  }

  committedOffsets(groupId: string, topics: readonly string[]): Promise<ReadonlyMap<string, CommittedOffset>> {
    return naming(`offsets of ${groupId}`, () =>
      this.#client.retry('OffsetFetch', (broker) => broker.stableOffsets(groupId, topics), STABLE_TIMEOUT_MS),
    )
  }

  async close(): Promise<void> {}
}
