/**
 * What can be done about an error of a broker.
 * - `moved`: leader or coordinator are elsewhere; look again, then repeat.
 * - `wait`: repeat a little later, at the same place.
 * - `member`: the group has given this member's place away.
 * - `rebalance`: the group is sharing out anew.
 * - `fenced`: another process has taken the transactional id.
 * - `abort`: the transaction cannot go on, the producer can.
 * - `refused`: the cluster refuses this client, and will until somebody changes a setting.
 * - `failed`: anything else.
 */
export type ErrorKind = 'moved' | 'wait' | 'member' | 'rebalance' | 'fenced' | 'abort' | 'refused' | 'failed'

const KNOWN: Readonly<Record<number, readonly [name: string, kind: ErrorKind]>> = {
  1: ['OFFSET_OUT_OF_RANGE', 'failed'],
  2: ['CORRUPT_MESSAGE', 'wait'],
  3: ['UNKNOWN_TOPIC_OR_PARTITION', 'moved'],
  5: ['LEADER_NOT_AVAILABLE', 'moved'],
  6: ['NOT_LEADER_OR_FOLLOWER', 'moved'],
  7: ['REQUEST_TIMED_OUT', 'wait'],
  8: ['BROKER_NOT_AVAILABLE', 'moved'],
  9: ['REPLICA_NOT_AVAILABLE', 'moved'],
  10: ['MESSAGE_TOO_LARGE', 'failed'],
  13: ['NETWORK_EXCEPTION', 'moved'],
  14: ['COORDINATOR_LOAD_IN_PROGRESS', 'wait'],
  15: ['COORDINATOR_NOT_AVAILABLE', 'moved'],
  16: ['NOT_COORDINATOR', 'moved'],
  17: ['INVALID_TOPIC_EXCEPTION', 'refused'],
  18: ['RECORD_LIST_TOO_LARGE', 'failed'],
  19: ['NOT_ENOUGH_REPLICAS', 'wait'],
  20: ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'wait'],
  22: ['ILLEGAL_GENERATION', 'member'],
  23: ['INCONSISTENT_GROUP_PROTOCOL', 'refused'],
  24: ['INVALID_GROUP_ID', 'refused'],
  25: ['UNKNOWN_MEMBER_ID', 'member'],
  26: ['INVALID_SESSION_TIMEOUT', 'refused'],
  27: ['REBALANCE_IN_PROGRESS', 'rebalance'],
  28: ['INVALID_COMMIT_OFFSET_SIZE', 'failed'],
  29: ['TOPIC_AUTHORIZATION_FAILED', 'refused'],
  30: ['GROUP_AUTHORIZATION_FAILED', 'refused'],
  31: ['CLUSTER_AUTHORIZATION_FAILED', 'refused'],
  33: ['UNSUPPORTED_SASL_MECHANISM', 'refused'],
  34: ['ILLEGAL_SASL_STATE', 'refused'],
  35: ['UNSUPPORTED_VERSION', 'refused'],
  36: ['TOPIC_ALREADY_EXISTS', 'failed'],
  37: ['INVALID_PARTITIONS', 'refused'],
  38: ['INVALID_REPLICATION_FACTOR', 'refused'],
  40: ['INVALID_CONFIG', 'refused'],
  41: ['NOT_CONTROLLER', 'moved'],
  42: ['INVALID_REQUEST', 'failed'],
  44: ['POLICY_VIOLATION', 'refused'],
  45: ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'failed'],
  46: ['DUPLICATE_SEQUENCE_NUMBER', 'failed'],
  47: ['INVALID_PRODUCER_EPOCH', 'fenced'],
  48: ['INVALID_TXN_STATE', 'fenced'],
  49: ['INVALID_PRODUCER_ID_MAPPING', 'fenced'],
  50: ['INVALID_TRANSACTION_TIMEOUT', 'refused'],
  51: ['CONCURRENT_TRANSACTIONS', 'wait'],
  53: ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'refused'],
  54: ['SECURITY_DISABLED', 'refused'],
  56: ['KAFKA_STORAGE_ERROR', 'moved'],
  58: ['SASL_AUTHENTICATION_FAILED', 'refused'],
  59: ['UNKNOWN_PRODUCER_ID', 'abort'],
  68: ['NON_EMPTY_GROUP', 'refused'],
  69: ['GROUP_ID_NOT_FOUND', 'failed'],
  72: ['LISTENER_NOT_FOUND', 'moved'],
  73: ['TOPIC_DELETION_DISABLED', 'refused'],
  74: ['FENCED_LEADER_EPOCH', 'moved'],
  75: ['UNKNOWN_LEADER_EPOCH', 'moved'],
  78: ['OFFSET_NOT_AVAILABLE', 'wait'],
  79: ['MEMBER_ID_REQUIRED', 'rebalance'],
  80: ['PREFERRED_LEADER_NOT_AVAILABLE', 'moved'],
  81: ['GROUP_MAX_SIZE_REACHED', 'refused'],
  82: ['FENCED_INSTANCE_ID', 'member'],
  86: ['GROUP_SUBSCRIBED_TO_TOPIC', 'refused'],
  87: ['INVALID_RECORD', 'failed'],
  88: ['UNSTABLE_OFFSET_COMMIT', 'wait'],
  89: ['THROTTLING_QUOTA_EXCEEDED', 'wait'],
  90: ['PRODUCER_FENCED', 'fenced'],
  100: ['UNKNOWN_TOPIC_ID', 'moved'],
  103: ['INCONSISTENT_TOPIC_ID', 'moved'],
  105: ['TRANSACTIONAL_ID_NOT_FOUND', 'failed'],
  110: ['FENCED_MEMBER_EPOCH', 'member'],
  113: ['STALE_MEMBER_EPOCH', 'member'],
  120: ['TRANSACTION_ABORTABLE', 'abort'],
}

export const CODES = {
  NONE: 0,
  OFFSET_OUT_OF_RANGE: 1,
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  LEADER_NOT_AVAILABLE: 5,
  MESSAGE_TOO_LARGE: 10,
  RECORD_LIST_TOO_LARGE: 18,
  TOPIC_AUTHORIZATION_FAILED: 29,
  UNSUPPORTED_VERSION: 35,
  TOPIC_ALREADY_EXISTS: 36,
  OUT_OF_ORDER_SEQUENCE_NUMBER: 45,
  DUPLICATE_SEQUENCE_NUMBER: 46,
  CONCURRENT_TRANSACTIONS: 51,
  SECURITY_DISABLED: 54,
  UNKNOWN_PRODUCER_ID: 59,
  GROUP_ID_NOT_FOUND: 69,
  MEMBER_ID_REQUIRED: 79,
  UNKNOWN_TOPIC_ID: 100,
  TRANSACTIONAL_ID_NOT_FOUND: 105,
} as const

/** A broker's answer was an error. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError'
  readonly code: number
  readonly kind: ErrorKind

  constructor(code: number, doing: string, said?: string | null) {
    const [name, kind] = KNOWN[code] ?? [`error ${code}`, 'failed']
    super(`${doing}: ${name}${said ? ` (${said})` : ''}`)
    this.code = code
    this.kind = kind
  }
}

/** @throws BrokerError unless the code is zero */
export function check(code: number, doing: string, said?: string | null): void {
  if (code !== CODES.NONE) throw new BrokerError(code, doing, said)
}
