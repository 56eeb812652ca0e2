import type { TopicPartition } from '../../../record.ts'
import type { ClusterGroup, GroupMember, GroupOffset } from '../../operations.ts'
import { isPassing } from '../failures.ts'
import type { Cluster } from '../network/cluster.ts'
import { CODES, check } from '../protocol/error-codes.ts'
import {
  DELETE_GROUPS,
  DESCRIBE_GROUPS,
  LIST_GROUPS,
  OFFSET_DELETE,
  OFFSET_FETCH_OF_ALL,
} from '../protocol/operations-messages.ts'
import { COORDINATOR_PATIENCE_MS } from '../settings.ts'

const WITHOUT_MEMBERS: ReadonlySet<string> = new Set(['Empty', 'Dead'])

/** Groups of all clients. Each broker knows those it coordinates; one that is just loading them is asked again. */
export async function allGroups(cluster: Cluster): Promise<readonly ClusterGroup[]> {
  await cluster.refresh()
  const lists = await Promise.all(cluster.nodeIds.map((nodeId) => groupsOf(cluster, nodeId)))
  const groups = lists.flat().map(({ groupId, protocolType, state }) => {
    const hasMembers = !WITHOUT_MEMBERS.has(state)
    return { groupId, protocolType, state, hasMembers }
  })
  return groups.sort((a, b) => (a.groupId < b.groupId ? -1 : 1))
}

async function groupsOf(cluster: Cluster, nodeId: number) {
  const backoff = cluster.backoff()
  const untilMs = performance.now() + COORDINATOR_PATIENCE_MS
  for (;;) {
    try {
      const answer = await cluster.request(nodeId, 'requests', LIST_GROUPS, { states: [] })
      check(answer.errorCode, 'groups')
      return answer.groups
    } catch (error) {
      if (!isPassing(error) || performance.now() > untilMs) throw error
      await backoff.wait()
    }
  }
}

const patience = () => ({ untilMs: performance.now() + COORDINATOR_PATIENCE_MS })

/** Members of groups of the classic protocol; the newer one is told by the state in the list of groups only. */
export async function membersOf(cluster: Cluster, groupId: string): Promise<readonly GroupMember[]> {
  const body = { groups: [groupId], includeAuthorizedOperations: false }
  const answer = await cluster.askCoordinator({ group: groupId }, DESCRIBE_GROUPS, body, {
    ...patience(),
    codes: ({ groups }) => groups.map(({ errorCode }) => (errorCode === CODES.GROUP_ID_NOT_FOUND ? 0 : errorCode)),
  })
  return answer.groups.flatMap(({ members }) =>
    members.map(({ memberId, clientId, host }) => ({ memberId, clientId, host })),
  )
}

export async function offsetsOf(cluster: Cluster, groupId: string): Promise<readonly GroupOffset[]> {
  const body = { groupId, topics: null, requireStable: false }
  const answer = await cluster.askCoordinator({ group: groupId }, OFFSET_FETCH_OF_ALL, body, {
    ...patience(),
    codes: (a) => [a.errorCode, ...a.topics.flatMap(({ partitions }) => partitions.map((p) => p.errorCode))],
  })
  return answer.topics.flatMap(({ name, partitions }) =>
    partitions.flatMap(({ partition, offset, metadata }) =>
      offset < 0
        ? []
        : [
            {
              at: { topic: name, partition },
              // The native client writes the zero that ends a C string along.
              committed: { offset: BigInt(offset), metadata: (metadata ?? '').replace(/\0$/, '') },
            },
          ],
    ),
  )
}

export async function forgetOffsets(
  cluster: Cluster,
  groupId: string,
  partitions: readonly TopicPartition[],
): Promise<void> {
  if (partitions.length === 0) return
  const topics = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([name, of]) => ({
    name,
    partitions: of.map(({ partition }) => ({ partition })),
  }))
  await cluster.askCoordinator(
    { group: groupId },
    OFFSET_DELETE,
    { groupId, topics },
    {
      ...patience(),
      codes: (a) => [
        a.errorCode === CODES.GROUP_ID_NOT_FOUND ? 0 : a.errorCode,
        ...a.topics.flatMap((topic) => topic.partitions.map((p) => p.errorCode)),
      ],
    },
  )
}

export async function deleteGroup(cluster: Cluster, groupId: string): Promise<void> {
  await cluster.askCoordinator(
    { group: groupId },
    DELETE_GROUPS,
    { groups: [groupId] },
    {
      ...patience(),
      codes: ({ results }) => results.map(({ errorCode }) => (errorCode === CODES.GROUP_ID_NOT_FOUND ? 0 : errorCode)),
    },
  )
}
