/** Kafka's names where it has one; the last two are the client's own. */
export type BrokerCode =
  | 'UNKNOWN_TOPIC_OR_PARTITION'
  | 'OFFSET_OUT_OF_RANGE'
  | 'NOT_LEADER_OR_FOLLOWER'
  | 'NOT_COORDINATOR'
  | 'UNKNOWN_MEMBER_ID'
  | 'ILLEGAL_GENERATION'
  | 'REBALANCE_IN_PROGRESS'
  | 'INVALID_PRODUCER_EPOCH'
  | 'CONCURRENT_TRANSACTIONS'
  | 'INVALID_TXN_STATE'
  | 'OUT_OF_ORDER_SEQUENCE_NUMBER'
  | 'UNSTABLE_OFFSET_COMMIT'
  | 'TIMED_OUT'
  | 'UNREACHABLE'

const RETRIABLE: ReadonlySet<BrokerCode> = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'NOT_COORDINATOR',
  'CONCURRENT_TRANSACTIONS',
  'UNSTABLE_OFFSET_COMMIT',
  'TIMED_OUT',
  'UNREACHABLE',
])

/** What a broker, or the way to it, answers instead of a result. */
export class BrokerError extends Error {
  readonly code: BrokerCode

  constructor(code: BrokerCode) {
    super(code)
    this.code = code
  }

  /** The same request may be sent again. */
  get isRetriable(): boolean {
    return RETRIABLE.has(this.code)
  }
}
