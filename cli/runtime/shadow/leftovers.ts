import { type ClusterOperations, type ClusterTopic, type Graph, groupOf, topicsOf } from '../../../streams/index.ts'
import { SHADOW_SUFFIX } from '../../../topology/index.ts'
import { CommandError, EXIT } from '../../output.ts'

/** What a shadow left on the cluster: topics of its own, and groups. */
export interface Leftovers {
  readonly topics: readonly ClusterTopic[]
  readonly groups: readonly string[]
}

export async function leftoversOf(operations: ClusterOperations, shadow: Graph): Promise<Leftovers> {
  const own = new Set(
    topicsOf(shadow, { changelogs: true, nodes: new Set(Object.keys(shadow.nodes)) })
      .map(({ topic }) => topic)
      .filter(isOfShadow),
  )
  const groups = new Set(Object.keys(shadow.nodes).map((node) => groupOf(shadow, node)))
  const found = (await operations.groups()).filter(({ groupId }) => groups.has(groupId))
  const running = found.find(({ hasMembers }) => hasMembers)
  if (running !== undefined)
    throw new CommandError(
      EXIT.refused,
      `${running.groupId} is running; nothing was done`,
      'stop it first; one that was killed counts as running until its session has ended, less than a minute later',
    )
  return {
    topics: (await operations.topics()).filter(({ topic }) => own.has(topic)),
    groups: found.map(({ groupId }) => groupId),
  }
}

/** Topics it writes end with `.shadow`; changelogs and dead letters carry the name of its node. */
const isOfShadow = (topic: string): boolean => topic.endsWith(SHADOW_SUFFIX) || topic.includes(`${SHADOW_SUFFIX}.`)

export async function removeLeftovers(operations: ClusterOperations, { topics, groups }: Leftovers): Promise<void> {
  for (const { topicId } of topics) await operations.deleteTopic(topicId)
  for (const group of groups) await operations.deleteGroup(group)
}
