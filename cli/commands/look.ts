import { layoutOf, toMermaid, toSvg } from '../../topology/index.ts'
import { EXIT } from '../output.ts'
import { loadTopology } from '../runtime/load-topology.ts'
import { aclsCommand } from './acls.ts'
import type { CommandPorts } from './command.ts'
import { explainCommand } from './explain.ts'
import { lagCommand } from './lag.ts'
import { testCommand } from './test.ts'
import { validateCommand } from './validate.ts'

/** Commands that look and change nothing: validate, explain, graph, lag, test, acls. */
export function lookCommands(ports: CommandPorts): void {
  const { program, settings, output, finish } = ports
  validateCommand(ports)
  explainCommand(ports)
  program
    .command('graph')
    .description('draw the topology')
    .option('--format <format>', 'mermaid, svg or json', 'mermaid')
    .option('--json', 'the same as --format json')
    .action((options: { format: string; json?: boolean }) => {
      const layout = layoutOf(loadTopology(settings(), output))
      if (options.json || options.format === 'json') output.json(layout)
      else if (options.format === 'mermaid') output.data(toMermaid(layout).trimEnd())
      else if (options.format === 'svg') output.data(toSvg(layout).trimEnd())
      else {
        output.error(`stonks: there is no format "${options.format}"; it takes mermaid, svg or json`)
        finish(EXIT.usage)
      }
    })
  lagCommand(ports)
  testCommand(ports)
  aclsCommand(ports)
}
