import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { type Graph, type LogDriver, silentLogger } from '../../streams/index.ts'
import { CommandError, EXIT } from '../output.ts'
import type { LetterFilter } from '../runtime/dead-letters/letter.ts'
import { graphWithoutCode } from '../runtime/graph-without-code.ts'
import { loadTopology } from '../runtime/load-topology.ts'
import { parseTarget } from '../runtime/operations/reset-target.ts'
import { openDriver } from '../runtime/parts.ts'
import { atRun } from '../runtime/run-folder.ts'
import type { CommandPorts } from './command.ts'

export interface FilterFlags {
  readonly code?: string
  readonly stage?: string
  readonly message?: string
  readonly key?: string
  readonly since?: string
  readonly until?: string
  readonly offset?: string
}

/** A record that was replayed so often fails for good. */
export const REPLAYS_MAX = 3

export const withFilters = (command: Command): Command =>
  command
    .option('--code <code>', 'class or code of the error, DESERIALIZATION')
    .option('--stage <stage>', 'deserialize, process, serialize, punctuate or sink')
    .option('--message <text>', 'a part of the message')
    .option('--key <key>', 'key of the record')
    .option('--since <when>', 'failed since: a time, or a duration back such as -2h')
    .option('--until <when>', 'failed before')
    .option('--offset <n>', 'this one letter')

export function filterOf(flags: FilterFlags): LetterFilter {
  const timeOf = (text: string | undefined, name: string): number | undefined => {
    if (text === undefined) return undefined
    const target = parseTarget(text, Date.now())
    if (target.kind === 'time') return target.timestampMs
    throw new CommandError(
      EXIT.usage,
      `${name} is ${JSON.stringify(text)}`,
      'it takes a time, or a duration such as -2h',
    )
  }
  return {
    code: flags.code,
    stage: flags.stage,
    message: flags.message,
    key: flags.key,
    sinceMs: timeOf(flags.since, '--since'),
    untilMs: timeOf(flags.until, '--until'),
    offset: flags.offset === undefined ? undefined : offsetOf(flags.offset),
  }
}

export function offsetOf(text: string): bigint {
  if (/^\d+$/.test(text)) return BigInt(text)
  throw new CommandError(EXIT.usage, `the offset is ${JSON.stringify(text)}`, 'it takes a whole number')
}

export interface OpenLog {
  readonly graph: Graph
  readonly driver: LogDriver
}

/** The log of the settings; the embedded one for `deal` only where no process has it open, to `look` beside it. */
export async function withLog<T>(
  ports: CommandPorts,
  what: 'look' | 'deal',
  work: (log: OpenLog) => Promise<T>,
): Promise<T> {
  const settings = atRun(ports.settings())
  const graph = graphWithoutCode(loadTopology(settings, ports.output))
  if (settings.driver === 'embedded' && !existsSync(join(settings.dataFolder, 'log')))
    throw new CommandError(EXIT.missing, `there is no log in ${settings.dataFolder}`, 'nothing ran yet: stonks start')
  const driver = await openDriver(settings, silentLogger, what === 'look')
  try {
    return await work({ graph, driver })
  } finally {
    await driver.close()
  }
}

export function nodesOf(graph: Graph, names: readonly string[]): readonly string[] {
  const known = Object.keys(graph.nodes)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new CommandError(EXIT.usage, `there is no node ${unknown}`, `the nodes are ${known.join(', ')}`)
  return names.length === 0 ? known : names
}
