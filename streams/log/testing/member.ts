import { type LogRecord, partitionKey, type TopicPartition } from '../../record.ts'
import type { AssignmentListener, CommitBatch, CommittedOffset, LogConsumer, LogDriver, LogReader } from '../port.ts'

const PATIENCE_MS = 60_000

/** A group member that remembers what it was told. */
export class Member {
  readonly groupId: string
  readonly consumer: LogConsumer
  readonly records: LogRecord[] = []
  readonly lost: string[] = []
  holds: readonly TopicPartition[] = []
  onRevoke: () => Promise<void> = async () => undefined

  constructor(driver: LogDriver, groupId: string, topics: readonly string[], broadcast: readonly string[] = []) {
    const listener: AssignmentListener = {
      assigned: async (partitions) => {
        this.holds = partitions
      },
      revoked: async () => {
        await this.onRevoke()
        this.holds = []
      },
      lost: async (partitions) => {
        this.lost.push(...partitions.map(partitionKey))
        this.holds = []
      },
    }
    this.groupId = groupId
    this.consumer = driver.consumer({ groupId, topics, broadcast, listener })
  }

  async pollUntil(enough: () => boolean): Promise<readonly LogRecord[]> {
    const until = performance.now() + PATIENCE_MS
    while (!enough()) {
      if (performance.now() > until)
        throw new Error(`waited in vain: ${this.records.length} records, holds ${this.keys()}, lost ${this.lost}`)
      this.records.push(...(await this.consumer.poll(500, 100)))
    }
    return this.records
  }

  receive(count: number): Promise<readonly LogRecord[]> {
    return this.pollUntil(() => this.records.length >= count)
  }

  keys(): readonly string[] {
    return this.holds.map(partitionKey).sort()
  }

  /** What this member would commit: up to the last record received, of the partitions it holds. */
  batch(outputs: CommitBatch['outputs'] = [], metadata = ''): CommitBatch {
    const held = new Set(this.keys())
    const offsets = new Map<string, { at: TopicPartition; committed: CommittedOffset }>()
    for (const { topic, partition, offset } of this.records) {
      const key = partitionKey({ topic, partition })
      if (held.has(key)) offsets.set(key, { at: { topic, partition }, committed: { offset: offset + 1n, metadata } })
    }
    return { outputs, consumer: this.consumer, groupId: this.groupId, offsets }
  }
}

/** Polls members in turn, since a rebalance needs all of them, until each holds what it should. */
export async function pollTogether(members: readonly Member[], enough: () => boolean): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  while (!enough()) {
    if (performance.now() > until)
      throw new Error(`waited in vain: ${members.map((m) => m.keys().join(' ')).join(' | ')}`)
    for (const member of members) member.records.push(...(await member.consumer.poll(500, 50)))
  }
}

/** Reads until so many records are there; less when there are no more for a while. */
export async function readAll(reader: LogReader, count: number, quietMs = 3_000): Promise<readonly LogRecord[]> {
  const records: LogRecord[] = []
  let quietSince = performance.now()
  while (records.length < count && performance.now() - quietSince < quietMs) {
    const more = await reader.poll(5_000, 200)
    if (more.length > 0) quietSince = performance.now()
    records.push(...more)
  }
  return records
}
