import { type Change, GRADES, type Note, type Obstacle, type Plan } from './change.ts'
import type { Desired } from './desired.ts'
import { groupDeletion, groupNotes } from './diff-groups.ts'
import { diffMove, uncarried } from './diff-moves.ts'
import { diffSubject } from './diff-subjects.ts'
import { deletion, diffTopic } from './diff-topics.ts'
import type { DesiredMove } from './moves.ts'
import { desiredFacet, facetsOf, type World } from './world.ts'

export interface PlanOptions {
  /** Also what carries the topology's prefix and is not in it. */
  readonly prune: boolean
  /** Digest of what is desired, so that a plan is not carried out for another topology. */
  readonly digest: string
}

/**
 * The way from the world to what is desired: schemas first, then topics, so that nobody writes what readers cannot have
 * yet; what is taken away last.
 */
export function planOf(desired: Desired, world: World, options: PlanOptions): Plan {
  const subjects = world.subjects === undefined ? [] : desired.subjects
  const diffs = [
    ...subjects.map((wanted) => diffSubject(wanted, desired, world.subjects?.get(wanted.subject))),
    ...desired.topics.map((wanted) => diffTopic(wanted, world.topics.get(wanted.topic))),
  ]
  const orphans = orphansOf(desired, world)
  const moves = desired.moves.map((move) => diffMove(move, world))
  const moving = desired.moves.filter((_, n) => (moves[n]?.changes.length ?? 0) > 0)
  const pruned = options.prune ? prune(orphans, world) : { changes: [], obstacles: [] }
  return {
    changes: [...[...diffs, ...moves].flatMap((diff) => diff.changes), ...pruned.changes],
    obstacles: [...[...diffs, ...moves].flatMap((diff) => diff.obstacles), ...pruned.obstacles],
    notes: [
      ...registryNotes(world),
      ...groupNotes(desired, world),
      ...(options.prune ? [] : orphanNotes(orphans, world)),
    ],
    world: {
      ...desiredFacet(options.digest),
      ...facetsOf(world, {
        topics: [...desired.topics.map(({ topic }) => topic), ...(options.prune ? orphans.topics : [])],
        subjects: subjects.map(({ subject }) => subject),
        groups: [...(options.prune ? orphans.groups : []), ...moving.flatMap(({ groups }) => [groups.from, groups.to])],
        copies: moving.flatMap(({ changelogs }) => changelogs.map(({ to }) => to)),
        carried: moving.flatMap(({ groups }) => (groups.from === groups.to ? [] : [groups.to])),
      }),
    },
  }
}

interface Orphans {
  readonly topics: readonly string[]
  readonly groups: readonly string[]
}

function orphansOf(desired: Desired, world: World): Orphans {
  const [topics, groups] = [desired.topics.map((one) => one.topic), desired.groups.map((one) => one.group)]
  // What is dealt with of dead letters is remembered by a group of their topic's name.
  const ours = [...groups, ...topics]
  // What a new name still has to be given from is no orphan yet.
  const needed = desired.moves.filter((move) => uncarried([move], world).length > 0).flatMap(oldNames)
  const unknown = (names: Iterable<string>, known: readonly string[]): readonly string[] =>
    [...names].filter((name) => name.startsWith(desired.prefix) && ![...known, ...needed].includes(name)).sort()
  return { topics: unknown(world.topics.keys(), topics), groups: unknown(world.groups.keys(), ours) }
}

const oldNames = ({ groups, changelogs }: DesiredMove): readonly string[] => [
  groups.from,
  ...changelogs.map(({ from }) => from),
]

function prune(
  orphans: Orphans,
  world: World,
): { readonly changes: readonly Change[]; readonly obstacles: readonly Obstacle[] } {
  const topics = orphans.topics.flatMap((topic) => {
    const found = world.topics.get(topic)
    return found === undefined ? [] : [deletion(topic, found)]
  })
  const groups = orphans.groups.flatMap((group) => {
    const found = world.groups.get(group)
    return found === undefined ? [] : [groupDeletion(group, found)]
  })
  return {
    changes: [...topics, ...groups].filter((one): one is Change => 'action' in one),
    obstacles: groups.filter((one): one is Obstacle => !('action' in one)),
  }
}

const registryNotes = ({ subjects }: World): readonly Note[] =>
  subjects === undefined ? [{ name: 'registry', message: 'none is set, so no subject was looked at' }] : []

const orphanNotes = (orphans: Orphans, world: World): readonly Note[] => [
  ...orphans.topics.map((name) => ({
    name,
    message: `the topology does not know this topic of ${world.topics.get(name)?.records ?? 0n} records; --prune plans its deletion`,
  })),
  ...orphans.groups.map((name) => ({
    name,
    message: 'no node of the topology has this group; --prune plans its deletion',
  })),
]

/** Changes by grade, `{ safe: 3, disruptive: 0, destructive: 1 }`. */
export const countGrades = (changes: readonly Change[]): Readonly<Record<Change['grade'], number>> =>
  Object.fromEntries(
    GRADES.map((grade) => [grade, changes.filter((change) => change.grade === grade).length]),
  ) as Record<Change['grade'], number>
