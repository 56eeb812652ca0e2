import { ABSENT, ANY, type Blast, type Change, type Grade, type Obstacle } from './change.ts'
import type { DesiredTopic } from './desired.ts'
import {
  MANAGED_SETTINGS,
  type ManagedSetting,
  partitionsFacet,
  settingFacet,
  topicFacet,
  type WorldTopic,
} from './world.ts'

export interface TopicDiff {
  readonly changes: readonly Change[]
  readonly obstacles: readonly Obstacle[]
}

/** From a topic as it is to the wanted one. */
export function diffTopic(wanted: DesiredTopic, found: WorldTopic | undefined): TopicDiff {
  if (found === undefined) return { changes: [creation(wanted)], obstacles: [] }
  const settings = settingsChange(wanted, found)
  const partitions = partitionsChange(wanted, found)
  return {
    changes: [...(settings ?? []), ...(partitions.change ? [partitions.change] : [])],
    obstacles: partitions.obstacle ? [partitions.obstacle] : [],
  }
}

const blastOf = (wanted: DesiredTopic, records: bigint | undefined, bytes: bigint | undefined): Blast => ({
  nodes: [...new Set([...wanted.writers, ...wanted.readers])],
  records: records === undefined ? null : String(records),
  bytes: bytes === undefined ? null : String(bytes),
})

function creation(wanted: DesiredTopic): Change {
  const { topic, partitions, settings } = wanted
  const created = MANAGED_SETTINGS.map((name) => [settingFacet(topic, name), { before: ABSENT, after: settings[name] }])
  return {
    name: topic,
    action: { kind: 'create_topic', topic, partitions, settings },
    grade: 'safe',
    what: `create with ${partitions} partition${partitions === 1 ? '' : 's'}, ${settingsText(settings)}`,
    reason: 'it is not there',
    blast: blastOf(wanted, 0n, 0n),
    turns: {
      [topicFacet(topic)]: { before: ABSENT, after: ANY },
      [partitionsFacet(topic)]: { before: ABSENT, after: String(partitions) },
      ...Object.fromEntries(created),
    },
  }
}

const settingsText = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ')

/** All settings of a topic change in one call, so they are one change, as bad as its worst part. */
function settingsChange(wanted: DesiredTopic, found: WorldTopic): readonly Change[] | undefined {
  const differing = MANAGED_SETTINGS.filter((name) => wanted.settings[name] !== found.settings[name])
  if (differing.length === 0) return undefined
  const parts = differing.map((name) => gradeSetting(name, wanted, found))
  const worst = parts.find((part) => part.grade === 'destructive') ?? parts[0]
  if (worst === undefined) return undefined
  const { topic } = wanted
  return [
    {
      name: topic,
      action: {
        kind: 'alter_topic',
        topic,
        settings: Object.fromEntries(differing.map((name) => [name, wanted.settings[name]])),
      },
      grade: worst.grade,
      what: differing.map((name) => `${name} ${found.settings[name]} -> ${wanted.settings[name]}`).join(', '),
      reason: parts.map((part) => part.reason).join('; '),
      blast: blastOf(wanted, worst.records, worst.grade === 'safe' ? 0n : found.bytes),
      turns: Object.fromEntries(
        differing.map((name) => [
          settingFacet(topic, name),
          { before: found.settings[name], after: wanted.settings[name] },
        ]),
      ),
    },
  ]
}

interface GradedSetting {
  readonly grade: Grade
  readonly reason: string
  /** Records that may be gone afterwards. */
  readonly records: bigint | undefined
}

function gradeSetting(name: ManagedSetting, wanted: DesiredTopic, found: WorldTopic): GradedSetting {
  const isEmpty = found.records === 0n
  if (name === 'retention.ms') {
    const isLonger = keptFor(wanted.settings[name]) > keptFor(found.settings[name])
    if (isLonger) return { grade: 'safe', reason: 'records are kept for longer', records: 0n }
    if (isEmpty) return { grade: 'safe', reason: 'the topic is empty', records: 0n }
    // Compaction alone does not look at retention.
    if (wanted.settings['cleanup.policy'] === 'compact' && found.settings['cleanup.policy'] === 'compact')
      return { grade: 'safe', reason: 'the topic is compacted: retention deletes nothing', records: 0n }
    return { grade: 'destructive', reason: 'older records are deleted', records: found.expiring }
  }
  if (isEmpty) return { grade: 'safe', reason: 'the topic is empty', records: 0n }
  if (policies(found.settings[name]).includes(wanted.settings[name]))
    return { grade: 'safe', reason: 'nothing goes that did not go before', records: 0n }
  const reason =
    wanted.settings[name] === 'compact'
      ? 'only the latest record of each key stays, and records without a key are refused'
      : 'records older than the retention are deleted, the latest of a key among them'
  return { grade: 'destructive', reason, records: found.records }
}

const policies = (setting: string): readonly string[] => setting.split(',').map((policy) => policy.trim())

const keptFor = (retention: string): number => (Number(retention) < 0 ? Number.POSITIVE_INFINITY : Number(retention))

/** Keys live by partition, so their number changes only where there are none yet. */
function partitionsChange(
  wanted: DesiredTopic,
  found: WorldTopic,
): { readonly change?: Change; readonly obstacle?: Obstacle } {
  const { topic, partitions } = wanted
  if (partitions === found.partitions) return {}
  if (partitions < found.partitions || found.records > 0n)
    return {
      obstacle: {
        name: topic,
        message: `has ${found.partitions} partitions, ${partitions} are wanted: ${
          partitions < found.partitions
            ? 'partitions cannot be taken away'
            : `its ${found.records} records would be in other partitions than later ones of the same keys`
        }`,
        help: `say \`partitions: ${found.partitions}\` in the topology, or move to a topic of another name`,
      },
    }
  return {
    change: {
      name: topic,
      action: { kind: 'add_partitions', topic, total: partitions },
      grade: 'disruptive',
      what: `partitions ${found.partitions} -> ${partitions}`,
      reason: 'it is empty; its readers share their partitions out anew',
      blast: blastOf(wanted, 0n, 0n),
      turns: { [partitionsFacet(topic)]: { before: String(found.partitions), after: String(partitions) } },
    },
  }
}

/** A topic with the topology's prefix that the topology does not know. */
export function deletion(topic: string, found: WorldTopic): Change {
  const turns = [
    [topicFacet(topic), { before: found.topicId, after: ABSENT }],
    [partitionsFacet(topic), { before: String(found.partitions), after: ABSENT }],
    ...MANAGED_SETTINGS.map((name) => [settingFacet(topic, name), { before: found.settings[name], after: ABSENT }]),
  ]
  return {
    name: topic,
    action: { kind: 'delete_topic', topic, topic_id: found.topicId },
    grade: 'destructive',
    what: 'delete',
    reason: 'the topology does not know it; its records go with it',
    blast: {
      nodes: [],
      records: String(found.records),
      bytes: found.bytes === undefined ? null : String(found.bytes),
    },
    turns: Object.fromEntries(turns),
  }
}
