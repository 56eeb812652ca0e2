import { api, asVersion } from './api.ts'
import {
  array,
  int8,
  int16,
  int32,
  int64,
  nullableBytes,
  nullableString,
  string,
  struct,
  uuid,
  type ValueOf,
} from './types.ts'

const fetchedPartition = struct(
  {
    partition: int32,
    errorCode: int16,
    highWatermark: int64,
    lastStableOffset: int64,
    logStartOffset: int64,
    abortedTransactions: array(struct({ producerId: int64, firstOffset: int64 })),
    preferredReadReplica: int32,
    records: nullableBytes,
  },
  { divergingEpoch: { tag: 0, type: struct({ epoch: int32, endOffset: int64 }) } },
)
export type FetchedPartition = ValueOf<typeof fetchedPartition>

/** By topic ids, so that a topic created anew under the same name is never taken for the one before. */
export const FETCH = api(
  'Fetch',
  1,
  13,
  struct({
    replicaId: int32,
    maxWaitMs: int32,
    minBytes: int32,
    maxBytes: int32,
    isolationLevel: int8,
    sessionId: int32,
    sessionEpoch: int32,
    topics: array(
      struct({
        topicId: uuid,
        partitions: array(
          struct({
            partition: int32,
            currentLeaderEpoch: int32,
            fetchOffset: int64,
            lastFetchedEpoch: int32,
            logStartOffset: int64,
            partitionMaxBytes: int32,
          }),
        ),
      }),
    ),
    forgotten: array(struct({ topicId: uuid, partitions: array(int32) })),
    rackId: string,
  }),
  struct({
    throttleTimeMs: int32,
    errorCode: int16,
    sessionId: int32,
    topics: array(struct({ topicId: uuid, partitions: array(fetchedPartition) })),
  }),
)

export const PRODUCE = api(
  'Produce',
  0,
  9,
  struct({
    transactionalId: nullableString,
    acks: int16,
    timeoutMs: int32,
    topics: array(struct({ name: string, partitions: array(struct({ partition: int32, records: nullableBytes })) })),
  }),
  struct({
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partition: int32,
            errorCode: int16,
            baseOffset: int64,
            logAppendTime: int64,
            logStartOffset: int64,
            recordErrors: array(struct({ batchIndex: int32, message: nullableString })),
            errorMessage: nullableString,
          }),
        ),
      }),
    ),
    throttleTimeMs: int32,
  }),
)

/** The number by which a broker adds the partition to the transaction itself (KIP-890). */
export const PRODUCE_ADDING = asVersion(PRODUCE, 12)
