import { ANY, type Change, type Obstacle } from './change.ts'
import type { DesiredMove } from './moves.ts'
import { carriedFacet, copyFacet, groupFacet, groupText, type World } from './world.ts'

export interface MoveDiff {
  readonly changes: readonly Change[]
  readonly obstacles: readonly Obstacle[]
}

/**
 * From a processor's old name to its new one. First changelogs are copied, which can be done again from where it stopped; the
 * offsets come last, in one request, and say that all is carried. The old stays as it is.
 */
export function diffMove(move: DesiredMove, world: World): MoveDiff {
  const { groups, changelogs } = move
  const isRenamed = groups.from !== groups.to
  // Once the new name has offsets it has its state too: what the old one wrote later was written by somebody who went back.
  if (isRenamed && isCommitted(world, groups.to)) return { changes: [], obstacles: [] }
  const open = changelogs.filter(({ to }) => world.copies.get(to)?.isWhole === false)
  const isOpen = open.length > 0 || (isRenamed && isCommitted(world, groups.from))
  if (!isOpen) return { changes: [], obstacles: [] }
  const obstacles = obstaclesOf(move, open, world)
  if (obstacles.length > 0) return { changes: [], obstacles }
  const copies = open.map((one) => copyChange(move, one, world))
  return {
    changes: [...copies, ...(isRenamed && isCommitted(world, groups.from) ? [carryChange(move, world)] : [])],
    obstacles,
  }
}

/** Nodes that would begin anew if they were started now. */
export const uncarried = (moves: readonly DesiredMove[], world: World): readonly string[] =>
  moves.flatMap((move) => {
    const { changes, obstacles } = diffMove(move, world)
    return changes.length + obstacles.length > 0 ? [move.node] : []
  })

const isCommitted = (world: World, group: string): boolean => world.groups.get(group)?.unread !== undefined

function copyChange(
  { node, groups }: DesiredMove,
  { from, to }: DesiredMove['changelogs'][number],
  world: World,
): Change {
  const found = world.topics.get(from)
  return {
    name: to,
    action: { kind: 'copy_topic', from, to, groups: [...new Set([groups.from, groups.to])] },
    grade: 'disruptive',
    what: `copy what is in ${from}`,
    reason: 'the store keeps its content under its new name, and nobody may write it meanwhile; the old topic stays',
    blast: {
      nodes: [node],
      records: found === undefined ? null : String(found.records),
      bytes: found?.bytes === undefined ? null : String(found.bytes),
    },
    turns: { [copyFacet(to)]: { before: 'open', after: 'whole' } },
  }
}

const carryChange = ({ node, was, groups: { from, to } }: DesiredMove, world: World): Change => ({
  name: to,
  action: { kind: 'carry_offsets', from, to },
  grade: 'disruptive',
  what: `begin where ${from} stands`,
  reason: `\`${was}\` is \`${node}\` now, and runs under neither name meanwhile; the old group stays`,
  blast: { nodes: [node], records: null, bytes: null },
  turns: {
    [carriedFacet(to)]: { before: 'open', after: 'carried' },
    [groupFacet(to)]: { before: groupText(world.groups.get(to)), after: ANY },
  },
})

function obstaclesOf(move: DesiredMove, open: DesiredMove['changelogs'], world: World): readonly Obstacle[] {
  const { node, was, groups } = move
  const running = [...new Set([groups.from, groups.to])].filter((group) => world.groups.get(group)?.hasMembers)
  const what = was === node ? `the stores of ${node}` : `${was}, which is ${node} now,`
  return [
    ...running.map((name) => ({
      name,
      message: `it has members: ${what} cannot be carried while somebody writes them`,
      help: 'stop the processes that run it, and plan again',
    })),
    ...(move.hasParts && groups.from !== groups.to
      ? [
          {
            name: groups.from,
            message: `${node} is a flow with topics between its parts, and what lies in them cannot be carried`,
            help: `leave it its name ${was}, or take it out of \`moved:\` and let it begin anew`,
          },
        ]
      : []),
    ...open.flatMap((one) => changelogObstacles(one, world)),
  ]
}

function changelogObstacles(
  { from, to, partitions }: DesiredMove['changelogs'][number],
  world: World,
): readonly Obstacle[] {
  const [copy, found] = [world.copies.get(to), world.topics.get(from)]
  const obstacles: Obstacle[] = []
  if (found !== undefined && found.partitions !== partitions)
    obstacles.push({
      name: to,
      message: `${from} has ${found.partitions} partitions, and ${partitions} are wanted: keys would be in other tasks`,
      help: 'rename it first and change its inputs later',
    })
  if (copy?.isStable === false)
    obstacles.push({
      name: from,
      message: 'a transaction in it has not ended',
      help: 'the broker ends it by itself within a minute; then plan again',
    })
  if (copy?.hasOther)
    obstacles.push({
      name: to,
      message: `it has records that are not of ${from}: it ran under the new name before its state was carried`,
      help: `delete the topic ${to} to take what was there before, or take it out of \`moved:\` to go on with the new`,
    })
  return obstacles
}
