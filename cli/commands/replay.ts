import type { ClusterOperations, Graph } from '../../streams/index.ts'
import type { CheckedTopology } from '../../topology/index.ts'
import { bytesText, CommandError, EXIT, grouped, type Output, table } from '../output.ts'
import { loadTopology } from '../runtime/load-topology.ts'
import { createLogger } from '../runtime/log.ts'
import { withOperations } from '../runtime/operations/open-operations.ts'
import { parseTime } from '../runtime/operations/reset-target.ts'
import { leftoversOf, removeLeftovers } from '../runtime/shadow/leftovers.ts'
import { shadowNames } from '../runtime/shadow/open-shadow.ts'
import { type BegunReplay, forgetReplay, keepReplay, readReplay } from '../runtime/shadow/replay-file.ts'
import { type Replayed, runReplay } from '../runtime/shadow/run-replay.ts'
import { type Amount, amountsOf, inputsOfGroups, stretchesOf } from '../runtime/shadow/stretches.ts'
import { untilStopped } from '../runtime/until-stopped.ts'
import type { Settings } from '../settings.ts'
import type { CommandPorts } from './command.ts'

interface ReplayFlags {
  readonly from?: string
  readonly to?: string
  readonly topic: readonly string[]
  readonly discard?: boolean
  readonly dryRun?: boolean
  readonly confirm?: string
  readonly json?: boolean
}

/** `stonks replay`: a time range through one processor again, into topics that nobody else reads. */
export function replayCommand({ program, settings, output, finish }: CommandPorts): void {
  program
    .command('replay')
    .description('a time range through one processor again, into topics beside its own; a preview first')
    .argument('<processor>', 'a processor of the topology, as the topology has it now')
    .option('--from <when>', 'of records since: a time (2026-03-02T10:00:00Z), or a duration back (-90m)')
    .option('--to <when>', 'of records before; up to now unless given')
    .option('--topic <topic>', 'of this input only, by its name on the log; once for each', collect, [])
    .option('--dry-run', 'the preview only')
    .option('--confirm <processor>', 'name of the processor: without it nothing is done')
    .option('--discard', 'take away what a replay or a shadow of it left: topics, groups and notes')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
It runs as <processor>.shadow, in a group of its own, and writes to <topic>.shadow; what runs notices nothing of it. Stores begin
empty, so whatever looks back sees nothing from before --from. Interrupted, the same command without --from goes on where it was.

Examples:
  stonks replay parse --from -2h --dry-run
  stonks replay parse --from 2026-03-02T10:00:00Z --to 2026-03-02T11:00:00Z --confirm parse
  stonks -t candidate.yaml replay parse --from -2h --confirm parse && stonks diff parse
  stonks replay parse --discard --confirm parse`,
    )
    .action(async (processor: string, flags: ReplayFlags) => {
      const chosen = settings()
      const topology = loadTopology(chosen, output)
      const shadow = shadowNames(topology, processor)
      await withOperations(chosen, 'replay', async ({ operations }) => {
        const ports = { settings: chosen, topology, processor, shadow, operations, output, flags }
        finish(flags.discard ? await discard(ports) : await replay(ports))
      })
    })
}

const collect = (name: string, before: readonly string[]): readonly string[] => [...before, name]

interface ReplayPorts {
  readonly settings: Settings
  readonly topology: CheckedTopology
  readonly processor: string
  readonly shadow: Graph
  readonly operations: ClusterOperations
  readonly output: Output
  readonly flags: ReplayFlags
}

const groupOfReplay = (shadow: Graph): string => [...inputsOfGroups(shadow).keys()][0] ?? ''

async function replay(ports: ReplayPorts): Promise<number> {
  const { settings, processor, shadow, operations, output, flags } = ports
  const group = groupOfReplay(shadow)
  const begun = readReplay(settings, group)
  const plan = begun === undefined ? await decide(ports) : await goOn(begun, ports)
  const amounts = await amountsOf(operations, plan.stretches)
  if (flags.dryRun || flags.confirm !== processor) {
    if (flags.json) output.json({ processor, done: false, amounts: amounts.map(amountJson) })
    else output.data(amountsText(amounts, begun !== undefined))
    if (flags.dryRun) return EXIT.done
    output.error(`stonks: nothing was done\n  = help: to do it, add --confirm ${processor}`)
    return EXIT.refused
  }
  if (begun === undefined) keepReplay(settings, group, plan)
  const total = amounts.reduce((sum, { records }) => sum + records, 0n)
  const replayed = await runReplay({
    ...ports,
    stretches: plan.stretches,
    logger: createLogger(process.env['LOG_LEVEL'] || 'warn'),
    stopped: untilStopped(output.note),
    told: (records) => output.note(`${grouped(records)} of at most ${grouped(total)}`),
  })
  tell(replayed, ports)
  return replayed.isWhole ? EXIT.done : EXIT.answerIsNo
}

/** What a new replay reads. Refused where another has left something: nobody could tell the two apart. */
async function decide({ processor, shadow, operations, flags }: ReplayPorts): Promise<BegunReplay> {
  if (flags.from === undefined) throw new CommandError(EXIT.usage, 'replay takes --from', 'such as --from -2h')
  const nowMs = Date.now()
  const range = {
    fromMs: parseTime(flags.from, '--from', nowMs),
    toMs: flags.to === undefined ? undefined : parseTime(flags.to, '--to', nowMs),
  }
  if (range.toMs !== undefined && range.toMs <= range.fromMs)
    throw new CommandError(EXIT.usage, '--to is not after --from')
  const { groups, topics } = await leftoversOf(operations, shadow)
  if (groups.length > 0 || topics.length > 0)
    throw new CommandError(
      EXIT.refused,
      `another replay or shadow of ${processor} has left ${[...topics.map(({ topic }) => topic), ...groups].slice(0, 3).join(', ')}, …`,
      `look at it: stonks diff ${processor}`,
      `then: stonks replay ${processor} --discard --confirm ${processor}`,
    )
  const stretches = await stretchesOf(operations, shadow, range, flags.topic)
  return { clusterId: await operations.clusterId(), range, stretches }
}

async function goOn(begun: BegunReplay, { processor, operations, flags, output }: ReplayPorts): Promise<BegunReplay> {
  const again = `stonks replay ${processor} --discard --confirm ${processor}`
  if (begun.clusterId !== (await operations.clusterId()))
    throw new CommandError(EXIT.refused, `the replay of ${processor} was begun on another cluster`, `anew: ${again}`)
  if (flags.from !== undefined || flags.to !== undefined || flags.topic.length > 0)
    throw new CommandError(
      EXIT.refused,
      `a replay of ${processor} since ${new Date(begun.range.fromMs).toISOString()} was begun; it reads what it read then`,
      'to go on with it, leave --from, --to and --topic out',
      `to begin another: ${again}`,
    )
  output.note(`going on with the replay since ${new Date(begun.range.fromMs).toISOString()}`)
  return begun
}

function tell({ isWhole, recordsIn, recordsOut, deadLettered }: Replayed, ports: ReplayPorts): void {
  const { processor, output, flags } = ports
  if (flags.json) {
    const counts = { records_in: recordsIn, records_out: recordsOut, dead_lettered: deadLettered }
    output.json({ processor, done: isWhole, ...counts })
  } else
    output.data(
      `${isWhole ? 'Replayed' : 'Stopped after'} ${grouped(recordsIn)} records through ${processor}: ${grouped(recordsOut)} out, ${grouped(deadLettered)} dead letters.`,
    )
  output.note(
    isWhole ? `compare: stonks diff ${processor}` : `go on: stonks replay ${processor} --confirm ${processor}`,
  )
}

async function discard({ settings, processor, shadow, operations, output, flags }: ReplayPorts): Promise<number> {
  const found = await leftoversOf(operations, shadow)
  const names = [...found.topics.map(({ topic }) => topic), ...found.groups]
  const isMeant = flags.confirm === processor && !flags.dryRun
  if (isMeant) {
    await removeLeftovers(operations, found)
    forgetReplay(settings, groupOfReplay(shadow))
  }
  if (flags.json) output.json({ processor, done: isMeant, removed: names })
  else
    output.data(
      names.length === 0 ? 'Nothing is left of it.' : `${isMeant ? 'Removed' : 'Would remove'} ${names.join(', ')}.`,
    )
  if (isMeant || flags.dryRun || names.length === 0) return EXIT.done
  output.error(`stonks: nothing was changed\n  = help: to do it, add --confirm ${processor}`)
  return EXIT.refused
}

const amountJson = ({ topic, records, bytes }: Amount): object => ({
  topic,
  records: String(records),
  bytes: bytes === undefined ? null : String(bytes),
})

function amountsText(amounts: readonly Amount[], isBegun: boolean): string {
  const rows = amounts.map(({ topic, records, bytes }) => [
    topic,
    `≤${grouped(records)}`,
    bytes === undefined ? 'unknown' : `about ${bytesText(Number(bytes))}`,
  ])
  const total = amounts.reduce((sum, { records }) => sum + records, 0n)
  const sentence = `Would ${isBegun ? 'go on with' : 'replay'} at most ${grouped(total)} records.`
  return `${table(['TOPIC', 'RECORDS', 'BYTES'], rows, new Set([1, 2]))}\n\n${sentence}`
}
