import type { EngineLogger } from '../../streams/index.ts'
import type { CheckedTopology } from '../../topology/index.ts'
import { CommandError, EXIT, type Output } from '../output.ts'
import { checkKept, checkRecording } from '../runtime/check-recording.ts'
import { type Close, closeAll, thenClose } from '../runtime/close-all.ts'
import { loadTopology } from '../runtime/load-topology.ts'
import { createLogger } from '../runtime/log.ts'
import { type OpenedDatabase, openDatabase } from '../runtime/parts.ts'
import { followFile } from '../runtime/reload/follow-file.ts'
import { RunningNodes } from '../runtime/reload/running-nodes.ts'
import { openSystem } from '../runtime/system.ts'
import { untilStopped } from '../runtime/until-stopped.ts'
import type { Settings } from '../settings.ts'
import type { CommandPorts } from './command.ts'
import { serveCommand } from './serve.ts'
import { startCommand } from './start.ts'

const DRAIN_MS = 10_000

interface RunFlags {
  readonly untilIdle?: boolean
  readonly watch?: boolean
}

/** Commands that run: start, run, serve, backtest. */
export function runCommands(ports: CommandPorts): void {
  const { program, settings, output, finish } = ports
  startCommand(ports)
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
      const known = Object.values(topology.nodes)
      const isAsked = (name: string): boolean =>
        names.includes(name) || (names.includes('bridges') && name.startsWith('bridge_'))
      for (const name of names) {
        if (name === 'bridges' || topology.nodes[name]) continue
        throw new CommandError(
          EXIT.usage,
          `there is no node ${name}`,
          `the nodes are ${known.map((n) => n.name).join(', ')}`,
        )
      }
      if (!known.some((node) => isAsked(node.name)))
        throw new CommandError(EXIT.usage, 'no bridge is on', 'switch one on: STONKS_BRIDGE_PARSING=in')
      if (chosen.driver !== 'embedded' && known.some((node) => node.run === 'replay' && isAsked(node.name)))
        checkKept(await checkRecording(chosen), topology, Date.now())
      if (options.watch && chosen.driver === 'embedded')
        throw new CommandError(
          EXIT.usage,
          '--watch is for Kafka: on the embedded log all nodes are one unit',
          'set KAFKA_BROKERS, or start again after a change',
        )
      const logger = createLogger(process.env['LOG_LEVEL'] || 'info')
      const asked = known.filter((n) => isAsked(n.name)).map((n) => n.name)
      const database = await openDatabase(chosen)
      if (options.watch) {
        await runWatched({ settings: chosen, topology, names: asked, database, logger, output })
        return finish(EXIT.done)
      }
      const system = await openSystem({
        settings: chosen,
        topology,
        logger,
        database,
        riskUrl: () => chosen.riskUrl ?? 'http://127.0.0.1:8000',
        keep: (node) => isAsked(node.name),
      })
      const stopped = untilStopped(output.note)
      const work = async (): Promise<void> => {
        const { application } = system
        const started = application
          .start()
          .then(() => output.note(`${application.state} ${asked.join(', ')} on ${chosen.driver}`))
        await Promise.race([started, stopped])
        await Promise.race([stopped, application.whenEnded(), ...(options.untilIdle ? [application.whenIdle()] : [])])
      }
      await thenClose(work, () => closeAll([() => database.close(), () => system.close(DRAIN_MS)]))
      finish(EXIT.done)
    })
  serveCommand(ports)
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
