import { openRedis, type RedisClient } from '../../connectors/index.ts'
import type { EngineLogger } from '../../streams/index.ts'
import type { CheckedBridge, CheckedNode, CheckedTopology } from '../../topology/index.ts'
import { CommandError, EXIT, type Output } from '../output.ts'
import { readSwitched, untilSwitched, withSwitched } from '../runtime/bridge-switches.ts'
import { checkKept, checkRecording } from '../runtime/check-recording.ts'
import { type Close, closeAll, thenClose } from '../runtime/close-all.ts'
import { loadTopology } from '../runtime/load-topology.ts'
import { createLogger } from '../runtime/log.ts'
import { refuseUncarried } from '../runtime/operations/refuse-uncarried.ts'
import { type OpenedDatabase, openDatabase } from '../runtime/parts.ts'
import { followFile } from '../runtime/reload/follow-file.ts'
import { RunningNodes } from '../runtime/reload/running-nodes.ts'
import { openSystem } from '../runtime/system.ts'
import { untilStopped } from '../runtime/until-stopped.ts'
import type { Settings } from '../settings.ts'
import type { CommandPorts } from './command.ts'

const DRAIN_MS = 10_000

interface RunFlags {
  readonly untilIdle?: boolean
  readonly watch?: boolean
}

/** `stonks run`: nodes of the topology against the log of the settings. */
export function runCommand({ program, settings, output, finish }: CommandPorts): void {
  program
    .command('run')
    .description('run nodes of the topology against the log of the settings')
    .argument('<nodes...>', 'processors, sources and sinks, by name; `bridges` for all that are on')
    .option('--until-idle', 'end when nothing is left to do')
    .option('--watch', 'follow the topology file: changed parameters drain and begin again their node alone')
    .addHelpText(
      'after',
      `
Examples:
  KAFKA_BROKERS=localhost:9092 SCHEMA_REGISTRY_URL=http://localhost:8081 stonks run parse
  stonks run extract aggregate
  stonks run extract aggregate --watch          a change of parameters needs no restart
  STONKS_DRIVER=kafkajs STONKS_BRIDGE_PARSING=in stonks run bridges`,
    )
    .action(async (names: string[], options: RunFlags) => {
      const chosen = settings()
      const topology = loadTopology(chosen, output)
      checkNames(names, topology)
      const asked = bridgesAsked(names, topology)
      if (options.watch && chosen.driver === 'embedded')
        throw new CommandError(
          EXIT.usage,
          '--watch is for Kafka: on the embedded log all nodes are one unit',
          'set KAFKA_BROKERS, or start again after a change',
        )
      await refuseUncarried(topology, chosen)
      const database = await openDatabase(chosen)
      const logger = createLogger(process.env['LOG_LEVEL'] || 'info')
      if (options.watch) {
        const nodes = Object.keys(topology.nodes).filter((name) => isAsked(name, names))
        await runWatched({ settings: chosen, topology, names: nodes, database, logger, output })
        return finish(EXIT.done)
      }
      const redis = asked.length > 0 && chosen.redisUrl !== undefined ? openRedis(chosen.redisUrl) : undefined
      const stopped = untilStopped(output.note)
      const run = { names, asked, redis, database, logger, stopped, output, untilIdle: options.untilIdle === true }
      await thenClose(
        async () => {
          while ((await runOnce(chosen, run)) === 'switched') output.note('a bridge was switched')
        },
        async () => {
          redis?.disconnect()
          await database.close()
        },
      )
      finish(EXIT.done)
    })
}

interface Run {
  readonly names: readonly string[]
  /** Bridges that may be run here, whatever their direction. */
  readonly asked: readonly CheckedBridge[]
  readonly redis: RedisClient | undefined
  readonly database: OpenedDatabase
  readonly logger: EngineLogger
  readonly stopped: Promise<unknown>
  readonly output: Output
  readonly untilIdle: boolean
}

/** Runs the nodes until told to stop, or until one of their bridges is switched: then what is in hand is finished first. */
async function runOnce(settings: Settings, run: Run): Promise<'switched' | 'ended'> {
  const { names, asked, redis, logger, database, stopped, output } = run
  const switched = redis === undefined ? new Map() : await readSwitched(redis, asked)
  const chosen = withSwitched(settings, switched)
  const topology = loadTopology(chosen, output)
  const nodes = Object.values(topology.nodes).filter(({ name }) => isAsked(name, names))
  const over = new AbortController()
  const isSwitched =
    redis === undefined ? new Promise<never>(() => {}) : untilSwitched(redis, asked, switched, over.signal)
  isSwitched.catch(() => {})
  const ended = stopped.then(() => 'ended' as const)
  try {
    if (nodes.length === 0) return await withoutNodes(run, Promise.race([isSwitched, ended]))
    if (chosen.driver !== 'embedded' && nodes.some((node) => node.run === 'replay'))
      checkKept(await checkRecording(chosen), topology, Date.now())
    const riskUrl = (): string => chosen.riskUrl ?? 'http://127.0.0.1:8000'
    const keep = ({ name }: CheckedNode): boolean => isAsked(name, names)
    const system = await openSystem({ settings: chosen, topology, logger, database, riskUrl, keep })
    const work = async (): Promise<'switched' | 'ended'> => {
      const { application } = system
      const listed = nodes.map((node) => node.name).join(', ')
      const started = application.start().then(() => output.note(`${application.state} ${listed} on ${chosen.driver}`))
      await Promise.race([started, ended])
      const idle = run.untilIdle ? [application.whenIdle().then(() => 'ended' as const)] : []
      return await Promise.race([isSwitched, ended, application.whenEnded().then(() => 'ended' as const), ...idle])
    }
    return await thenClose(work, () => system.close(DRAIN_MS))
  } finally {
    over.abort()
  }
}

/** With Redis there may be something to do later. */
function withoutNodes<T>({ redis, output }: Run, change: Promise<T>): Promise<T> {
  if (redis === undefined)
    throw new CommandError(EXIT.usage, 'no bridge is on', 'switch one on: STONKS_BRIDGE_PARSING=in')
  output.note('no bridge is on; it begins when one is: stonks bridges set parsing in')
  return change
}

const isAsked = (name: string, names: readonly string[]): boolean =>
  names.includes(name) || (names.includes('bridges') && name.startsWith('bridge_'))

const bridgesAsked = (names: readonly string[], { bridges }: CheckedTopology): readonly CheckedBridge[] =>
  bridges.filter(({ name }) => isAsked(`bridge_${name}`, names))

function checkNames(names: readonly string[], topology: CheckedTopology): void {
  const known = [...Object.keys(topology.nodes), ...topology.bridges.map(({ name }) => `bridge_${name}`)]
  const unknown = names.find((name) => name !== 'bridges' && !known.includes(name))
  if (unknown === undefined) return
  const listed = Object.keys(topology.nodes).join(', ')
  throw new CommandError(EXIT.usage, `there is no node ${unknown}`, `the nodes are ${listed}`)
}

interface WatchedRun {
  readonly settings: Settings
  readonly topology: CheckedTopology
  readonly names: readonly string[]
  readonly database: OpenedDatabase
  readonly logger: EngineLogger
  readonly output: Output
}

/** Each node an application of its own, kept to what the file says. */
async function runWatched({ settings, topology, names, database, logger, output }: WatchedRun): Promise<void> {
  const riskUrl = (): string => settings.riskUrl ?? 'http://127.0.0.1:8000'
  const nodes = new RunningNodes({ settings, logger, database, riskUrl })
  const stopped = untilStopped(output.note)
  const closers: Close[] = [() => database.close(), () => nodes.close()]
  const work = async (): Promise<void> => {
    await Promise.race([stopped, nodes.startAll(names, topology)])
    closers.push(followFile({ settings, topology, names, nodes, output }))
    output.note(`running ${names.join(', ')} on ${settings.driver}, following ${settings.topologyFile}`)
    await Promise.race([stopped, nodes.ended])
  }
  await thenClose(work, () => closeAll(closers))
}
