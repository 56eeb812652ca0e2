import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { silentLogger } from '../../streams/index.ts'
import {
  type CheckedTopology,
  type Failure,
  judge,
  type Outcome,
  readSuite,
  renderDiagnostic,
  type Suite,
  type SuiteCase,
} from '../../topology/index.ts'
import { CommandError, EXIT, mark, type Output } from '../output.ts'
import { loadTopology } from '../runtime/load-topology.ts'
import { withOperations } from '../runtime/operations/open-operations.ts'
import { openDriver } from '../runtime/parts.ts'
import { runInMemory } from '../runtime/suites/run-in-memory.ts'
import { runOnKafka } from '../runtime/suites/run-on-kafka.ts'
import type { Settings } from '../settings.ts'
import type { CommandPorts } from './command.ts'

type RunCase = (topology: CheckedTopology, nodes: readonly string[], suiteCase: SuiteCase) => Promise<Outcome>

interface Verdict {
  readonly file: string
  readonly line: number
  readonly name: string
  readonly ms: number
  readonly failures: readonly Failure[]
}

/** `stonks test`: suites of YAML beside the topology. */
export function testCommand({ program, settings, output, finish }: CommandPorts): void {
  program
    .command('test')
    .description('run suites: what comes in, and what has to come out; no network, time moved by hand')
    .argument('[suites...]', '*.suite.yaml files; those beside the topology unless given')
    .option(
      '--kafka',
      'the same on the cluster of KAFKA_BROKERS, under topics of their own that are deleted afterwards',
    )
    .option('--json', 'verdicts as JSON')
    .addHelpText(
      'after',
      `
Exit code: 0 all as expected, 1 something is not.

Examples:
  stonks test
  stonks test topology/parse.suite.yaml --json
  KAFKA_BROKERS=localhost:9092 stonks test --kafka`,
    )
    .action(async (names: string[], flags: { kafka?: boolean; json?: boolean }) => {
      const chosen = settings()
      const files = names.length > 0 ? names.map((name) => resolve(name)) : suitesBeside(chosen.topologyFile)
      const suites = files.map((file) => ({ file, suite: load(file, chosen, output) }))
      const verdicts = await (flags.kafka
        ? onKafka(chosen, (run) => runAll(suites, chosen, output, run))
        : runAll(suites, chosen, output, runInMemory))
      if (flags.json) output.json(verdicts)
      else output.data(verdictsText(verdicts))
      finish(verdicts.every(({ failures }) => failures.length === 0) ? EXIT.done : EXIT.answerIsNo)
    })
}

function suitesBeside(topologyFile: string): readonly string[] {
  const folder = dirname(topologyFile)
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.suite.yaml')) : []
  if (files.length > 0) return files.sort().map((name) => join(folder, name))
  throw new CommandError(EXIT.usage, `there is no *.suite.yaml in ${folder}`, 'name one, or write one: docs/operate.md')
}

function load(file: string, settings: Settings, output: Output): Suite {
  if (!existsSync(file)) throw new CommandError(EXIT.missing, `the suite ${file} cannot be read`)
  const content = readFileSync(file, 'utf8')
  const { suite, diagnostics } = readSuite(file, content, settings.env)
  for (const diagnostic of diagnostics) output.error(`${renderDiagnostic(diagnostic, content)}\n`)
  if (suite !== undefined) return suite
  throw new CommandError(EXIT.usage, `${diagnostics.length} mistakes in ${file}; nothing was run`)
}

const onKafka = <T>(settings: Settings, work: (run: RunCase) => Promise<T>): Promise<T> =>
  withOperations(settings, 'test --kafka', async ({ operations }) => {
    const driver = await openDriver(settings, silentLogger)
    const prefix = (): string => `suite-${crypto.randomUUID().slice(0, 8)}`
    try {
      return await work((topology, nodes, suiteCase) =>
        runOnKafka(topology, nodes, suiteCase, { driver, operations, prefix: prefix() }),
      )
    } finally {
      await driver.close()
    }
  })

async function runAll(
  suites: readonly { readonly file: string; readonly suite: Suite }[],
  settings: Settings,
  output: Output,
  run: RunCase,
): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = []
  for (const { file, suite } of suites) {
    const topologyFile = suite.topology === undefined ? settings.topologyFile : resolve(dirname(file), suite.topology)
    const topology = loadTopology({ ...settings, topologyFile }, output)
    const nodes = nodesOf(topology, suite, file)
    for (const one of suite.cases) verdicts.push(await verdictOf(file, one, () => run(topology, nodes, one)))
  }
  return verdicts
}

function nodesOf(topology: CheckedTopology, suite: Suite, file: string): readonly string[] {
  const known = Object.values(topology.nodes).flatMap(({ kind, name }) => (kind === 'processor' ? [name] : []))
  const unknown = suite.nodes?.find((name) => !known.includes(name))
  if (unknown === undefined) return suite.nodes ?? known
  throw new CommandError(
    EXIT.usage,
    `${file}: there is no processor ${unknown}`,
    `the processors are ${known.join(', ')}`,
  )
}

async function verdictOf(file: string, one: SuiteCase, run: () => Promise<Outcome>): Promise<Verdict> {
  const startedMs = performance.now()
  const failures = await run().then(
    (outcome) => judge(one, outcome),
    (error: unknown) => [{ line: one.line, message: error instanceof Error ? error.message : String(error) }],
  )
  return { file, line: one.line, name: one.name, ms: Math.round(performance.now() - startedMs), failures }
}

function verdictsText(verdicts: readonly Verdict[]): string {
  const lines = verdicts.flatMap(({ file, name, ms, failures }) => [
    `${failures.length === 0 ? mark('passed', 'good') : mark('FAILED', 'bad')}  ${name} (${ms} ms)`,
    ...failures.map(({ line, message }) => `        ${file}:${line}  ${message}`),
  ])
  const failed = verdicts.filter(({ failures }) => failures.length > 0).length
  const summary =
    failed === 0 ? `All ${verdicts.length} cases as expected.` : `${failed} of ${verdicts.length} cases failed.`
  return [...lines, '', summary].join('\n')
}
