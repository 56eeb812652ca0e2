import { ABSENT, type Change, type Note, type Obstacle } from './change.ts'
import type { Desired } from './desired.ts'
import { groupFacet, type World, type WorldGroup } from './world.ts'

/** What is known of the groups of the topology's nodes; they make themselves when a process joins. */
export function groupNotes(desired: Desired, world: World): readonly Note[] {
  return desired.groups.flatMap(({ group, topics }): Note[] => {
    const found = world.groups.get(group)
    const waiting = topics.reduce((sum, topic) => sum + (world.topics.get(topic)?.records ?? 0n), 0n)
    const notes: Note[] = []
    if (found?.unread === undefined && waiting > 0n)
      notes.push({ name: group, message: `never committed: begins at the earliest of ${waiting} records` })
    if (found !== undefined && found.lost > 0n)
      notes.push({ name: group, message: `${found.lost} records were deleted by retention before it read them` })
    return notes
  })
}

/** A group with the topology's prefix whose node is gone. */
export function groupDeletion(group: string, found: WorldGroup): Change | Obstacle {
  if (found.hasMembers)
    return {
      name: group,
      message: 'no node of the topology has this group, and it has members',
      help: 'stop the processes that run it first',
    }
  return {
    name: group,
    action: { kind: 'delete_group', group },
    grade: 'destructive',
    what: 'delete',
    reason: 'no node of the topology has it; where it had read to is forgotten',
    blast: { nodes: [], records: found.unread === undefined ? null : String(found.unread), bytes: null },
    turns: { [groupFacet(group)]: { before: 'empty', after: ABSENT } },
  }
}
