import type { TopicPartition } from '../../record.ts'

/** A member as the leader sees it when sharing out. */
export interface Member {
  readonly id: string
  /** Partition numbers it had before, to keep where it can. */
  readonly owned: readonly number[]
}

export interface SharedTopics {
  /** Partitions of each topic that is shared out, by topic. */
  readonly shared: ReadonlyMap<string, number>
  /** Partitions of each topic that everybody reads, by topic. */
  readonly broadcast: ReadonlyMap<string, number>
}

/**
 * Shares partition numbers out: partition p of every shared topic goes to the same member, members' counts differ by one
 * at most, and a member keeps what it had as long as that allows. Who has a partition also reads every broadcast one.
 */
export function shareOut(
  members: readonly Member[],
  topics: SharedTopics,
): ReadonlyMap<string, readonly TopicPartition[]> {
  const numbers = Math.max(0, ...topics.shared.values())
  const owners = ownersOf(
    [...members].sort((a, b) => (a.id < b.id ? -1 : 1)),
    numbers,
  )
  return new Map(
    members.map(({ id }) => {
      const own = [...topics.shared].flatMap(([topic, count]) =>
        owners.flatMap((owner, partition) => (owner === id && partition < count ? [{ topic, partition }] : [])),
      )
      return [id, own.length === 0 ? [] : [...own, ...everyPartition(topics.broadcast)]]
    }),
  )
}

export const everyPartition = (topics: ReadonlyMap<string, number>): readonly TopicPartition[] =>
  [...topics].flatMap(([topic, count]) => Array.from({ length: count }, (_, partition) => ({ topic, partition })))

function ownersOf(members: readonly Member[], numbers: number): readonly string[] {
  const least = Math.floor(numbers / members.length)
  let larger = numbers % members.length
  const owners = new Array<string | undefined>(numbers).fill(undefined)
  const counts = new Map(members.map(({ id }) => [id, 0]))
  for (const { id, owned } of [...members].sort((a, b) => b.owned.length - a.owned.length)) {
    const free = owned.filter((partition) => partition < numbers && owners[partition] === undefined)
    const quota = free.length > least && larger > 0 ? least + 1 : least
    if (quota > least) larger -= 1
    const kept = free.slice(0, quota)
    for (const partition of kept) owners[partition] = id
    counts.set(id, kept.length)
  }
  return owners.map((owner) => {
    if (owner !== undefined) return owner
    const [id, count] = [...counts].reduce((least, next) => (next[1] < least[1] ? next : least))
    counts.set(id, count + 1)
    return id
  })
}
