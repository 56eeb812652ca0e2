import {
  type ClusterOperations,
  type CommittedOffset,
  type GroupOffset,
  partitionKey,
  StreamsError,
  type TopicPartition,
} from '../../../streams/index.ts'
import type { ResetTarget } from './reset-target.ts'

/** A partition of a group, before and after. */
export interface Move {
  readonly at: TopicPartition
  readonly from: CommittedOffset | undefined
  /** Undefined: as if it had never committed. */
  readonly to: CommittedOffset | undefined
  /** Negative: records are read again. Positive: records are skipped. By offsets, so the most there can be. */
  readonly records: bigint
  /** Age of the next record; undefined where there is none. */
  readonly behindMs: number | undefined
  readonly behindAfterMs: number | undefined
  /** Where an offset was asked for that the log does not hold. */
  readonly isClamped: boolean
}

interface Bounds {
  readonly start: bigint
  readonly end: bigint
}

/** What moving a group would do, partition by partition. Changes nothing. */
export async function previewReset(
  operations: ClusterOperations,
  group: string,
  partitions: readonly TopicPartition[],
  target: ResetTarget,
  nowMs: number,
): Promise<readonly Move[]> {
  const bounds = await boundsOf(operations, partitions)
  const byTime = target.kind === 'time' ? await operations.find(partitions, target) : undefined
  const wanted = partitions.map((at) => {
    const key = partitionKey(at)
    const { start, end } = bounds.get(key) ?? { start: 0n, end: 0n }
    const asked = askedOf(target, { start, end }, byTime?.get(key)?.offset)
    const offset = asked < start ? start : asked > end ? end : asked
    return { at, to: { offset, metadata: '' }, isClamped: offset !== asked && target.kind === 'offset' }
  })
  return movesOf(operations, group, wanted, bounds, nowMs)
}

function askedOf(target: ResetTarget, { start, end }: Bounds, byTime: bigint | undefined): bigint {
  switch (target.kind) {
    case 'earliest':
      return start
    case 'latest':
      return end
    case 'offset':
      return target.offset
    case 'time':
      return byTime ?? end
  }
}

/** The same for going back to offsets that were kept; what lies behind the end, of a topic made anew, is moved to the end. */
export async function previewUndo(
  operations: ClusterOperations,
  group: string,
  kept: readonly { readonly at: TopicPartition; readonly committed: CommittedOffset | undefined }[],
  nowMs: number,
): Promise<readonly Move[]> {
  const bounds = await boundsOf(
    operations,
    kept.map(({ at }) => at),
  )
  const wanted = kept.map(({ at, committed }) => {
    const end = bounds.get(partitionKey(at))?.end ?? 0n
    const isClamped = committed !== undefined && committed.offset > end
    return { at, to: isClamped ? { offset: end, metadata: '' } : committed, isClamped }
  })
  return movesOf(operations, group, wanted, bounds, nowMs)
}

async function boundsOf(
  operations: ClusterOperations,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<string, Bounds>> {
  const [start, end] = [await operations.find(partitions, 'earliest'), await operations.find(partitions, 'stable')]
  const bound = (key: string): Bounds => ({ start: start.get(key)?.offset ?? 0n, end: end.get(key)?.offset ?? 0n })
  return new Map(partitions.map((at) => [partitionKey(at), bound(partitionKey(at))]))
}

async function movesOf(
  operations: ClusterOperations,
  group: string,
  wanted: readonly Pick<Move, 'at' | 'to' | 'isClamped'>[],
  bounds: ReadonlyMap<string, Bounds>,
  nowMs: number,
): Promise<readonly Move[]> {
  const committed = new Map((await operations.offsets(group)).map((one) => [partitionKey(one.at), one.committed]))
  const moves = wanted.map((one) => {
    const from = committed.get(partitionKey(one.at))
    // Whoever never committed begins at the earliest, as our own processors do.
    const start = bounds.get(partitionKey(one.at))?.start ?? 0n
    return { ...one, from, before: within(from?.offset, start), after: within(one.to?.offset, start) }
  })
  const ageOf = async (place: 'before' | 'after'): Promise<ReadonlyMap<string, number | undefined>> => {
    const looks = moves.map((move) => {
      const end = bounds.get(partitionKey(move.at))?.end ?? 0n
      return { at: move.at, offset: move[place], end }
    })
    const seen = await operations.peek(looks, 1)
    return new Map([...seen].map(([key, { timestampMs }]) => [key, timestampMs]))
  }
  const [before, after] = [await ageOf('before'), await ageOf('after')]
  const age = (timestampMs: number | undefined): number | undefined =>
    timestampMs === undefined ? undefined : Math.max(0, nowMs - timestampMs)
  return moves.map(({ before: first, after: second, ...move }) => ({
    ...move,
    records: second - first,
    behindMs: age(before.get(partitionKey(move.at))),
    behindAfterMs: age(after.get(partitionKey(move.at))),
  }))
}

const within = (offset: bigint | undefined, start: bigint): bigint =>
  offset === undefined || offset < start ? start : offset

/** Moves that change something. */
export const changing = (moves: readonly Move[]): readonly Move[] =>
  moves.filter(({ from, to }) => from?.offset !== to?.offset || from?.metadata !== to?.metadata)

/**
 * Commits, and reads back what is committed.
 * @throws StreamsError INVALID_STATE where that is something else: somebody committed meanwhile
 */
export async function carryOutReset(
  operations: ClusterOperations,
  group: string,
  moves: readonly Move[],
): Promise<void> {
  const committing = moves.flatMap(({ at, to }): GroupOffset[] => (to === undefined ? [] : [{ at, committed: to }]))
  const forgetting = moves.flatMap(({ at, to }) => (to === undefined ? [at] : []))
  if (committing.length > 0) await operations.commitOffsets(group, committing)
  if (forgetting.length > 0) await operations.forgetOffsets(group, forgetting)
  const found = new Map(
    (await operations.offsets(group)).map(({ at, committed }) => [partitionKey(at), committed.offset]),
  )
  const other = moves
    .filter(({ at, to }) => found.get(partitionKey(at)) !== to?.offset)
    .map(({ at }) => partitionKey(at))
  if (other.length > 0)
    throw new StreamsError('INVALID_STATE', `${group} was committed by somebody else meanwhile: ${other.join(', ')}`)
}
