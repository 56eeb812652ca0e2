import { partitionKey, type TopicPartition } from '../../record.ts'
import type { AssignmentListener } from '../port.ts'

export interface GroupMember {
  readonly memberId: number
  readonly topics: readonly string[]
  readonly broadcast: readonly string[]
  readonly listener: AssignmentListener
}

interface Group {
  readonly members: Map<number, GroupMember>
  /** Partition number -> member that reads it, of all co-partitioned topics. */
  readonly owners: Map<number, number>
  target: ReadonlyMap<number, number>
}

/**
 * Consumer groups of one process. Partitions move one by one: a member lets go at its own poll, after its listener had
 * the chance to commit, and only then another may take them; so no partition ever has two readers. All topics of a group
 * are co-partitioned: one member has partition p of each.
 */
export class GroupCoordinator {
  readonly #groups = new Map<string, Group>()
  readonly #partitionsOf: (topic: string) => number
  #lastMember = 0

  constructor(partitionsOf: (topic: string) => number) {
    this.#partitionsOf = partitionsOf
  }

  join(groupId: string, member: Omit<GroupMember, 'memberId'>): number {
    const group: Group = this.#groups.get(groupId) ?? { members: new Map(), owners: new Map(), target: new Map() }
    this.#groups.set(groupId, group)
    this.#lastMember += 1
    group.members.set(this.#lastMember, { ...member, memberId: this.#lastMember })
    this.#share(group)
    return this.#lastMember
  }

  /** Frees what the member had; it has revoked or lost it before. */
  leave(groupId: string, memberId: number): void {
    const group = this.#groups.get(groupId)
    if (group === undefined) return
    group.members.delete(memberId)
    for (const [partition, owner] of group.owners) if (owner === memberId) group.owners.delete(partition)
    this.#share(group)
  }

  isMember(groupId: string, memberId: number): boolean {
    return this.#groups.get(groupId)?.members.has(memberId) === true
  }

  owns(groupId: string, memberId: number, at: TopicPartition): boolean {
    const group = this.#groups.get(groupId)
    const member = group?.members.get(memberId)
    if (group === undefined || member === undefined) return false
    if (member.broadcast.includes(at.topic)) return true
    return group.owners.get(at.partition) === memberId
  }

  /** What the member must let go, given what it has. */
  toRevoke(groupId: string, memberId: number, has: readonly TopicPartition[]): readonly TopicPartition[] {
    const group = this.#groups.get(groupId)
    const member = group?.members.get(memberId)
    if (group === undefined || member === undefined) return []
    const own = has.filter((at) => !member.broadcast.includes(at.topic))
    const going = own.filter((at) => group.target.get(at.partition) !== memberId)
    return going.length === own.length && own.length > 0 ? has : going
  }

  revoked(groupId: string, partitions: readonly TopicPartition[]): void {
    const group = this.#groups.get(groupId)
    for (const at of partitions) group?.owners.delete(at.partition)
  }

  /** What the member may take now, broadcast partitions with its first own one; it is the owner from here on. */
  toAssign(groupId: string, memberId: number, has: readonly TopicPartition[]): readonly TopicPartition[] {
    const group = this.#groups.get(groupId)
    const member = group?.members.get(memberId)
    if (group === undefined || member === undefined) return []
    const known = new Set(has.map(partitionKey))
    const own: TopicPartition[] = []
    for (const [partition, owner] of group.target) {
      if (owner !== memberId || (group.owners.get(partition) ?? memberId) !== memberId) continue
      group.owners.set(partition, memberId)
      own.push(
        ...member.topics
          .filter((topic) => partition < this.#partitionsOf(topic))
          .map((topic) => ({ topic, partition })),
      )
    }
    const shared =
      own.length === 0 ? [] : member.broadcast.flatMap((topic) => allPartitions(topic, this.#partitionsOf(topic)))
    return [...own, ...shared].filter((at) => !known.has(partitionKey(at)))
  }

  #share(group: Group): void {
    const ids = [...group.members.keys()].sort((a, b) => a - b)
    const partitions = Math.max(
      0,
      ...[...group.members.values()].flatMap((member) => member.topics.map((topic) => this.#partitionsOf(topic))),
    )
    group.target = new Map(
      ids.length === 0 ? [] : Array.from({ length: partitions }, (_, p) => [p, ids[p % ids.length] as number] as const),
    )
  }
}

export const allPartitions = (topic: string, partitions: number): TopicPartition[] =>
  Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
