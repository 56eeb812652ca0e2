import type { CommandPorts } from './command.ts'

type AddCommands = (ports: CommandPorts) => void
type LoadCommands = () => Promise<AddCommands>

const start: LoadCommands = async () => (await import('./start.ts')).startCommand
const database: LoadCommands = async () => (await import('./database.ts')).databaseCommands
const plan: LoadCommands = async () => (await import('./plan.ts')).planCommands

/** Every command, in the order of the help, with what adds it; two that share one are added together. */
const COMMANDS: Readonly<Record<string, LoadCommands>> = {
  start,
  backtest: start,
  run: async () => (await import('./run.ts')).runCommand,
  serve: async () => (await import('./serve.ts')).serveCommand,
  validate: async () => (await import('./validate.ts')).validateCommand,
  explain: async () => (await import('./explain.ts')).explainCommand,
  graph: async () => (await import('./graph.ts')).graphCommand,
  lag: async () => (await import('./lag.ts')).lagCommand,
  test: async () => (await import('./test.ts')).testCommand,
  acls: async () => (await import('./acls.ts')).aclsCommand,
  plan,
  apply: plan,
  migrate: database,
  seed: database,
  sql: async () => (await import('./sql.ts')).sqlCommand,
  reset: async () => (await import('./reset.ts')).resetCommand,
  replay: async () => (await import('./replay.ts')).replayCommand,
  shadow: async () => (await import('./shadow.ts')).shadowCommand,
  diff: async () => (await import('./diff.ts')).diffCommand,
  dlq: async () => (await import('./dlq.ts')).dlqCommands,
  bridges: async () => (await import('./bridges.ts')).bridgesCommand,
  lake: async () => (await import('./lake.ts')).lakeCommand,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
}

/** Options before a command whose next argument is their value. */
const VALUED: ReadonlySet<string> = new Set(['-t', '--topology', '--overlay', '--data'])

/** The command that arguments name, where there is one of that name. */
export function commandOf(args: readonly string[]): string | undefined {
  let isValue = false
  for (const arg of args) {
    if (!isValue && !arg.startsWith('-')) return Object.hasOwn(COMMANDS, arg) ? arg : undefined
    isValue = !isValue && VALUED.has(arg)
  }
  return undefined
}

/**
 * Adds the command that the arguments name, and loads no code of others. All of them where none is named, for the help and
 * for what was mistyped.
 */
export async function addCommands(args: readonly string[], ports: CommandPorts): Promise<void> {
  const asked = COMMANDS[commandOf(args) ?? '']
  const loads = asked === undefined ? [...new Set(Object.values(COMMANDS))] : [asked]
  for (const add of await Promise.all(loads.map((load) => load()))) add(ports)
}
