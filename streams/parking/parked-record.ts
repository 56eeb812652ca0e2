import type { TopicSpec } from '../graph.ts'
import type { Headers } from '../record.ts'
import { decodeKey, QueuedRecord } from '../task/queued-record.ts'

/** More bytes than this are not parked: written down they would not fit into one record of a changelog. */
export const PARKED_BYTES_MAX = 700_000

/** A record that was put aside, taken up again: its offset has been passed. */
export class ParkedRecord extends QueuedRecord {
  /** Whose first it is. */
  readonly parkedKey: string

  constructor(spec: TopicSpec, stored: StoredRecord) {
    const bytes = (text: string | null): Uint8Array | undefined =>
      text === null ? undefined : Buffer.from(text, 'base64')
    super(spec, {
      topic: spec.topic,
      partition: stored.partition,
      offset: BigInt(stored.offset),
      timestampMs: stored.timestamp_ms,
      key: bytes(stored.key),
      value: bytes(stored.value),
      headers: stored.headers,
    })
    this.parkedKey = decodeKey(this.keyBytes ?? new Uint8Array())
  }
}

/** A record as it lies in the store. */
export interface StoredRecord {
  /** Name in the topology. */
  readonly topic: string
  readonly partition: number
  readonly offset: string
  readonly timestamp_ms: number
  /** Base64, as the value; `null` is none. */
  readonly key: string | null
  readonly value: string | null
  readonly headers: Headers
  /** Which of its task's parked records it was: order over topics. */
  readonly place: number
}

export function storedRecord(record: QueuedRecord, place: number): StoredRecord {
  const text = (bytes: Uint8Array | undefined): string | null =>
    bytes === undefined ? null : Buffer.from(bytes).toString('base64')
  return {
    topic: record.spec.name,
    partition: record.partition,
    offset: String(record.offset),
    timestamp_ms: record.timestampMs,
    key: text(record.keyBytes),
    value: text(record.valueBytes),
    headers: record.headers,
    place,
  }
}

/** The same however often it is parked: at least once, two processes may do so. */
export const idOf = ({ topic, partition, offset }: StoredRecord): string =>
  `r/${topic}-${partition}/${offset.padStart(19, '0')}`
