import type { LogReader } from '../../log/port.ts'
import { type LogRecord, partitionKey, type TopicPartition } from '../../record.ts'
import { Wakeup } from '../../runtime/wakeup.ts'
import type { SimClient } from './sim-client.ts'
import { SimFetcher } from './sim-fetcher.ts'

/** Reads committed records from given offsets, ahead of who asks. */
export class SimReader implements LogReader {
  readonly #client: SimClient
  readonly #events: Wakeup
  readonly #fetcher: SimFetcher

  constructor(
    client: SimClient,
    from: readonly { readonly at: TopicPartition; readonly offset: bigint | 'earliest' }[],
  ) {
    this.#client = client
    this.#events = new Wakeup(client.clock)
    this.#fetcher = new SimFetcher(client, () => this.#events.wake())
    const positions = from.map(({ at: { topic, partition }, offset }) => {
      const at = { topic, partition }
      return [partitionKey(at), { at, next: offset === 'earliest' ? 0 : Number(offset) }] as const
    })
    this.#fetcher.assign(new Map(positions))
  }

  position(at: TopicPartition): bigint | undefined {
    return this.#fetcher.position(at)
  }

  async poll(recordsMax: number, waitMs: number): Promise<readonly LogRecord[]> {
    const untilMs = this.#client.world.nowMs + waitMs
    for (;;) {
      const records = this.#fetcher.take(recordsMax)
      const leftMs = untilMs - this.#client.world.nowMs
      if (records.length > 0 || leftMs <= 0) return records
      await this.#events.wait(leftMs)
    }
  }

  async close(): Promise<void> {
    this.#fetcher.assign(new Map())
  }
}
