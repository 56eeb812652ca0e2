import { ABSENT } from './change.ts'

/** Settings of topics that the topology decides; all others are left as they are. */
export const MANAGED_SETTINGS = ['cleanup.policy', 'retention.ms'] as const
export type ManagedSetting = (typeof MANAGED_SETTINGS)[number]

export interface WorldTopic {
  readonly topicId: string
  readonly partitions: number
  readonly settings: Readonly<Record<ManagedSetting, string>>
  /** Offsets between start and end: what compaction and markers leave is counted too, so at most so many records. */
  readonly records: bigint
  readonly bytes: bigint | undefined
  /** Records that the wanted retention would delete, where it is a shorter one. */
  readonly expiring: bigint | undefined
}

/** The registry's word on a schema against one version. */
export interface Verdict {
  readonly version: number
  readonly isCompatible: boolean
  readonly messages: readonly string[]
}

export interface WorldSubject {
  /** Undefined where the subject has none of its own. */
  readonly compatibility: string | undefined
  readonly versions: number
  /** The wanted schema is one of the versions. */
  readonly hasWanted: boolean
  /** Of the wanted schema against all versions; empty where it is one of them. */
  readonly verdicts: readonly Verdict[]
}

export interface WorldGroup {
  readonly hasMembers: boolean
  /** Records after the committed offsets, over the topics its node reads; undefined where nothing was ever committed. */
  readonly unread: bigint | undefined
  /** Records that retention took before they were read. */
  readonly lost: bigint
}

/** How far a changelog was copied to its new name. */
export interface WorldCopy {
  /** All that the old one holds was copied, also where that is nothing. */
  readonly isWhole: boolean
  /** No transaction in the old one is open. */
  readonly isStable: boolean
  /** The new one has records, and none of them was copied. */
  readonly hasOther: boolean
}

/** The live cluster and registry, as far as a topology is concerned with them. */
export interface World {
  readonly clusterId: string
  readonly topics: ReadonlyMap<string, WorldTopic>
  /** Undefined where no registry is set. */
  readonly subjects: ReadonlyMap<string, WorldSubject> | undefined
  readonly groups: ReadonlyMap<string, WorldGroup>
  /** By the new name of the changelog. */
  readonly copies: ReadonlyMap<string, WorldCopy>
}

export const topicFacet = (topic: string): string => `topic/${topic}`
export const partitionsFacet = (topic: string): string => `topic/${topic}/partitions`
export const settingFacet = (topic: string, setting: string): string => `topic/${topic}/${setting}`
export const compatibilityFacet = (subject: string): string => `subject/${subject}/compatibility`
export const versionsFacet = (subject: string): string => `subject/${subject}/versions`
export const groupFacet = (group: string): string => `group/${group}`
export const copyFacet = (topic: string): string => `copy/${topic}`
export const carriedFacet = (group: string): string => `carried/${group}`
export const groupText = (group: WorldGroup | undefined): string =>
  group === undefined ? ABSENT : group.hasMembers ? 'members' : 'empty'

/** What of the world a plan depends on, as flat text: by it `apply` knows whether the world moved. */
export function facetsOf(
  world: World,
  names: {
    readonly topics: Iterable<string>
    readonly subjects: Iterable<string>
    readonly groups: Iterable<string>
    readonly copies: Iterable<string>
    readonly carried: Iterable<string>
  },
): Record<string, string> {
  const facets: Record<string, string> = { cluster: world.clusterId }
  for (const name of names.topics) {
    const topic = world.topics.get(name)
    facets[topicFacet(name)] = topic?.topicId ?? ABSENT
    facets[partitionsFacet(name)] = topic === undefined ? ABSENT : String(topic.partitions)
    for (const setting of MANAGED_SETTINGS) facets[settingFacet(name, setting)] = topic?.settings[setting] ?? ABSENT
  }
  for (const name of names.subjects) {
    const subject = world.subjects?.get(name)
    facets[compatibilityFacet(name)] = subject?.compatibility ?? ABSENT
    facets[versionsFacet(name)] = versionsText(subject?.versions ?? 0, subject?.hasWanted ?? false)
  }
  for (const name of names.groups) facets[groupFacet(name)] = groupText(world.groups.get(name))
  for (const name of names.copies)
    facets[copyFacet(name)] = world.copies.get(name)?.isWhole === false ? 'open' : 'whole'
  for (const name of names.carried)
    facets[carriedFacet(name)] = world.groups.get(name)?.unread === undefined ? 'open' : 'carried'
  return facets
}

/** `3 with it`, `2 without it`: how many versions, and whether the wanted schema is one. */
export const versionsText = (versions: number, hasWanted: boolean): string =>
  `${versions} ${hasWanted ? 'with it' : 'without it'}`

/** The same facets of another moment: those that a plan was made for. */
export function facetsLike(
  world: World,
  planned: Readonly<Record<string, string>>,
  desired: string,
): Record<string, string> {
  const namesOf = (kind: string): readonly string[] =>
    Object.keys(planned).flatMap((facet) => (facet.startsWith(`${kind}/`) ? [facet.slice(kind.length + 1)] : []))
  // Names of topics have no slash; those of subjects and groups may.
  const topics = namesOf('topic').filter((name) => !name.includes('/'))
  const subjects = new Set(namesOf('subject').map((name) => name.slice(0, name.lastIndexOf('/'))))
  const [groups, copies, carried] = [namesOf('group'), namesOf('copy'), namesOf('carried')]
  const facets = facetsOf(world, { topics, subjects, groups, copies, carried })
  return { ...facets, ...desiredFacet(desired) }
}

/** The topology is a part of the world a plan was made for: `desired` is a digest of what it wants. */
export const desiredFacet = (desired: string): Record<string, string> => ({ topology: desired })
