import { api } from './api.ts'
import { array, boolean, bytes, classic, int16, int32, int64, nullableString, string, struct } from './types.ts'

export const JOIN_GROUP = api(
  'JoinGroup',
  11,
  7,
  struct({
    groupId: string,
    sessionTimeoutMs: int32,
    rebalanceTimeoutMs: int32,
    memberId: string,
    groupInstanceId: nullableString,
    protocolType: string,
    protocols: array(struct({ name: string, metadata: bytes })),
  }),
  struct({
    throttleTimeMs: int32,
    errorCode: int16,
    generationId: int32,
    protocolType: nullableString,
    protocolName: nullableString,
    leader: string,
    memberId: string,
    members: array(struct({ memberId: string, groupInstanceId: nullableString, metadata: bytes })),
  }),
)

export const SYNC_GROUP = api(
  'SyncGroup',
  14,
  5,
  struct({
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: nullableString,
    protocolType: nullableString,
    protocolName: nullableString,
    assignments: array(struct({ memberId: string, assignment: bytes })),
  }),
  struct({
    throttleTimeMs: int32,
    errorCode: int16,
    protocolType: nullableString,
    protocolName: nullableString,
    assignment: bytes,
  }),
)

export const HEARTBEAT = api(
  'Heartbeat',
  12,
  4,
  struct({ groupId: string, generationId: int32, memberId: string, groupInstanceId: nullableString }),
  struct({ throttleTimeMs: int32, errorCode: int16 }),
)

export const LEAVE_GROUP = api(
  'LeaveGroup',
  13,
  4,
  struct({ groupId: string, members: array(struct({ memberId: string, groupInstanceId: nullableString })) }),
  struct({
    throttleTimeMs: int32,
    errorCode: int16,
    members: array(struct({ memberId: string, groupInstanceId: nullableString, errorCode: int16 })),
  }),
)

/** Offsets as OffsetCommit and TxnOffsetCommit both have them. */
export const committedTopics = array(
  struct({
    name: string,
    partitions: array(struct({ partition: int32, offset: int64, leaderEpoch: int32, metadata: nullableString })),
  }),
)
export const commitResults = array(
  struct({ name: string, partitions: array(struct({ partition: int32, errorCode: int16 })) }),
)

export const OFFSET_COMMIT = api(
  'OffsetCommit',
  8,
  8,
  struct({
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: nullableString,
    topics: committedTopics,
  }),
  struct({ throttleTimeMs: int32, topics: commitResults }),
)

export const OFFSET_FETCH = api(
  'OffsetFetch',
  9,
  7,
  struct({
    groupId: string,
    topics: array(struct({ name: string, partitions: array(int32) })),
    requireStable: boolean,
  }),
  struct({
    throttleTimeMs: int32,
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partition: int32,
            offset: int64,
            leaderEpoch: int32,
            metadata: nullableString,
            errorCode: int16,
          }),
        ),
      }),
    ),
    errorCode: int16,
  }),
)

/** What members tell their group's leader and get from it: bytes to the broker, a convention of consumers. */
export const SUBSCRIPTION = classic.struct({
  version: int16,
  topics: classic.array(classic.string),
  userData: classic.nullableBytes,
})
export const ASSIGNMENT = classic.struct({
  version: int16,
  topics: classic.array(classic.struct({ name: classic.string, partitions: classic.array(int32) })),
  userData: classic.nullableBytes,
})
