import { join } from 'node:path'
import { type ClusterOperations, type GraphNode, groupOf, type TopicPartition } from '../../streams/index.ts'
import { suggest } from '../../topology/index.ts'
import { CommandError, EXIT, type Output } from '../output.ts'
import { graphWithoutCode } from '../runtime/graph-without-code.ts'
import { loadTopology } from '../runtime/load-topology.ts'
import { withOperations } from '../runtime/operations/open-operations.ts'
import { carryOutReset, changing, type Move, previewReset, previewUndo } from '../runtime/operations/reset.ts'
import { parseTarget } from '../runtime/operations/reset-target.ts'
import { keepOffsets, readKept } from '../runtime/operations/undo-file.ts'
import type { Settings } from '../settings.ts'
import type { CommandPorts } from './command.ts'
import { moveJson, movesText } from './reset-text.ts'

interface ResetFlags {
  readonly to?: string
  readonly undo?: string
  readonly topic: readonly string[]
  readonly allTopics?: boolean
  readonly dryRun?: boolean
  readonly confirm?: string
  readonly json?: boolean
}

/** `stonks reset`: moves where a consumer group goes on, with a preview and a way back. */
export function resetCommand({ program, settings, output, finish }: CommandPorts): void {
  program
    .command('reset')
    .description('move where a consumer group goes on from; refused while it has members')
    .argument('<group>', 'a node of the topology, or a consumer group of any client')
    .option('--to <where>', 'earliest, latest, an offset, a time (2026-03-02T10:00:00Z), or a duration back (-90m)')
    .option('--undo <file>', 'back to where it was before a reset; the file is named by that reset')
    .option(
      '--topic <topic>',
      'of this topic only; once for each',
      (name, all: readonly string[]) => [...all, name],
      [],
    )
    .option('--all-topics', 'of all topics it reads, where these are several')
    .option('--dry-run', 'the preview only')
    .option('--confirm <group>', 'name of the group: without it nothing is changed')
    .option('--json', 'the moves as JSON')
    .addHelpText(
      'after',
      `
Stores of a processor stay as they are: read again, a record counts again in them.

Examples:
  stonks reset lake --to earliest --all-topics --dry-run
  stonks reset extract --to -90m --confirm stonks.extract
  stonks reset someone.elses --to 2026-03-02T10:00:00Z --topic orders --confirm someone.elses
  stonks reset extract --undo .stonks/undo/stonks.extract-2026-03-02T10-00-00.000Z.json --confirm stonks.extract`,
    )
    .action(async (name: string, flags: ResetFlags) => {
      const chosen = settings()
      if ((flags.to === undefined) === (flags.undo === undefined))
        throw new CommandError(EXIT.usage, 'reset takes either --to or --undo')
      const known = nodeOf(name, chosen, output)
      await withOperations(chosen, 'reset', async ({ operations }) => {
        const moves = await preview(operations, known, flags)
        finish(await decide(operations, known, moves, flags, chosen, output))
      })
    })
}

interface Named {
  readonly group: string
  /** Topics the node of the topology reads; empty for a group of others. */
  readonly topics: readonly string[]
  readonly stores: readonly string[]
}

function nodeOf(name: string, settings: Settings, output: Output): Named {
  const graph = graphWithoutCode(loadTopology(settings, output))
  const node: GraphNode | undefined = Object.values(graph.nodes).find(
    (one) => one.name === name || groupOf(graph, one.name) === name,
  )
  if (node === undefined || node.kind === 'source') return { group: name, topics: [], stores: [] }
  const topics = (node.kind === 'sink' ? node.from : [...node.from, ...node.broadcast]).map(
    (topic) => graph.topics[topic]?.topic ?? topic,
  )
  const stores = node.kind === 'sink' ? [] : node.stores.map((store) => store.name)
  return { group: groupOf(graph, node.name), topics, stores }
}

async function preview(
  operations: ClusterOperations,
  { group, topics }: Named,
  flags: ResetFlags,
): Promise<readonly Move[]> {
  await refuseMembers(operations, group, topics.length > 0)
  if (flags.undo !== undefined) {
    const kept = readKept(flags.undo)
    if (kept.group !== group)
      throw new CommandError(EXIT.refused, `${flags.undo} is of the group ${kept.group}; nothing was done`)
    return previewUndo(operations, group, kept.offsets, Date.now())
  }
  const target = parseTarget(flags.to ?? '', Date.now())
  const partitions = await partitionsOf(operations, group, topics, flags)
  return previewReset(operations, group, partitions, target, Date.now())
}

async function refuseMembers(operations: ClusterOperations, group: string, isOurs: boolean): Promise<void> {
  const groups = await operations.groups()
  const found = groups.find(({ groupId }) => groupId === group)
  if (found === undefined && !isOurs) {
    const names = groups.map(({ groupId }) => groupId)
    const guess = suggest(group, names)
    throw new CommandError(
      EXIT.missing,
      `there is no node and no consumer group ${group}`,
      guess === undefined ? `the groups are ${names.slice(0, 20).join(', ') || 'none'}` : `did you mean ${guess}?`,
    )
  }
  if (!found?.hasMembers) return
  const members = (await operations.members(group)).map(({ clientId, host }) => `${clientId} at ${host}`)
  throw new CommandError(
    EXIT.refused,
    `${group} is running${members.length > 0 ? `: ${members.join(', ')}` : ` (${found.state})`}; nothing was changed`,
    'stop its members first: they would commit over it',
  )
}

async function partitionsOf(
  operations: ClusterOperations,
  group: string,
  topics: readonly string[],
  flags: ResetFlags,
): Promise<readonly TopicPartition[]> {
  const committed = (await operations.offsets(group)).map(({ at }) => at.topic)
  const counts = new Map((await operations.topics()).map(({ topic, partitions }) => [topic, partitions]))
  const read = [...new Set([...topics, ...committed])].filter((topic) => counts.has(topic))
  const missing = flags.topic.find((topic) => !counts.has(topic))
  if (missing !== undefined)
    throw new CommandError(
      EXIT.missing,
      `there is no topic ${missing}`,
      `${group} reads ${read.join(', ') || 'nothing'}`,
    )
  if (read.length > 1 && flags.topic.length === 0 && !flags.allTopics)
    throw new CommandError(
      EXIT.usage,
      `${group} reads ${read.length} topics: ${read.join(', ')}`,
      'say which: --topic for each, or --all-topics',
    )
  const chosen = flags.topic.length > 0 ? flags.topic : read
  return chosen.flatMap((topic) =>
    Array.from({ length: counts.get(topic) ?? 0 }, (_, partition) => ({ topic, partition })),
  )
}

async function decide(
  operations: ClusterOperations,
  { group, stores }: Named,
  all: readonly Move[],
  flags: ResetFlags,
  settings: Settings,
  output: Output,
): Promise<number> {
  const moves = changing(all)
  const isConfirmed = flags.confirm === group && !flags.dryRun
  const undo =
    isConfirmed && moves.length > 0
      ? keepOffsets(join(settings.dataFolder, 'undo'), group, moves, new Date())
      : undefined
  if (undo !== undefined) await carryOutReset(operations, group, moves)
  if (flags.json) output.json({ group, done: undo !== undefined, undo: undo ?? null, moves: all.map(moveJson) })
  else output.data(movesText(group, all))
  if (stores.length > 0 && moves.length > 0)
    output.note(
      `${group} has the stores ${stores.join(', ')}: they keep what they hold, and what is read again counts again`,
    )
  if (undo !== undefined)
    output.note(`moved ${moves.length} partitions; back again: stonks reset ${group} --undo ${undo} --confirm ${group}`)
  if (undo !== undefined || moves.length === 0 || flags.dryRun) return EXIT.done
  output.error(`stonks: nothing was changed\n  = help: to do it, add --confirm ${group}`)
  return EXIT.refused
}
