/** A member as the group's leader sees it. */
export interface RangeMember {
  readonly id: string
  readonly topics: readonly string[]
}

/**
 * Shares partition numbers out in stretches, the same for every topic: partition p of all topics a member reads is its
 * own. Where topics have as many partitions this is Kafka's `range`.
 */
export function shareOutRange(
  members: readonly RangeMember[],
  partitionCounts: ReadonlyMap<string, number>,
): ReadonlyMap<string, ReadonlyMap<string, readonly number[]>> {
  const shares = new Map(members.map(({ id }) => [id, new Map<string, readonly number[]>()]))
  for (const group of groupsOf(members, partitionCounts)) {
    const numbers = Math.max(0, ...group.topics.map((topic) => partitionCounts.get(topic) ?? 0))
    for (const [index, id] of group.ids.entries()) {
      const { from, to } = stretch(index, group.ids.length, numbers)
      for (const topic of group.topics) {
        const end = Math.min(to, partitionCounts.get(topic) ?? 0)
        const own = Array.from({ length: Math.max(0, end - from) }, (_, n) => from + n)
        if (own.length > 0) shares.get(id)?.set(topic, own)
      }
    }
  }
  return shares
}

/** Topics read by the same members are shared out together. */
function groupsOf(
  members: readonly RangeMember[],
  partitionCounts: ReadonlyMap<string, number>,
): readonly { readonly ids: readonly string[]; readonly topics: readonly string[] }[] {
  const readersOf = (topic: string): readonly string[] =>
    members
      .filter(({ topics }) => topics.includes(topic))
      .map(({ id }) => id)
      .sort()
  const groups = Map.groupBy(partitionCounts.keys(), (topic) => JSON.stringify(readersOf(topic)))
  return [...groups.values()].map((topics) => ({ ids: readersOf(topics[0] ?? ''), topics }))
}

/** The first members get one more where it does not come out even. */
function stretch(index: number, count: number, numbers: number): { readonly from: number; readonly to: number } {
  const least = Math.floor(numbers / count)
  const larger = numbers % count
  const from = index * least + Math.min(index, larger)
  return { from, to: from + least + (index < larger ? 1 : 0) }
}
