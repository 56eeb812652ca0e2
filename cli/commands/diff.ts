import { type AvroRecord, loadAvroSchemas } from '../../schemas/index.ts'
import { type Graph, type LogDriver, partitionKey, silentLogger } from '../../streams/index.ts'
import { type CheckedTopology, diffRecords, type RecordsDiff, shadowTopicOf } from '../../topology/index.ts'
import { CommandError, EXIT, type Output } from '../output.ts'
import { loadTopology } from '../runtime/load-topology.ts'
import { type Operations, withOperations } from '../runtime/operations/open-operations.ts'
import { parseTime } from '../runtime/operations/reset-target.ts'
import { openDriver } from '../runtime/parts.ts'
import { shadowNames } from '../runtime/shadow/open-shadow.ts'
import { type OutputsPorts, readOutputs } from '../runtime/shadow/read-outputs.ts'
import { readReplay } from '../runtime/shadow/replay-file.ts'
import { inputsOfGroups, type TimeRange } from '../runtime/shadow/stretches.ts'
import { openRegistry } from '../runtime/stores.ts'
import type { Settings } from '../settings.ts'
import type { CommandPorts } from './command.ts'
import { type DiffOfTopic, diffJson, diffText } from './diff-text.ts'

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
    .option('--from <when>', 'outputs since: a time, or a duration back; the range of the replay unless given')
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
  const { settings, topology, processor, flags } = ports
  const range = rangeOf(ports)
  const there = new Map((await operations.topics()).map(({ topic, partitions }) => [topic, partitions]))
  const outputs = topology.nodes[processor]?.to ?? []
  const unknown = flags.topic.find((name) => !outputs.includes(name))
  if (unknown !== undefined)
    throw new CommandError(EXIT.usage, `${processor} does not write ${unknown}`, `it writes ${outputs.join(', ')}`)
  const asked = flags.topic.length > 0 ? flags.topic : outputs
  const driver = await openDriver(settings, silentLogger)
  try {
    const diffs: DiffOfTopic[] = []
    for (const name of asked) {
      const { topic = name, schema: schemaName = '' } = topology.topics[name] ?? {}
      const shadowTopic = shadowTopicOf(topic)
      if (!there.has(shadowTopic))
        throw new CommandError(
          EXIT.missing,
          `there is no topic ${shadowTopic}`,
          `make one: stonks replay ${processor} --from -1h --confirm ${processor}`,
        )
      const schema = loadAvroSchemas(topology.schemaDirectory).get(schemaName) as AvroRecord
      const starts = async (of: string): Promise<ReadonlyMap<string, bigint>> => {
        const partitions = Array.from({ length: there.get(of) ?? 0 }, (_, partition) => ({ topic: of, partition }))
        const found = await operations.find(partitions, { timestampMs: Math.max(0, range.fromMs) })
        return new Map(partitions.map((at) => [partitionKey(at), found.get(partitionKey(at))?.offset ?? 0n]))
      }
      const read = outputsPorts(ports, driver, schema)
      const original = await readOutputs(topic, range, await starts(topic), read)
      const shadow = await readOutputs(shadowTopic, range, await starts(shadowTopic), read)
      const by = flags.by?.split(',') ?? idOf(schema)
      diffs.push({ topic, shadowTopic, by, diff: compare(original, shadow, by, flags) })
    }
    return diffs
  } finally {
    await driver.close()
  }
}

const compare = (
  original: Parameters<typeof diffRecords>[0],
  shadow: Parameters<typeof diffRecords>[1],
  by: readonly string[],
  { ignore }: DiffFlags,
): RecordsDiff => diffRecords(original, shadow, { by, ignore })

const outputsPorts = (
  { settings, topology, flags }: DiffPorts,
  driver: LogDriver,
  schema: AvroRecord,
): OutputsPorts => ({
  driver,
  registry: openRegistry(settings, topology.compatibility),
  schema,
  recordsMax: countOf(flags.max, '--max'),
})

/** A record's own id is its first field. */
function idOf({ fields }: AvroRecord): readonly string[] {
  const first = fields[0]?.name
  return first?.endsWith('_id') ? [first] : []
}

/** The range of the replay that was begun here; of a shadow without one, what it has seen of now is compared by --from. */
function rangeOf({ settings, shadow, flags }: DiffPorts): TimeRange {
  const [group = ''] = inputsOfGroups(shadow).keys()
  const begun = readReplay(settings, group)?.range
  const nowMs = Date.now()
  const fromMs = flags.from === undefined ? begun?.fromMs : parseTime(flags.from, '--from', nowMs)
  if (fromMs === undefined)
    throw new CommandError(EXIT.usage, 'no replay was begun with this data folder', 'say which outputs: --from -1h')
  return { fromMs, toMs: flags.to === undefined ? begun?.toMs : parseTime(flags.to, '--to', nowMs) }
}
