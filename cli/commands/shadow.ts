import { CommandError, EXIT, grouped, type Output } from '../output.ts'
import { loadTopology } from '../runtime/load-topology.ts'
import { createLogger } from '../runtime/log.ts'
import { withOperations } from '../runtime/operations/open-operations.ts'
import { leftoversOf } from '../runtime/shadow/leftovers.ts'
import { shadowNames } from '../runtime/shadow/open-shadow.ts'
import { readReplay } from '../runtime/shadow/replay-file.ts'
import { type ComparedOutput, runShadow } from '../runtime/shadow/run-shadow.ts'
import { inputsOfGroups } from '../runtime/shadow/stretches.ts'
import { withParameters } from '../runtime/shadow/with-parameters.ts'
import { untilStopped } from '../runtime/until-stopped.ts'
import type { CommandPorts } from './command.ts'
import { differenceText } from './diff-text.ts'

interface ShadowFlags {
  readonly with: readonly string[]
  readonly ignore: readonly string[]
  readonly for?: string
  readonly grace: string
  readonly show: string
  readonly json?: boolean
}

/** `stonks shadow`: a candidate beside the processor that runs, on the same input, with what differs. */
export function shadowCommand({ program, settings, output, finish }: CommandPorts): void {
  program
    .command('shadow')
    .description('a candidate of a processor beside the one that runs: same input, outputs of its own, what differs')
    .argument('<processor>', 'a processor of the topology that -t names')
    .option('--with <name=value>', 'another parameter than the file has; once for each', collect, [])
    .option('--ignore <path>', 'a field that is not compared, with all below it; once for each', collect, [])
    .option('--for <duration>', 'end after so long: 30s, 10m, 2h; else with Ctrl-C')
    .option('--grace <duration>', 'how long the slower of both is waited for', '30s')
    .option('--show <n>', 'so many of the latest differences at the end', '20')
    .option('--json', 'counts and the latest differences at the end as JSON')
    .addHelpText(
      'after',
      `
It begins where the processor's group stands, as <processor>.shadow in a group of its own, with empty stores, and writes to
<topic>.shadow alone. Run it as the principal \`shadow\` (stonks acls shadow), and the cluster itself keeps it from all other topics.
Exit code: 0 nothing differed, 1 something did. What lies on the log can be compared any time: stonks diff <processor>, or
GET /api/v1/shadows/<processor>/diff. To begin anew: stonks replay <processor> --discard --confirm <processor>.

Examples:
  stonks -t candidate.yaml shadow extract
  stonks shadow aggregate --with kappa=0.8 --for 10m --json`,
    )
    .action(async (processor: string, flags: ShadowFlags) => {
      const chosen = settings()
      const topology = withParameters(loadTopology(chosen, output), processor, flags.with)
      const shadow = shadowNames(topology, processor)
      const [group = ''] = inputsOfGroups(shadow).keys()
      if (readReplay(chosen, group) !== undefined)
        throw new CommandError(
          EXIT.refused,
          `a replay of ${processor} was begun, and a shadow would mix with it`,
          `stonks replay ${processor} --discard --confirm ${processor}`,
        )
      const [forMs, graceMs] = [flags.for && durationOf(flags.for, '--for'), durationOf(flags.grace, '--grace')]
      const stopped = untilStopped(output.note)
      const compared = await withOperations(chosen, 'shadow', async ({ operations }) => {
        await leftoversOf(operations, shadow)
        return runShadow({
          settings: chosen,
          topology,
          processor,
          shadow,
          operations,
          logger: createLogger(process.env['LOG_LEVEL'] || 'warn'),
          ignore: flags.ignore,
          graceMs,
          stopped: forMs ? Promise.race([stopped, after(forMs)]) : stopped,
          begun: (isGoingOn) =>
            output.note(
              `running ${processor}.shadow ${isGoingOn ? 'from where it was stopped; compared from now on' : `from where ${processor} stands`}`,
            ),
          told: (all) => output.note(all.map(countsText).join('\n')),
        })
      })
      report(compared, flags, output)
      finish(compared.some(differs) ? EXIT.answerIsNo : EXIT.done)
    })
}

const collect = (name: string, before: readonly string[]): readonly string[] => [...before, name]
const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref())

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

function durationOf(text: string, flag: string): number {
  const [, count, unit = ''] = /^(\d{1,6})(ms|s|m|h)$/.exec(text) ?? []
  const ms = Number(count) * (UNITS_MS[unit] ?? Number.NaN)
  // Timers take no more.
  if (ms > 0 && ms < 2 ** 31) return ms
  throw new CommandError(EXIT.usage, `${flag} is ${JSON.stringify(text)}`, 'it takes a duration such as 30s, 10m or 2h')
}

const differs = ({ counts }: ComparedOutput): boolean => counts.changed + counts.missing + counts.extra > 0

function countsText({ topic, counts }: ComparedOutput): string {
  const { same, changed, missing, extra, waiting } = counts
  const parts = Object.entries({ same, changed, missing, extra, waiting }).map(([name, n]) => `${grouped(n)} ${name}`)
  return `${topic}: ${parts.join(', ')}`
}

function report(compared: readonly ComparedOutput[], flags: ShadowFlags, output: Output): void {
  const show = Number(flags.show)
  if (flags.json) output.json(compared.map(comparedJson))
  else
    for (const one of compared)
      output.data([countsText(one), ...one.differences.slice(-show).map(differenceText)].join('\n'))
}

const comparedJson = ({ topic, shadowTopic, by, counts, differences }: ComparedOutput): object => ({
  topic,
  shadow_topic: shadowTopic,
  by: ['key', ...by],
  ...counts,
  differences,
})
