import type { LogRecord, ProducerRecord, TopicPartition } from '../../record.ts'
import type { StoreBacking, StoreChange } from '../../state/backing.ts'
import type { CommittedOffset, TopicConfig } from '../port.ts'

/** Records of one partition in one commit, with the offsets they were promised; ascending, gaps allowed. */
export interface AppendedPart {
  readonly at: TopicPartition
  readonly offsets: readonly number[]
  readonly records: readonly ProducerRecord[]
}

export interface GroupOffset {
  readonly groupId: string
  readonly at: TopicPartition
  readonly committed: CommittedOffset
}

/** Everything of one commit; takes effect wholly or not at all. */
export interface MediumChange {
  readonly parts: readonly AppendedPart[]
  readonly offsets: readonly GroupOffset[]
  readonly stores: readonly StoreChange[]
}

/** Where a local log's bytes lie. Synchronous: a commit of some hundred kilobytes takes about a millisecond. */
export interface LogMedium {
  topics(): readonly TopicConfig[]
  createTopics(topics: readonly TopicConfig[]): void
  /** Next offset to be written and first offset kept. */
  bounds(at: TopicPartition): { readonly start: number; readonly end: number }
  /** Records from an offset on, in offset order; fewer than asked for only at the end. */
  read(at: TopicPartition, from: number, recordsMax: number): readonly LogRecord[]
  /** Throws DISK_FULL, having changed nothing. */
  write(change: MediumChange): void
  committed(groupId: string, at: TopicPartition): CommittedOffset | undefined
  backing(storeId: string): StoreBacking
  close(): Promise<void>
}
