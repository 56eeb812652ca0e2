import { type ClusterOperations, type Graph, type GroupOffset, partitionKey } from '../../../streams/index.ts'
import { SHADOW_SUFFIX } from '../../../topology/index.ts'
import type { ShadowedOutput } from './outputs.ts'
import { inputsOfGroups } from './stretches.ts'

export interface ShadowStart {
  /** It goes on where it was stopped. */
  readonly isGoingOn: boolean
  /** Where each output of the original is compared from, by `partitionKey`. */
  readonly compareFrom: ReadonlyMap<string, bigint>
}

/** A processor that commits all the time is looked at so often, until a look falls between two commits. */
const LOOKS_MAX = 20

/**
 * Lets the shadow's groups begin where those of the processor stand, so that both give the same from here on. One that has
 * begun before goes on where it is, and is compared from now on.
 */
export async function beginShadow(
  operations: ClusterOperations,
  shadow: Graph,
  outputs: readonly ShadowedOutput[],
): Promise<ShadowStart> {
  const groups = [...inputsOfGroups(shadow)]
  const begun = await Promise.all(groups.map(async ([group]) => (await operations.offsets(group)).length > 0))
  if (begun.includes(true)) return { isGoingOn: true, compareFrom: await endsOf(operations, outputs) }
  const { standing, ends } = await between(operations, groups, outputs)
  for (const [[group], offsets] of standing) {
    // What a task notes beside its offset is of its own state: a shadow has none yet.
    const plain = offsets.map(({ at, committed }) => ({ at, committed: { offset: committed.offset, metadata: '' } }))
    if (plain.length > 0) await operations.commitOffsets(group, plain)
  }
  return { isGoingOn: false, compareFrom: ends }
}

type GroupInputs = readonly [group: string, topics: readonly string[]]

/** Positions and ends that belong together: nothing was committed while they were asked for, or as near as can be. */
async function between(
  operations: ClusterOperations,
  groups: readonly GroupInputs[],
  outputs: readonly ShadowedOutput[],
) {
  const look = (): Promise<readonly (readonly [GroupInputs, readonly GroupOffset[]])[]> =>
    Promise.all(groups.map(async (one) => [one, await positionsOf(operations, one)] as const))
  let standing = await look()
  let ends = await endsOf(operations, outputs)
  for (let looks = 1; looks < LOOKS_MAX; looks++) {
    const again = await look()
    if (textOf(again) === textOf(standing)) break
    standing = again
    ends = await endsOf(operations, outputs)
  }
  return { standing, ends }
}

const textOf = (standing: readonly (readonly [GroupInputs, readonly GroupOffset[]])[]): string =>
  standing
    .flatMap(([, offsets]) => offsets.map(({ at, committed }) => `${partitionKey(at)} ${committed.offset}`))
    .join()

/** Where the processor's own group stands; partitions it never committed begin at their end. */
async function positionsOf(
  operations: ClusterOperations,
  [group, topics]: GroupInputs,
): Promise<readonly GroupOffset[]> {
  const original = group.slice(0, -SHADOW_SUFFIX.length)
  const committed = (await operations.offsets(original)).filter(({ at }) => topics.includes(at.topic))
  const known = new Set(committed.map(({ at }) => partitionKey(at)))
  const counts = new Map((await operations.topics()).map(({ topic, partitions }) => [topic, partitions]))
  const others = topics
    .flatMap((topic) => Array.from({ length: counts.get(topic) ?? 0 }, (_, partition) => ({ topic, partition })))
    .filter((at) => !known.has(partitionKey(at)))
  const ends = await operations.find(others, 'stable')
  const unread = others.map((at) => ({
    at,
    committed: { offset: ends.get(partitionKey(at))?.offset ?? 0n, metadata: '' },
  }))
  return [...committed, ...unread]
}

async function endsOf(
  operations: ClusterOperations,
  outputs: readonly ShadowedOutput[],
): Promise<ReadonlyMap<string, bigint>> {
  const counts = new Map((await operations.topics()).map(({ topic, partitions }) => [topic, partitions]))
  const at = outputs
    .flatMap(({ topic, shadowTopic }) => [topic, shadowTopic])
    .flatMap((topic) => Array.from({ length: counts.get(topic) ?? 0 }, (_, partition) => ({ topic, partition })))
  return new Map([...(await operations.find(at, 'stable'))].map(([key, { offset }]) => [key, offset]))
}
