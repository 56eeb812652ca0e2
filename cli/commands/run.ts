import { CommandError, EXIT } from '../output.ts'
import { checkKept, checkRecording } from '../runtime/check-recording.ts'
import { closeAll, thenClose } from '../runtime/close-all.ts'
import { loadTopology } from '../runtime/load-topology.ts'
import { createLogger } from '../runtime/log.ts'
import { refuseUncarried } from '../runtime/operations/refuse-uncarried.ts'
import { openDatabase } from '../runtime/parts.ts'
import { openSystem } from '../runtime/system.ts'
import { untilStopped } from '../runtime/until-stopped.ts'
import type { CommandPorts } from './command.ts'
import { serveCommand } from './serve.ts'
import { startCommand } from './start.ts'

const DRAIN_MS = 10_000

/** Commands that run: start, run, serve, backtest. */
export function runCommands(ports: CommandPorts): void {
  const { program, settings, output, finish } = ports
  startCommand(ports)
  program
    .command('run')
    .description('run nodes of the topology against the log of the settings')
    .argument('<nodes...>', 'processors, sources and sinks, by name; `bridges` for all that are on')
    .option('--until-idle', 'end when nothing is left to do')
    .addHelpText(
      'after',
      `
Examples:
  KAFKA_BROKERS=localhost:9092 SCHEMA_REGISTRY_URL=http://localhost:8081 stonks run parse
  stonks run extract aggregate
  STONKS_DRIVER=kafkajs STONKS_BRIDGE_PARSING=in stonks run bridges`,
    )
    .action(async (names: string[], options: { untilIdle?: boolean }) => {
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
      await refuseUncarried(topology, chosen)
      const logger = createLogger(process.env['LOG_LEVEL'] || 'info')
      const database = await openDatabase(chosen)
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
        const asked = known.filter((n) => isAsked(n.name)).map((n) => n.name)
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
