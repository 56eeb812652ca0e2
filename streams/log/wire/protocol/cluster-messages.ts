import { type Api, api } from './api.ts'
import {
  array,
  boolean,
  bytes,
  classic,
  int8,
  int16,
  int32,
  int64,
  nullableString,
  string,
  struct,
  uuid,
  type ValueOf,
} from './types.ts'

// Layouts as the protocol's message definitions have them, in the names of ours.

const versionRange = struct({ apiKey: int16, minVersion: int16, maxVersion: int16 })
const feature = struct({ name: string, maxLevel: int16, minLevel: int16 })

export const API_VERSIONS = {
  ...api(
    'ApiVersions',
    18,
    3,
    struct({ clientSoftwareName: string, clientSoftwareVersion: string }),
    struct(
      { errorCode: int16, apis: array(versionRange), throttleTimeMs: int32 },
      { finalizedFeatures: { tag: 2, type: array(feature) } },
    ),
  ),
  plainHeader: 'response',
} as const satisfies Api<unknown, unknown> as Api<
  { clientSoftwareName: string; clientSoftwareVersion: string },
  {
    readonly errorCode: number
    readonly apis: readonly ValueOf<typeof versionRange>[]
    readonly throttleTimeMs: number
    readonly finalizedFeatures?: readonly ValueOf<typeof feature>[]
  }
>

export const SASL_HANDSHAKE = {
  ...api(
    'SaslHandshake',
    17,
    1,
    classic.struct({ mechanism: classic.string }),
    classic.struct({ errorCode: int16, mechanisms: classic.array(classic.string) }),
  ),
  plainHeader: 'both' as const,
}

export const SASL_AUTHENTICATE = api(
  'SaslAuthenticate',
  36,
  2,
  struct({ authBytes: bytes }),
  struct({ errorCode: int16, errorMessage: nullableString, authBytes: bytes, sessionLifetimeMs: int64 }),
)

const metadataPartition = struct({
  errorCode: int16,
  partition: int32,
  leaderId: int32,
  leaderEpoch: int32,
  replicas: array(int32),
  inSync: array(int32),
  offline: array(int32),
})

export const METADATA = api(
  'Metadata',
  3,
  12,
  struct({
    topics: array(struct({ topicId: uuid, name: nullableString })),
    allowAutoTopicCreation: boolean,
    includeTopicAuthorizedOperations: boolean,
  }),
  struct({
    throttleTimeMs: int32,
    brokers: array(struct({ nodeId: int32, host: string, port: int32, rack: nullableString })),
    clusterId: nullableString,
    controllerId: int32,
    topics: array(
      struct({
        errorCode: int16,
        name: nullableString,
        topicId: uuid,
        isInternal: boolean,
        partitions: array(metadataPartition),
        authorizedOperations: int32,
      }),
    ),
  }),
)

/** Zero where no id is known. */
export const NO_UUID = '0'.repeat(32)

export const FIND_COORDINATOR = api(
  'FindCoordinator',
  10,
  3,
  struct({ key: string, keyType: int8 }),
  struct({
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: nullableString,
    nodeId: int32,
    host: string,
    port: int32,
  }),
)

export const LIST_OFFSETS = api(
  'ListOffsets',
  2,
  6,
  struct({
    replicaId: int32,
    isolationLevel: int8,
    topics: array(
      struct({
        name: string,
        partitions: array(struct({ partition: int32, currentLeaderEpoch: int32, timestamp: int64 })),
      }),
    ),
  }),
  struct({
    throttleTimeMs: int32,
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({ partition: int32, errorCode: int16, timestamp: int64, offset: int64, leaderEpoch: int32 }),
        ),
      }),
    ),
  }),
)
