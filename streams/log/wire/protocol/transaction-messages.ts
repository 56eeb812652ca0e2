import { api, asVersion } from './api.ts'
import { commitResults, committedTopics } from './group-messages.ts'
import { array, boolean, int16, int32, int64, nullableString, string, struct } from './types.ts'

export const INIT_PRODUCER_ID = api(
  'InitProducerId',
  22,
  4,
  struct({ transactionalId: nullableString, timeoutMs: int32, producerId: int64, producerEpoch: int16 }),
  struct({ throttleTimeMs: int32, errorCode: int16, producerId: int64, producerEpoch: int16 }),
)

export const ADD_PARTITIONS_TO_TXN = api(
  'AddPartitionsToTxn',
  24,
  3,
  struct({
    transactionalId: string,
    producerId: int64,
    producerEpoch: int16,
    topics: array(struct({ name: string, partitions: array(int32) })),
  }),
  struct({ throttleTimeMs: int32, topics: commitResults }),
)

export const ADD_OFFSETS_TO_TXN = api(
  'AddOffsetsToTxn',
  25,
  3,
  struct({ transactionalId: string, producerId: int64, producerEpoch: int16, groupId: string }),
  struct({ throttleTimeMs: int32, errorCode: int16 }),
)

export const TXN_OFFSET_COMMIT = api(
  'TxnOffsetCommit',
  28,
  3,
  struct({
    transactionalId: string,
    groupId: string,
    producerId: int64,
    producerEpoch: int16,
    generationId: int32,
    memberId: string,
    groupInstanceId: nullableString,
    topics: committedTopics,
  }),
  struct({ throttleTimeMs: int32, topics: commitResults }),
)

/** The number by which a broker adds the group to the transaction itself (KIP-890). */
export const TXN_OFFSET_COMMIT_ADDING = asVersion(TXN_OFFSET_COMMIT, 5)

const endTxn = struct({ transactionalId: string, producerId: int64, producerEpoch: int16, committed: boolean })

export const END_TXN = api('EndTxn', 26, 3, endTxn, struct({ throttleTimeMs: int32, errorCode: int16 }))

/** Answers with the epoch of the next transaction (KIP-890): nothing late can get into that one. */
export const END_TXN_NEXT_EPOCH = api(
  'EndTxn',
  26,
  5,
  endTxn,
  struct({ throttleTimeMs: int32, errorCode: int16, producerId: int64, producerEpoch: int16 }),
)

/** Who has written to a partition lately, and where the transaction begins that each has open there; -1 for none. */
export const DESCRIBE_PRODUCERS = api(
  'DescribeProducers',
  61,
  0,
  struct({ topics: array(struct({ name: string, partitions: array(int32) })) }),
  struct({
    throttleTimeMs: int32,
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partition: int32,
            errorCode: int16,
            errorMessage: nullableString,
            producers: array(
              struct({
                producerId: int64,
                producerEpoch: int32,
                lastSequence: int32,
                lastTimestamp: int64,
                coordinatorEpoch: int32,
                openFrom: int64,
              }),
            ),
          }),
        ),
      }),
    ),
  }),
)

/** What the coordinator knows of transactional ids. */
export const DESCRIBE_TRANSACTIONS = api(
  'DescribeTransactions',
  65,
  0,
  struct({ transactionalIds: array(string) }),
  struct({
    throttleTimeMs: int32,
    transactions: array(
      struct({
        errorCode: int16,
        transactionalId: string,
        state: string,
        timeoutMs: int32,
        startedMs: int64,
        producerId: int64,
        producerEpoch: int16,
        topics: array(struct({ name: string, partitions: array(int32) })),
      }),
    ),
  }),
)
