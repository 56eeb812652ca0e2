import { type ClusterOperations, type Graph, silentLogger } from '../../streams/index.ts'
import type { CheckedTopology } from '../../topology/index.ts'
import { CommandError, EXIT, type Output } from '../output.ts'
import { loadTopology } from '../runtime/load-topology.ts'
import { type Operations, withOperations } from '../runtime/operations/open-operations.ts'
import { parseTime } from '../runtime/operations/reset-target.ts'
import { openDriver } from '../runtime/parts.ts'
import { shadowNames } from '../runtime/shadow/open-shadow.ts'
import {
  compareOutputs,
  type DiffOfTopic,
  outputsOf,
  type ShadowedOutput,
  shadowBeginsMs,
} from '../runtime/shadow/outputs.ts'
import { readReplay } from '../runtime/shadow/replay-file.ts'
import { inputsOfGroups, type TimeRange } from '../runtime/shadow/stretches.ts'
import { openRegistry } from '../runtime/stores.ts'
import type { Settings } from '../settings.ts'
import type { CommandPorts } from './command.ts'
import { diffJson, diffText } from './diff-text.ts'

interface DiffFlags {
  readonly from?: string
  readonly to?: string
  readonly topic: readonly string[]
  readonly by?: string
  readonly ignore: readonly string[]
  readonly show: string
  readonly max: string
  readonly json?: boolean
}

/** `stonks diff`: what a replay or a shadow gave, against what the processor itself had given. */
export function diffCommand({ program, settings, output, finish }: CommandPorts): void {
  program
    .command('diff')
    .description('what a replay or shadow of a processor gave, against what the processor had given')
    .argument('<processor>', 'a processor of the topology')
    .option(
      '--from <when>',
      'outputs since: a time, or a duration back; the range of the replay, or since the shadow began, unless given',
    )
    .option('--to <when>', 'outputs before')
    .option('--topic <name>', 'this output only, by its name in the topology; once for each', collect, [])
    .option('--by <fields>', 'what beside the key tells records apart: fields of the value, separated by commas')
    .option('--ignore <path>', 'a field that is not compared, with all below it; once for each', collect, [])
    .option('--show <n>', 'so many differences of each topic', '20')
    .option('--max <n>', 'compare no more records of a topic than that', '200000')
    .option('--json', 'as JSON, with all differences')
    .addHelpText(
      'after',
      `
Records are paired by key and the value's own id (the first field, where its name ends with _id). Exit code: 0 all the same, 1 not.

Examples:
  stonks diff parse
  stonks diff aggregate --ignore as_of --json | jq '.data[].fields'
  stonks diff recommend --from -1h --by symbol,as_of`,
    )
    .action(async (processor: string, flags: DiffFlags) => {
      const chosen = settings()
      const topology = loadTopology(chosen, output)
      const shadow = shadowNames(topology, processor)
      const diffs = await withOperations(chosen, 'diff', (ports) =>
        diffAll({ settings: chosen, topology, processor, shadow, flags }, ports),
      )
      print(diffs, countOf(flags.show, '--show'), flags.json === true, output)
      finish(diffs.every(({ diff }) => diff.differences.length === 0) ? EXIT.done : EXIT.answerIsNo)
    })
}

const collect = (name: string, before: readonly string[]): readonly string[] => [...before, name]

function countOf(text: string, name: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new CommandError(EXIT.usage, `${name} is ${JSON.stringify(text)}`, 'it takes a whole number')
}

function print(diffs: readonly DiffOfTopic[], show: number, isJson: boolean, output: Output): void {
  if (isJson) output.json(diffs.map(diffJson))
  else output.data(diffs.map((one) => diffText(one, show)).join('\n\n'))
}

interface DiffPorts {
  readonly settings: Settings
  readonly topology: CheckedTopology
  readonly processor: string
  readonly shadow: Graph
  readonly flags: DiffFlags
}

async function diffAll(ports: DiffPorts, { operations }: Operations): Promise<readonly DiffOfTopic[]> {
  const { settings, topology, flags } = ports
  const outputs = chosenOutputs(ports)
  const range = await rangeOf(ports, outputs, operations)
  const driver = await openDriver(settings, silentLogger)
  try {
    const registry = openRegistry(settings, topology.compatibility)
    const recordsMax = countOf(flags.max, '--max')
    return await compareOutputs(outputs, { operations, driver, registry }, { range, ignore: flags.ignore, recordsMax })
  } finally {
    await driver.close()
  }
}

function chosenOutputs({ topology, processor, flags }: DiffPorts): readonly ShadowedOutput[] {
  const all = outputsOf(topology, processor)
  const unknown = flags.topic.find((name) => !all.some((one) => one.name === name))
  if (unknown !== undefined)
    throw new CommandError(
      EXIT.usage,
      `${processor} does not write ${unknown}`,
      `it writes ${all.map(({ name }) => name).join(', ')}`,
    )
  const chosen = all.filter(({ name }) => flags.topic.length === 0 || flags.topic.includes(name))
  const by = flags.by?.split(',')
  return by === undefined ? chosen : chosen.map((one) => ({ ...one, by }))
}

/** The range of the replay that was begun here; of a shadow without one, since its first record. */
async function rangeOf(
  { settings, shadow, flags }: DiffPorts,
  outputs: readonly ShadowedOutput[],
  operations: ClusterOperations,
): Promise<TimeRange> {
  const [group = ''] = inputsOfGroups(shadow).keys()
  const begun = readReplay(settings, group)?.range
  const nowMs = Date.now()
  const toMs = flags.to === undefined ? begun?.toMs : parseTime(flags.to, '--to', nowMs)
  if (flags.from !== undefined) return { fromMs: parseTime(flags.from, '--from', nowMs), toMs }
  return { fromMs: begun?.fromMs ?? (await shadowBeginsMs(outputs, operations)) ?? nowMs, toMs }
}
