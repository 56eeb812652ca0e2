import { Command, CommanderError } from 'commander'
import { type FailureCode, StreamsError } from '../streams/index.ts'
import { addCommands } from './commands/load-commands.ts'
import { CommandError, createOutput, EXIT } from './output.ts'
import { readSettings } from './settings.ts'
import { VERSION } from './version.ts'

const output = createOutput(process.stdout, process.stderr)

/** The command line: parses arguments, runs one command, and gives its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const program = new Command('stonks')
    .description('Turns news and filings into explained, risk-checked paper trades.')
    .version(VERSION)
    .option('-t, --topology <file>', 'topology file (STONKS_TOPOLOGY)')
    .option('--overlay <file>', 'changes for an environment, once for each (STONKS_OVERLAYS)', collect, [])
    .option('--data <folder>', 'folder of the embedded default (STONKS_DATA)')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(text) })
    .addHelpText(
      'after',
      `
Examples:
  stonks start                                  everything in this process, on a simulated market day
  stonks start --recording DIR --speed max --exit
  stonks validate                               every mistake of the topology, offline
  stonks plan                                   what would change on the cluster; exit 6 where something would
  stonks run parse extract                      processors against Kafka (KAFKA_BROKERS)
  stonks serve query                            one API on PORT
  stonks acls --commands                        the least rights of every workload
  stonks lag                                    records and seconds behind, per task
  stonks reset extract --to -90m                where a group goes on; a preview first
  stonks replay parse --from -2h --dry-run      a time range through a processor again, beside it; then stonks diff
  stonks dlq list                               what failed, by cause
  stonks test                                   suites beside the topology
  stonks explain processors.extract.errors      what may be written there
  stonks sql "select symbol, action, score from recommendations limit 5"

Exit codes: 0 done, 1 the answer is no, 2 wrong command or setting, 3 something is missing, 4 the outside failed, 5 refused, 6 changes pending, 70 a bug.`,
    )
  let exitCode: number = EXIT.done
  const settings = () => {
    const { topology, overlay, data } = program.opts<{ topology?: string; overlay: readonly string[]; data?: string }>()
    return readSettings({
      ...process.env,
      ...(topology ? { STONKS_TOPOLOGY: topology } : {}),
      ...(overlay.length > 0 ? { STONKS_OVERLAYS: overlay.join(',') } : {}),
      ...(data ? { STONKS_DATA: data } : {}),
    })
  }
  const finish = (code: number): void => {
    exitCode = code
  }
  try {
    await addCommands(args, { program, settings, output, finish })
    await program.parseAsync([...args], { from: 'user' })
    return exitCode
  } catch (error) {
    return exitCodeOf(error)
  }
}

const collect = (file: string, before: readonly string[]): readonly string[] => [...before, file]

/** Failures of the engine that are no fault of ours; the rest is. */
const STREAMS_EXIT: Readonly<Partial<Record<FailureCode, number>>> = {
  LOG_UNAVAILABLE: EXIT.outside,
  TOPIC_MISSING: EXIT.missing,
  DRIVER_MISSING: EXIT.missing,
  TOPOLOGY_INVALID: EXIT.usage,
  GUARANTEE_UNSUPPORTED: EXIT.usage,
  LOG_IN_USE: EXIT.refused,
  DISK_FULL: EXIT.outside,
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
  if (error instanceof CommandError) {
    output.error(`stonks: ${error.message}`)
    for (const help of error.help) output.error(`  = help: ${help}`)
    return error.exitCode
  }
  if (error instanceof StreamsError && error.code in STREAMS_EXIT) {
    output.error(`stonks: ${error.message}`)
    return STREAMS_EXIT[error.code] ?? EXIT.bug
  }
  if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
    output.error(`stonks: no space left on the disk: ${error.message}`)
    output.error('  = help: free some, or choose another folder with --data, and start again: it goes on where it was')
    return EXIT.outside
  }
  output.error(`stonks: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  output.error('  = this is a fault of stonks; please report it with the lines above')
  return EXIT.bug
}

process.exitCode = await main(process.argv.slice(2))
