/** A topic's partition by the topic's full name on the log, `stonks.extractions`. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** `topic-partition`, the usual short form; used as a map key. */
export const partitionKey = (at: TopicPartition): string => `${at.topic}-${at.partition}`

/** Header values are text; bytes of other writers are read as UTF-8. */
export type Headers = Readonly<Record<string, string>>

/** A record as it lies in the log: bytes, with where and when. */
export interface LogRecord extends TopicPartition {
  readonly offset: bigint
  readonly timestampMs: number
  readonly key: Uint8Array | undefined
  /** `undefined` is a tombstone. */
  readonly value: Uint8Array | undefined
  readonly headers: Headers
}

/** A record on its way into the log. Without a partition the key decides, by `partitionOf`. */
export interface ProducerRecord {
  readonly topic: string
  readonly partition: number
  readonly timestampMs: number
  readonly key: Uint8Array | undefined
  readonly value: Uint8Array | undefined
  readonly headers: Headers
}

/** A record as a processor sees it: key and value decoded. `topic` is the name in the topology, `extractions`. */
export interface InputRecord<V = unknown> {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly timestampMs: number
  readonly key: string | undefined
  /** `undefined` is a tombstone. */
  readonly value: V | undefined
  readonly headers: Headers
}

/** What a processor forwards. Topic may be left out where the processor has one; time is the input's unless given. */
export interface OutputRecord<V = unknown> {
  readonly topic?: string
  readonly key: string | undefined
  readonly value: V | undefined
  readonly timestampMs?: number
  readonly headers?: Headers
}

/** How values become bytes. A promise only where a schema has to be fetched first. */
export interface Serde<V = unknown> {
  serialize(value: V): Uint8Array
  deserialize(bytes: Uint8Array): V | Promise<V>
}
