import { resolve } from 'node:path'
import { diagnosticToJson, layoutOf, renderDiagnostic, toMermaid } from '../../topology/index.ts'
import { EXIT } from '../output.ts'
import { checkFile, loadTopology } from '../runtime/load-topology.ts'
import type { CommandPorts } from './command.ts'
import { lagCommand } from './lag.ts'

/** Commands that look and change nothing: validate, graph, lag. */
export function lookCommands(ports: CommandPorts): void {
  const { program, settings, output, finish } = ports
  program
    .command('validate')
    .description('find every mistake of a topology; no network')
    .argument('[files...]', 'topology files; the one of the settings unless given')
    .option('--json', 'diagnostics as JSON')
    .action((files: string[], options: { json?: boolean }) => {
      const chosen = settings()
      const checked = (files.length > 0 ? files.map((f) => resolve(f)) : [chosen.topologyFile]).map((file) => ({
        file,
        ...checkFile(file, chosen),
      }))
      const all = checked.flatMap(({ text, result }) => result.diagnostics.map((d) => ({ d, text })))
      const errors = all.filter(({ d }) => d.severity === 'error').length
      if (options.json) output.json(all.map(({ d }) => diagnosticToJson(d)))
      else {
        for (const { d, text } of all) output.error(`${renderDiagnostic(d, text)}\n`)
        if (errors > 0)
          output.error(
            `${errors} mistake${errors === 1 ? '' : 's'} in ${checked.length} file${checked.length === 1 ? '' : 's'}`,
          )
        else output.data(`${checked.map((c) => c.file).join(', ')}: no mistakes`)
      }
      finish(errors > 0 ? EXIT.usage : EXIT.done)
    })
  program
    .command('graph')
    .description('draw the topology')
    .option('--format <format>', 'mermaid or json', 'mermaid')
    .option('--json', 'the same as --format json')
    .action((options: { format: string; json?: boolean }) => {
      const layout = layoutOf(loadTopology(settings(), output))
      if (options.json || options.format === 'json') output.json(layout)
      else if (options.format === 'mermaid') output.data(toMermaid(layout).trimEnd())
      else {
        output.error(`stonks: there is no format "${options.format}"; it takes mermaid or json`)
        finish(EXIT.usage)
      }
    })
  lagCommand(ports)
}
