import { partitionKey, type TopicPartition } from '../../../record.ts'
import type { CommittedOffset } from '../../port.ts'
import type { Cluster } from '../network/cluster.ts'
import { OFFSET_COMMIT, OFFSET_FETCH } from '../protocol/group-messages.ts'
import { COORDINATOR_PATIENCE_MS, STABLE_PATIENCE_MS } from '../settings.ts'

/** As whom offsets are committed; a coordinator refuses whoever is not of the group's present generation. */
export interface GroupIdentity {
  readonly groupId: string
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId: string | null
}

/** A group without members, which a source's is: there is no generation to be of. */
export const memberless = (groupId: string): GroupIdentity => ({
  groupId,
  generationId: -1,
  memberId: '',
  groupInstanceId: null,
})

/**
 * Offsets a group has committed, by `partitionKey`; absent where it never did. Waits for those that a transaction is just
 * about to commit: going on from the ones before would repeat it.
 */
export async function committedOffsets(
  cluster: Cluster,
  groupId: string,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<string, CommittedOffset>> {
  if (partitions.length === 0) return new Map()
  const topics = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([name, group]) => ({
    name,
    partitions: group.map(({ partition }) => partition),
  }))
  const answer = await cluster.askCoordinator(
    { group: groupId },
    OFFSET_FETCH,
    { groupId, topics, requireStable: true },
    {
      untilMs: performance.now() + STABLE_PATIENCE_MS,
      codes: (a) => [a.errorCode, ...a.topics.flatMap((topic) => topic.partitions.map((p) => p.errorCode))],
    },
  )
  const known = answer.topics.flatMap(({ name, partitions: of }) =>
    of.flatMap(({ partition, offset, metadata }) =>
      offset < 0
        ? []
        : // The native client writes the zero that ends a C string along.
          [
            [
              partitionKey({ topic: name, partition }),
              { offset: BigInt(offset), metadata: (metadata ?? '').replace(/\0$/, '') },
            ] as const,
          ],
    ),
  )
  return new Map(known)
}

/** Commits offsets outside of a transaction. @throws BrokerError of kind `member` where the identity is outdated */
export async function commitOffsets(
  cluster: Cluster,
  identity: GroupIdentity,
  offsets: Iterable<{ readonly at: TopicPartition; readonly committed: CommittedOffset }>,
): Promise<void> {
  const body = { ...identity, topics: toCommittedTopics(offsets) }
  await cluster.askCoordinator({ group: identity.groupId }, OFFSET_COMMIT, body, {
    untilMs: performance.now() + COORDINATOR_PATIENCE_MS,
    codes: (a) => a.topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode)),
  })
}

/** Offsets as commits of both kinds have them. */
export const toCommittedTopics = (
  offsets: Iterable<{ readonly at: TopicPartition; readonly committed: CommittedOffset }>,
) =>
  [...Map.groupBy(offsets, ({ at }) => at.topic)].map(([name, group]) => ({
    name,
    partitions: group.map(({ at, committed }) => ({
      partition: at.partition,
      offset: Number(committed.offset),
      leaderEpoch: -1,
      metadata: committed.metadata,
    })),
  }))
