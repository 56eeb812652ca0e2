import { api } from './api.ts'
import { METADATA } from './cluster-messages.ts'
import { OFFSET_FETCH } from './group-messages.ts'
import {
  array,
  boolean,
  bytes,
  classic,
  int8,
  int16,
  int32,
  int64,
  nullableArray,
  nullableString,
  string,
  struct,
  uuid,
} from './types.ts'

// What operators ask: layouts as the protocol's message definitions have them, in the names of ours.

/** Every topic there is: null where names would be. */
export const METADATA_OF_ALL = api(
  'Metadata',
  METADATA.key,
  METADATA.version,
  struct({
    topics: nullableArray(struct({ topicId: uuid, name: nullableString })),
    allowAutoTopicCreation: boolean,
    includeTopicAuthorizedOperations: boolean,
  }),
  METADATA.response,
)

/** Everything a group has committed: null where topics would be. */
export const OFFSET_FETCH_OF_ALL = api(
  'OffsetFetch',
  OFFSET_FETCH.key,
  OFFSET_FETCH.version,
  struct({
    groupId: string,
    topics: nullableArray(struct({ name: string, partitions: array(int32) })),
    requireStable: boolean,
  }),
  OFFSET_FETCH.response,
)

export const TOPIC_RESOURCE = 2
/** Set for the topic itself. */
export const TOPIC_CONFIG_SOURCE = 1

export const DESCRIBE_CONFIGS = api(
  'DescribeConfigs',
  32,
  4,
  struct({
    resources: array(struct({ type: int8, name: string, keys: nullableArray(string) })),
    includeSynonyms: boolean,
    includeDocumentation: boolean,
  }),
  struct({
    throttleTimeMs: int32,
    results: array(
      struct({
        errorCode: int16,
        errorMessage: nullableString,
        type: int8,
        name: string,
        configs: array(
          struct({
            name: string,
            value: nullableString,
            isReadOnly: boolean,
            source: int8,
            isSensitive: boolean,
            synonyms: array(struct({ name: string, value: nullableString, source: int8 })),
            valueType: int8,
            documentation: nullableString,
          }),
        ),
      }),
    ),
  }),
)

export const INCREMENTAL_ALTER_CONFIGS = api(
  'IncrementalAlterConfigs',
  44,
  1,
  struct({
    resources: array(
      struct({
        type: int8,
        name: string,
        configs: array(struct({ name: string, operation: int8, value: nullableString })),
      }),
    ),
    validateOnly: boolean,
  }),
  struct({
    throttleTimeMs: int32,
    results: array(struct({ errorCode: int16, errorMessage: nullableString, type: int8, name: string })),
  }),
)

export const CREATE_TOPICS = api(
  'CreateTopics',
  19,
  7,
  struct({
    topics: array(
      struct({
        name: string,
        partitions: int32,
        replicationFactor: int16,
        assignments: array(struct({ partition: int32, brokerIds: array(int32) })),
        configs: array(struct({ name: string, value: nullableString })),
      }),
    ),
    timeoutMs: int32,
    validateOnly: boolean,
  }),
  struct({
    throttleTimeMs: int32,
    topics: array(
      struct({
        name: string,
        topicId: uuid,
        errorCode: int16,
        errorMessage: nullableString,
        partitions: int32,
        replicationFactor: int16,
        configs: array(
          struct({ name: string, value: nullableString, isReadOnly: boolean, source: int8, isSensitive: boolean }),
        ),
      }),
    ),
  }),
)

export const CREATE_PARTITIONS = api(
  'CreatePartitions',
  37,
  3,
  struct({
    topics: array(
      struct({ name: string, total: int32, assignments: nullableArray(struct({ brokerIds: array(int32) })) }),
    ),
    timeoutMs: int32,
    validateOnly: boolean,
  }),
  struct({
    throttleTimeMs: int32,
    results: array(struct({ name: string, errorCode: int16, errorMessage: nullableString })),
  }),
)

export const DELETE_TOPICS = api(
  'DeleteTopics',
  20,
  6,
  struct({ topics: array(struct({ name: nullableString, topicId: uuid })), timeoutMs: int32 }),
  struct({
    throttleTimeMs: int32,
    results: array(struct({ name: nullableString, topicId: uuid, errorCode: int16, errorMessage: nullableString })),
  }),
)

export const LIST_GROUPS = api(
  'ListGroups',
  16,
  4,
  struct({ states: array(string) }),
  struct({
    throttleTimeMs: int32,
    errorCode: int16,
    groups: array(struct({ groupId: string, protocolType: string, state: string })),
  }),
)

export const DESCRIBE_GROUPS = api(
  'DescribeGroups',
  15,
  5,
  struct({ groups: array(string), includeAuthorizedOperations: boolean }),
  struct({
    throttleTimeMs: int32,
    groups: array(
      struct({
        errorCode: int16,
        groupId: string,
        state: string,
        protocolType: string,
        protocolData: string,
        members: array(
          struct({
            memberId: string,
            groupInstanceId: nullableString,
            clientId: string,
            host: string,
            metadata: bytes,
            assignment: bytes,
          }),
        ),
        authorizedOperations: int32,
      }),
    ),
  }),
)

export const DELETE_GROUPS = api(
  'DeleteGroups',
  42,
  2,
  struct({ groups: array(string) }),
  struct({ throttleTimeMs: int32, results: array(struct({ groupId: string, errorCode: int16 })) }),
)

const offsetDelete = api(
  'OffsetDelete',
  47,
  0,
  classic.struct({
    groupId: classic.string,
    topics: classic.array(
      classic.struct({ name: classic.string, partitions: classic.array(classic.struct({ partition: int32 })) }),
    ),
  }),
  classic.struct({
    errorCode: int16,
    throttleTimeMs: int32,
    topics: classic.array(
      classic.struct({
        name: classic.string,
        partitions: classic.array(classic.struct({ partition: int32, errorCode: int16 })),
      }),
    ),
  }),
)
/** The one version of it there is, of before tagged fields. */
export const OFFSET_DELETE: typeof offsetDelete = { ...offsetDelete, plainHeader: 'both' as const }

export const DESCRIBE_LOG_DIRS = api(
  'DescribeLogDirs',
  35,
  2,
  struct({ topics: nullableArray(struct({ name: string, partitions: array(int32) })) }),
  struct({
    throttleTimeMs: int32,
    results: array(
      struct({
        errorCode: int16,
        directory: string,
        topics: array(
          struct({
            name: string,
            partitions: array(struct({ partition: int32, bytes: int64, offsetLag: int64, isFuture: boolean })),
          }),
        ),
      }),
    ),
  }),
)

/** `1` is any of a kind. */
export const DESCRIBE_ACLS = api(
  'DescribeAcls',
  29,
  3,
  struct({
    resourceType: int8,
    resourceName: nullableString,
    patternType: int8,
    principal: nullableString,
    host: nullableString,
    operation: int8,
    permissionType: int8,
  }),
  struct({
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: nullableString,
    resources: array(
      struct({
        resourceType: int8,
        resourceName: string,
        patternType: int8,
        acls: array(struct({ principal: string, host: string, operation: int8, permissionType: int8 })),
      }),
    ),
  }),
)
