import type { RegistryOperations } from '../../../schemas/index.ts'
import { type ClusterOperations, type ClusterTopic, partitionKey, type TopicPartition } from '../../../streams/index.ts'
import {
  type Desired,
  type DesiredTopic,
  MANAGED_SETTINGS,
  type ManagedSetting,
  type World,
  type WorldCopy,
  type WorldGroup,
  type WorldSubject,
  type WorldTopic,
} from '../../../topology/index.ts'

export interface WorldPorts {
  readonly operations: ClusterOperations
  /** Undefined where none is set. */
  readonly registry: RegistryOperations | undefined
  readonly nowMs: () => number
}

/** The cluster and the registry as they are now: what the topology wants, and what carries its prefix. Changes nothing. */
export async function readWorld(desired: Desired, ports: WorldPorts): Promise<World> {
  const { operations, registry } = ports
  const [clusterId, all] = [await operations.clusterId(), await operations.topics()]
  const wanted = new Set(desired.topics.map(({ topic }) => topic))
  const own = all.filter(({ topic }) => wanted.has(topic) || topic.startsWith(desired.prefix))
  const ends = await readEnds(operations, own)
  return {
    clusterId,
    topics: await readTopics(desired, own, ends, ports),
    subjects: registry === undefined ? undefined : await readSubjects(desired, registry),
    groups: await readGroups(desired, ends, operations),
    copies: await readCopies(desired, ends, operations),
  }
}

interface Ends {
  readonly partitions: readonly TopicPartition[]
  readonly start: ReadonlyMap<string, bigint>
  readonly end: ReadonlyMap<string, bigint>
}

async function readEnds(operations: ClusterOperations, topics: readonly ClusterTopic[]): Promise<Ends> {
  const partitions = topics.flatMap(partitionsOf)
  const offsets = async (at: 'earliest' | 'stable'): Promise<ReadonlyMap<string, bigint>> =>
    new Map([...(await operations.find(partitions, at))].map(([key, { offset }]) => [key, offset]))
  return { partitions, start: await offsets('earliest'), end: await offsets('stable') }
}

const partitionsOf = ({ topic, partitions }: ClusterTopic): readonly TopicPartition[] =>
  Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))

async function readTopics(
  desired: Desired,
  own: readonly ClusterTopic[],
  ends: Ends,
  { operations, nowMs }: WorldPorts,
): Promise<ReadonlyMap<string, WorldTopic>> {
  const names = own.map(({ topic }) => topic)
  const settings = await operations.settings(names, MANAGED_SETTINGS)
  // Rights to look at disks are often not given; a plan without bytes is one all the same.
  const sizes = await operations.sizes(names).catch(() => new Map<string, bigint>())
  const wanted = new Map(desired.topics.map((one) => [one.topic, one]))
  const topics = own.map(async (one): Promise<[string, WorldTopic]> => {
    const { topic, topicId, partitions } = one
    const values = Object.fromEntries(
      MANAGED_SETTINGS.map((name) => [name, settings.get(topic)?.get(name)?.value ?? '']),
    ) as Record<ManagedSetting, string>
    const records = partitionsOf(one).reduce((sum, at) => sum + lengthOf(ends, at), 0n)
    const expiring = await expiringOf(operations, one, wanted.get(topic), values, ends, nowMs())
    return [topic, { topicId, partitions, settings: values, records, bytes: sizes.get(topic), expiring }]
  })
  return new Map(await Promise.all(topics))
}

const lengthOf = ({ start, end }: Pick<Ends, 'start' | 'end'>, at: TopicPartition): bigint =>
  (end.get(partitionKey(at)) ?? 0n) - (start.get(partitionKey(at)) ?? 0n)

/** Records that a shorter retention would delete, found by their time. */
async function expiringOf(
  operations: ClusterOperations,
  topic: ClusterTopic,
  wanted: DesiredTopic | undefined,
  settings: Readonly<Record<ManagedSetting, string>>,
  { start }: Ends,
  nowMs: number,
): Promise<bigint | undefined> {
  if (wanted === undefined || wanted.retentionMs < 0) return undefined
  const found = Number(settings['retention.ms'])
  if (found >= 0 && found <= wanted.retentionMs) return undefined
  const kept = await operations.find(partitionsOf(topic), { timestampMs: Math.max(0, nowMs - wanted.retentionMs) })
  return [...kept].reduce((sum, [key, { offset }]) => sum + offset - (start.get(key) ?? 0n), 0n)
}

async function readSubjects(
  desired: Desired,
  registry: RegistryOperations,
): Promise<ReadonlyMap<string, WorldSubject>> {
  const subjects = desired.subjects.map(async ({ subject, schema }): Promise<[string, WorldSubject]> => {
    const { compatibility, versions, hasSchema } = await registry.subject(subject, schema)
    const verdicts = hasSchema ? [] : await registry.verdicts(subject, schema, versions, desired.compatibility)
    return [subject, { compatibility, versions: versions.length, hasWanted: hasSchema, verdicts }]
  })
  return new Map(await Promise.all(subjects))
}

async function readCopies(
  desired: Desired,
  { partitions, start, end }: Ends,
  operations: ClusterOperations,
): Promise<ReadonlyMap<string, WorldCopy>> {
  const copies = desired.moves
    .flatMap(({ changelogs }) => changelogs)
    .map(async ({ from, to }): Promise<[string, WorldCopy]> => {
      const old = partitions.filter(({ topic }) => topic === from)
      const copied = new Map((await operations.offsets(to)).map((one) => [partitionKey(one.at), one.committed.offset]))
      const written = await operations.find(old, 'written')
      const isEmpty = (at: TopicPartition): boolean => lengthOf({ start, end }, at) === 0n
      const isCopied = (at: TopicPartition): boolean =>
        isEmpty(at) || (copied.get(partitionKey(at)) ?? -1n) >= (end.get(partitionKey(at)) ?? 0n)
      const added = partitions.filter((at) => at.topic === to && !isEmpty(at))
      return [
        to,
        {
          isWhole: old.every(isCopied),
          isStable: old.every((at) => written.get(partitionKey(at))?.offset === end.get(partitionKey(at))),
          hasOther: copied.size === 0 && added.length > 0,
        },
      ]
    })
  return new Map(await Promise.all(copies))
}

async function readGroups(
  desired: Desired,
  ends: Ends,
  operations: ClusterOperations,
): Promise<ReadonlyMap<string, WorldGroup>> {
  const wanted = new Map(desired.groups.map((one) => [one.group, one]))
  const own = (await operations.groups()).filter(
    ({ groupId }) => wanted.has(groupId) || groupId.startsWith(desired.prefix),
  )
  const groups = own.map(async ({ groupId, hasMembers }): Promise<[string, WorldGroup]> => {
    const committed = new Map(
      (await operations.offsets(groupId)).map(({ at, committed: { offset } }) => [partitionKey(at), offset]),
    )
    const topics = wanted.get(groupId)?.topics ?? []
    const of = ends.partitions.filter(({ topic }) => topics.includes(topic))
    return [groupId, { hasMembers, ...standingOf(of, committed, ends) }]
  })
  return new Map(await Promise.all(groups))
}

function standingOf(
  partitions: readonly TopicPartition[],
  committed: ReadonlyMap<string, bigint>,
  { start, end }: Ends,
): Pick<WorldGroup, 'unread' | 'lost'> {
  let [unread, lost] = [0n, 0n]
  for (const at of partitions) {
    const key = partitionKey(at)
    const [first, last, offset] = [start.get(key) ?? 0n, end.get(key) ?? 0n, committed.get(key)]
    const from = offset === undefined || offset < first ? first : offset
    if (last > from) unread += last - from
    if (offset !== undefined && offset < first) lost += first - offset
  }
  return { unread: committed.size === 0 ? undefined : unread, lost }
}
