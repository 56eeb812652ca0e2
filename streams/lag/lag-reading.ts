import type { TopicPartition } from '../record.ts'

/** One partition as a group stands to it, read at one moment. */
export interface LagReading {
  readonly group: string
  readonly at: TopicPartition
  /** Next offset to be read; undefined where nothing was ever committed, which is not the same as no lag. */
  readonly committed: bigint | undefined
  /** Offsets above the committed one that are done already (async lanes); a commit that stands still may hide progress. */
  readonly doneAbove: bigint
  /** Behind the last record a reader of committed data can reach. */
  readonly end: bigint
  /** Behind the last written one: what Kafka's own tools call the end. */
  readonly written: bigint
  /** Records that are left to be read. Markers of transactions, aborted records and compacted ones are none. */
  readonly records: bigint
  /** False where `records` is a distance between offsets: the most there can be. */
  readonly isExact: boolean
  /** Time of the next record; undefined where there is none, or it could not be read. */
  readonly nextMs: number | undefined
  /** Undefined where the log knows no members. */
  readonly hasMembers: boolean | undefined
}
