import { StreamsError } from '../../errors.ts'
import type { Compression } from './records/compression.ts'

/** What the wire driver can be told beyond where the cluster is. */
export interface WireOptions {
  /** How outputs are written; `none` unless given. Everything is read, snappy too. */
  readonly compression?: Compression
  /** Keeps a member's place in its group over a restart (static membership). Different for every live member. */
  readonly groupInstanceId?: string
}

/** A member not heard of for so long has lost its place. */
export const SESSION_TIMEOUT_MS = 10_000
export const HEARTBEAT_MS = 2_000
/** How long the others wait for a member that is busy with records; one that does not poll for longer leaves. */
export const REBALANCE_TIMEOUT_MS = 300_000

/** How long a request of the group is tried again while its coordinator moves. */
export const COORDINATOR_PATIENCE_MS = 10_000
/** Longer than a dead process's transaction stays open until its coordinator ends it (15 s, looked at every 10 s). */
export const STABLE_PATIENCE_MS = 30_000

/** How long it is looked for the end of a transaction in a partition: a killed broker is back by then. */
export const MARKERS_PATIENCE_MS = 30_000

export const TRANSACTION_TIMEOUT_MS = 15_000
/** How long outputs are tried again before a commit fails. */
export const DELIVERY_PATIENCE_MS = 10_000
/** Below what brokers take by default, 1,048,588 bytes. */
export const BATCH_BYTES_MAX = 1_000_000
/** Brokers recognise the last five batches of a producer; more under way could come twice. */
export const IN_FLIGHT_MAX = 5

export const otherDriver = (): StreamsError =>
  new StreamsError('INVALID_STATE', 'the consumer belongs to another driver: open both from the same one')
