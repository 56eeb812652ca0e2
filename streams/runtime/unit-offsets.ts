import { type Graph, groupOf } from '../graph.ts'
import type { GroupOffset } from '../log/local/medium.ts'
import type { TableSlot } from './table-slot.ts'
import type { TaskSlot } from './task-slot.ts'

/** Where the unit keeps how far its global tables are. */
export const tableGroupOf = (graph: Graph): string => `${graph.name}.$tables`

/** Offsets of the broadcast partitions of a task's node: the group is as far as its slowest task. */
export function broadcastOffsets(graph: Graph, slot: TaskSlot, tasks: readonly TaskSlot[]): readonly GroupOffset[] {
  const shared = slot.queues.filter((queue) => slot.isBroadcast(queue))
  if (shared.length === 0) return NONE
  const siblings = tasks.filter((other) => other.node === slot.node).flatMap((other) => other.queues)
  return shared.map(({ at, key }) => {
    const slowest = Math.min(...siblings.filter((queue) => queue.key === key).map((queue) => queue.position))
    return { groupId: groupOf(graph, slot.node.name), at, committed: { offset: BigInt(slowest), metadata: '' } }
  })
}

export function tableOffsets(graph: Graph, slot: TableSlot): readonly GroupOffset[] {
  return slot.queues.map((queue) => {
    queue.settle()
    return { groupId: tableGroupOf(graph), at: queue.at, committed: { offset: BigInt(queue.position), metadata: '' } }
  })
}

const NONE: readonly GroupOffset[] = []
