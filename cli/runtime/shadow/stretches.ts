import {
  type ClusterOperations,
  type Graph,
  type GraphNode,
  groupOf,
  partitionKey,
  type TopicPartition,
} from '../../../streams/index.ts'
import { SHADOW_SUFFIX } from '../../../topology/index.ts'
import { CommandError, EXIT } from '../../output.ts'

/** What of a partition is replayed: from an offset, up to but without another. */
export interface Stretch {
  readonly at: TopicPartition
  readonly from: bigint
  readonly end: bigint
}

export interface TimeRange {
  readonly fromMs: number
  /** Undefined: up to what is committed now. */
  readonly toMs: number | undefined
}

/** Groups of a shadow with the topics that others write: those that it shares out itself are of the shadow too. */
export function inputsOfGroups(shadow: Graph): ReadonlyMap<string, readonly string[]> {
  const inputs = (node: GraphNode): readonly string[] =>
    node.kind === 'processor' ? [...node.from, ...node.broadcast] : []
  return new Map(
    Object.values(shadow.nodes).map((node) => [
      groupOf(shadow, node.name),
      inputs(node)
        .map((name) => shadow.topics[name]?.topic ?? name)
        .filter((topic) => !topic.endsWith(SHADOW_SUFFIX)),
    ]),
  )
}

/**
 * The stretch of every partition that a shadow reads. By the time of records: where they are not in its order, a stretch
 * goes from the first that is in the range to before the first that is past it. Topics not chosen have empty ones.
 */
export async function stretchesOf(
  operations: ClusterOperations,
  shadow: Graph,
  range: TimeRange,
  chosen: readonly string[],
): Promise<readonly Stretch[]> {
  const topics = [...new Set([...inputsOfGroups(shadow).values()].flat())]
  const counts = new Map((await operations.topics()).map(({ topic, partitions }) => [topic, partitions]))
  const unknown = [...topics, ...chosen].find((topic) => !counts.has(topic))
  const unread = chosen.find((topic) => !topics.includes(topic))
  if (unknown !== undefined)
    throw new CommandError(EXIT.missing, `there is no topic ${unknown}`, 'make it: stonks apply')
  if (unread !== undefined) throw new CommandError(EXIT.usage, `${unread} is not read`, `it reads ${topics.join(', ')}`)
  const partitions = topics.flatMap((topic) =>
    Array.from({ length: counts.get(topic) ?? 0 }, (_, partition) => ({ topic, partition })),
  )
  const [stable, from] = [
    await operations.find(partitions, 'stable'),
    await operations.find(partitions, { timestampMs: range.fromMs }),
  ]
  const to = range.toMs === undefined ? stable : await operations.find(partitions, { timestampMs: range.toMs })
  return partitions.map((at) => {
    const key = partitionKey(at)
    const last = stable.get(key)?.offset ?? 0n
    const begin = min(from.get(key)?.offset ?? last, last)
    const isChosen = chosen.length === 0 || chosen.includes(at.topic)
    const end = isChosen ? max(begin, min(to.get(key)?.offset ?? last, last)) : begin
    return { at, from: begin, end }
  })
}

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b)
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b)

/** How much a replay is, topic by topic; by offsets, so the most there can be, and bytes in proportion. */
export interface Amount {
  readonly topic: string
  readonly records: bigint
  readonly bytes: bigint | undefined
}

export async function amountsOf(
  operations: ClusterOperations,
  stretches: readonly Stretch[],
): Promise<readonly Amount[]> {
  const byTopic = Map.groupBy(stretches, ({ at }) => at.topic)
  const partitions = stretches.map(({ at }) => at)
  const [start, end] = [await operations.find(partitions, 'earliest'), await operations.find(partitions, 'written')]
  // Rights to look at disks are often not given; a preview without bytes is one all the same.
  const sizes = await operations.sizes([...byTopic.keys()]).catch(() => new Map<string, bigint>())
  return [...byTopic].map(([topic, of]) => {
    const records = of.reduce((sum, one) => sum + one.end - one.from, 0n)
    const held = of.reduce((sum, { at }) => {
      const key = partitionKey(at)
      return sum + (end.get(key)?.offset ?? 0n) - (start.get(key)?.offset ?? 0n)
    }, 0n)
    const size = sizes.get(topic)
    return { topic, records, bytes: size === undefined || held === 0n ? undefined : (size * records) / held }
  })
}
