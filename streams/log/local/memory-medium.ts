import { type LogRecord, partitionKey, type TopicPartition } from '../../record.ts'
import { MemoryBacking, type StoreBacking } from '../../state/backing.ts'
import type { CommittedOffset, TopicConfig } from '../port.ts'
import type { LogMedium, MediumChange } from './medium.ts'

/** A log that is gone with the process. */
export class MemoryMedium implements LogMedium {
  readonly #topics = new Map<string, TopicConfig>()
  readonly #records = new Map<string, LogRecord[]>()
  readonly #ends = new Map<string, number>()
  readonly #offsets = new Map<string, CommittedOffset>()
  readonly #stores = new Map<string, MemoryBacking>()

  topics(): readonly TopicConfig[] {
    return [...this.#topics.values()]
  }

  createTopics(topics: readonly TopicConfig[]): void {
    for (const topic of topics) this.#topics.set(topic.topic, topic)
  }

  bounds(at: TopicPartition): { start: number; end: number } {
    return { start: 0, end: this.#ends.get(partitionKey(at)) ?? 0 }
  }

  read(at: TopicPartition, from: number, recordsMax: number): readonly LogRecord[] {
    const records = this.#records.get(partitionKey(at)) ?? []
    let [low, high] = [0, records.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((records[middle] as LogRecord).offset < from) low = middle + 1
      else high = middle
    }
    return records.slice(low, low + recordsMax)
  }

  write(change: MediumChange): void {
    for (const { at, offsets, records } of change.parts) {
      const key = partitionKey(at)
      const list = this.#records.get(key) ?? []
      this.#records.set(key, list)
      for (const [i, record] of records.entries()) list.push({ ...record, offset: BigInt(offsets[i] as number) })
      this.#ends.set(key, (offsets.at(-1) ?? -1) + 1)
    }
    for (const one of change.offsets) this.#offsets.set(offsetKey(one.groupId, one.at), one.committed)
    for (const one of change.stores) this.#store(one.storeId).apply(one.entries)
  }

  committed(groupId: string, at: TopicPartition): CommittedOffset | undefined {
    return this.#offsets.get(offsetKey(groupId, at))
  }

  backing(storeId: string): StoreBacking {
    return this.#store(storeId)
  }

  async close(): Promise<void> {}

  #store(storeId: string): MemoryBacking {
    const store = this.#stores.get(storeId) ?? new MemoryBacking()
    this.#stores.set(storeId, store)
    return store
  }
}

const offsetKey = (groupId: string, at: TopicPartition): string => `${groupId}\u0000${partitionKey(at)}`
