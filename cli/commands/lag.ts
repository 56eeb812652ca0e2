import { setTimeout as sleep } from 'node:timers/promises'
import type { LagView } from '../../api/contract.ts'
import { type LogDriver, StreamsError, silentLogger } from '../../streams/index.ts'
import type { CheckedTopology } from '../../topology/index.ts'
import { CommandError, EXIT, type Output } from '../output.ts'
import { graphWithoutCode } from '../runtime/graph-without-code.ts'
import { type LagRow, lagRow, nodesOfGroups } from '../runtime/lag/lag-row.ts'
import { openLag } from '../runtime/lag/open-lag.ts'
import { watchBridges } from '../runtime/lag/watch-bridges.ts'
import { loadTopology } from '../runtime/load-topology.ts'
import { openDriver } from '../runtime/parts.ts'
import { atRun } from '../runtime/run-folder.ts'
import { findRunning } from '../runtime/running.ts'
import type { Settings } from '../settings.ts'
import type { CommandPorts } from './command.ts'
import { LAG_ROWS, lagText, listsText } from './lag-text.ts'

const WATCH_MS = 2_000
/** Between the two looks of a command that looks once: a trend needs two. */
const APART_MS = 1_000

interface LagFlags {
  readonly watch?: boolean
  readonly group?: readonly string[]
  readonly allGroups?: boolean
  readonly all?: boolean
  readonly maxRecords?: string
  readonly maxSeconds?: string
  readonly json?: boolean
}

/** `stonks lag`: who is behind, in records and in seconds. */
export function lagCommand({ program, settings, output, finish }: CommandPorts): void {
  program
    .command('lag')
    .description('who is behind: records, seconds, trend, time to catch up and status, per task and partition')
    .argument('[nodes...]', 'processors and sinks; all unless given')
    .option('--watch', 'again every two seconds, until Ctrl-C')
    .option('--group <id>', 'a consumer group, also one of others; once for each', collect, [])
    .option('--all-groups', 'every consumer group of the cluster')
    .option('--all', `every row; else the worst ${LAG_ROWS}`)
    .option('--max-records <n>', 'exit 1 where a task is further behind')
    .option('--max-seconds <n>', 'exit 1 where the next record of a task is older')
    .option('--json', 'rows as JSON; with --watch a line each time')
    .addHelpText(
      'after',
      `
Status: ok; warn, falls further behind; never, there are records and it never committed; rewind, went back and has not caught
up; stall, has members and commits the same offset over and over; stop, commits nothing any more.

Examples:
  stonks lag
  stonks lag extract aggregate --watch
  stonks lag --all-groups --json | jq '.data[] | select(.status != "ok")'
  stonks lag --max-seconds 60                   for a check: exit 1 where something is a minute behind`,
    )
    .action(async (nodes: string[], flags: LagFlags) => {
      const chosen = atRun(settings())
      const topology = loadTopology(chosen, output)
      const limits = {
        records: limitOf(flags.maxRecords, '--max-records'),
        seconds: limitOf(flags.maxSeconds, '--max-seconds'),
      }
      const isEverything = nodes.length === 0 && (flags.group ?? []).length === 0
      const watched = isEverything && !flags.json ? watchBridges(chosen, topology) : undefined
      const show = async (rows: readonly LagRow[]): Promise<void> => {
        print(rows, flags, output)
        if (watched !== undefined) output.data(`\n${await listsText(watched.lists)}`)
        finish(rows.some((row) => isOver(row, limits)) ? EXIT.answerIsNo : EXIT.done)
      }
      try {
        await look(chosen, topology, { ...flags, nodes }, show)
      } finally {
        watched?.close()
      }
    })
}

const collect = (name: string, before: readonly string[]): readonly string[] => [...before, name]

function limitOf(text: string | undefined, name: string): number {
  if (text === undefined) return Number.POSITIVE_INFINITY
  const limit = Number(text)
  if (text !== '' && limit >= 0) return limit
  throw new CommandError(EXIT.usage, `${name} is ${JSON.stringify(text)}`, 'it takes a number from 0')
}

const isOver = (row: LagRow, limits: { readonly records: number; readonly seconds: number }): boolean =>
  row.lag_records > limits.records || (row.behind_ms ?? 0) / 1000 > limits.seconds

function print(rows: readonly LagRow[], flags: LagFlags, output: Output): void {
  if (flags.watch && !flags.json && process.stdout.isTTY) process.stdout.write('\u001b[H\u001b[2J')
  if (flags.json) output.json(rows)
  else output.data(lagText(rows, flags.all ? undefined : LAG_ROWS))
}

/** From the running process where the log is embedded, else from the log itself. */
async function look(
  settings: Settings,
  topology: CheckedTopology,
  flags: LagFlags & { readonly nodes: readonly string[] },
  show: (rows: readonly LagRow[]) => Promise<void>,
): Promise<void> {
  const running = settings.driver === 'embedded' ? findRunning(settings.dataFolder) : undefined
  const source = running === undefined ? await openSource(settings, topology, flags) : ofRunning(running)
  const isAsked = choose(flags, topology)
  try {
    if (!flags.watch && running === undefined && settings.driver !== 'embedded') {
      await source.rows()
      await sleep(APART_MS)
    }
    do {
      const rows = await source.rows()
      if (!flags.watch) refuseUnknownGroups(flags, rows)
      await show(rows.filter(isAsked))
      if (flags.watch) await sleep(WATCH_MS)
    } while (flags.watch)
  } catch (error) {
    if (!(error instanceof StreamsError && error.code === 'TOPIC_MISSING')) throw error
    const where = settings.driver === 'embedded' ? settings.dataFolder : settings.kafkaBrokers.join(', ')
    throw new CommandError(EXIT.missing, error.message, `nothing ran yet on ${where}: stonks start`)
  } finally {
    await source.close()
  }
}

/** Nothing is behind in a group that is not there: a check of a name written wrong would never fail. */
function refuseUnknownGroups({ group = [] }: LagFlags, rows: readonly LagRow[]): void {
  const unknown = group.find((name) => !rows.some((row) => row.group === name))
  if (unknown === undefined) return
  throw new CommandError(
    EXIT.missing,
    `there is no group ${unknown}, or it has committed nothing`,
    'stonks lag --all-groups shows those that have',
  )
}

interface Source {
  rows(): Promise<readonly LagRow[]>
  close(): Promise<void>
}

function choose(
  { nodes, group = [], allGroups }: LagFlags & { readonly nodes: readonly string[] },
  topology: CheckedTopology,
): (row: LagRow) => boolean {
  const known = Object.keys(topology.nodes)
  const unknown = nodes.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new CommandError(EXIT.usage, `there is no node ${unknown}`, `the nodes are ${known.join(', ')}`)
  if (nodes.length === 0 && group.length === 0) return () => true
  // The parts of a flow carry its name.
  const isOf = (row: LagRow): boolean => nodes.some((name) => row.node === name || row.node.startsWith(`${name}.`))
  return (row) => isOf(row) || group.includes(row.group) || allGroups === true
}

async function openSource(settings: Settings, topology: CheckedTopology, flags: LagFlags): Promise<Source> {
  const graph = graphWithoutCode(topology)
  const nodes = nodesOfGroups(graph)
  let driver: Promise<LogDriver> | undefined
  const opened = await openLag({
    settings,
    graph,
    driver: () => (driver ??= openDriver(settings, silentLogger)),
    others: (groupId) => flags.allGroups === true || (flags.group ?? []).includes(groupId),
  })
  return {
    rows: async () => (await opened.lag.collect()).map((lag) => lagRow(lag, nodes)),
    close: async () => {
      await opened.close()
      await (await driver)?.close()
    },
  }
}

const ofRunning = ({ pid, url }: { readonly pid: number; readonly url: string }): Source => ({
  async rows() {
    const response = await fetch(`${url}/api/v1/lag`)
    if (response.ok) return ((await response.json()) as LagView).items
    throw new CommandError(EXIT.outside, `the running process ${pid} answered ${response.status} at ${url}`)
  },
  close: async () => {},
})
