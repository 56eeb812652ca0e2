import { countDone } from '../calls/done-offsets.ts'
import type { ClusterOperations, Peek } from '../log/operations.ts'
import { partitionKey, type TopicPartition } from '../record.ts'
import { doneIn } from '../task/task-metadata.ts'
import type { LagReading } from './lag-reading.ts'

export interface ClusterLagScope {
  /** Topics that groups are known to read, by group: partitions of them that were never committed are shown. */
  readonly wanted: ReadonlyMap<string, readonly string[]>
  /** Besides those, the groups that this says yes to. */
  readonly others: (groupId: string) => boolean
}

/** With no more offsets than this to the end, records are counted one by one. */
const COUNT_MAX = 500

interface Known {
  readonly from: bigint
  readonly end: bigint
  readonly peek: Peek
}

/** Lag of all groups of a cluster at once, with few requests: a look at records only where something moved. */
export class ClusterLagReader {
  readonly #operations: ClusterOperations
  readonly #scope: ClusterLagScope
  readonly #known = new Map<string, Known>()

  constructor(operations: ClusterOperations, scope: ClusterLagScope) {
    this.#operations = operations
    this.#scope = scope
  }

  async read(): Promise<readonly LagReading[]> {
    const standing = await this.#standing()
    const partitions = distinct(standing.map(({ at }) => at))
    const [start, end, written] = await Promise.all(
      (['earliest', 'stable', 'written'] as const).map((at) => this.#operations.find(partitions, at)),
    )
    const readings = standing.map(({ group, at, offset, doneAbove, hasMembers }) => {
      const key = partitionKey(at)
      const first = start?.get(key)?.offset ?? 0n
      const ends = { end: end?.get(key)?.offset ?? 0n, written: written?.get(key)?.offset ?? 0n }
      // What retention took is not waited for any more.
      const from = offset === undefined || offset < first ? first : offset
      return { group, at, committed: offset, doneAbove, hasMembers, from, ...ends }
    })
    await this.#look(readings.filter(({ from, end: last }) => last > from))
    return readings.map(({ from, ...reading }) => {
      const peek = reading.end > from ? this.#known.get(keyOf(reading))?.peek : NOTHING
      const { records, isExact, timestampMs } = peek ?? { ...NOTHING, records: reading.end - from, isExact: false }
      return { ...reading, records: records - min(reading.doneAbove, records), isExact, nextMs: timestampMs }
    })
  }

  /** Where each group stands on each partition it reads. */
  async #standing(): Promise<readonly Standing[]> {
    const { wanted, others } = this.#scope
    const [groups, topics] = await Promise.all([this.#operations.groups(), this.#operations.topics()])
    const counts = new Map(topics.map(({ topic, partitions }) => [topic, partitions]))
    const members = new Map(groups.map(({ groupId, hasMembers }) => [groupId, hasMembers]))
    const asked = [...wanted.keys(), ...groups.flatMap(({ groupId }) => (wanted.has(groupId) ? [] : [groupId]))]
    const all = asked
      .filter((groupId) => wanted.has(groupId) || others(groupId))
      .map(async (group): Promise<readonly Standing[]> => {
        const offsets = members.has(group) ? await this.#operations.offsets(group) : []
        const committed = new Map(offsets.map((one) => [partitionKey(one.at), one.committed]))
        const read = new Set([...(wanted.get(group) ?? []), ...offsets.map(({ at }) => at.topic)])
        const of = [...read].flatMap((topic) => partitionsOf(topic, counts.get(topic) ?? 0))
        return of.map((at) => {
          const found = committed.get(partitionKey(at))
          const done = found === undefined ? 0n : doneAbove(found.metadata)
          return { group, at, offset: found?.offset, doneAbove: done, hasMembers: members.get(group) ?? false }
        })
      })
    return (await Promise.all(all)).flat()
  }

  async #look(behind: readonly Behind[]): Promise<void> {
    const moved = behind.filter((one) => {
      const known = this.#known.get(keyOf(one))
      return known === undefined || known.from !== one.from || (known.peek.isExact && known.end !== one.end)
    })
    for (const batch of roundsOf(moved)) {
      const seen = await this.#operations.peek(
        batch.map(({ at, from, end }) => ({ at, offset: from, end })),
        COUNT_MAX,
      )
      for (const one of batch) {
        const peek = seen.get(partitionKey(one.at))
        if (peek !== undefined) this.#known.set(keyOf(one), { from: one.from, end: one.end, peek })
      }
    }
    const stays = new Set(behind.map(keyOf))
    for (const key of this.#known.keys()) if (!stays.has(key)) this.#known.delete(key)
    for (const one of behind) this.#stretch(one)
  }

  /** An end that moved on behind a record whose time is known: nothing to look at, only more to count. */
  #stretch({ from, end, ...of }: Behind): void {
    const key = keyOf(of)
    const known = this.#known.get(key)
    if (known === undefined || known.end === end) return
    this.#known.set(key, { from, end, peek: { ...known.peek, records: end - from, isExact: false } })
  }
}

interface Standing {
  readonly group: string
  readonly at: TopicPartition
  readonly offset: bigint | undefined
  readonly doneAbove: bigint
  readonly hasMembers: boolean
}

interface Behind extends Pick<LagReading, 'group' | 'at' | 'end'> {
  readonly from: bigint
}

/** A partition is looked at from one place at a time: groups that share it take turns. */
function roundsOf(all: readonly Behind[]): readonly (readonly Behind[])[] {
  const lines = [...Map.groupBy(all, ({ at }) => partitionKey(at)).values()]
  const longest = lines.reduce((most, line) => Math.max(most, line.length), 0)
  return Array.from({ length: longest }, (_, turn) => lines.flatMap((line) => line[turn] ?? []))
}

const NOTHING: Peek = { timestampMs: undefined, records: 0n, isExact: true }
const keyOf = ({ group, at }: Pick<LagReading, 'group' | 'at'>): string => `${group} ${partitionKey(at)}`
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b)

const partitionsOf = (topic: string, count: number): readonly TopicPartition[] =>
  Array.from({ length: count }, (_, partition) => ({ topic, partition }))

const distinct = (partitions: readonly TopicPartition[]): readonly TopicPartition[] => [
  ...new Map(partitions.map((at) => [partitionKey(at), at])).values(),
]

/** Offsets above a committed one that its metadata says are done; none in the metadata of other clients. */
function doneAbove(metadata: string): bigint {
  if (metadata === '') return 0n
  try {
    return BigInt(countDone(doneIn(metadata)))
  } catch {
    return 0n
  }
}
