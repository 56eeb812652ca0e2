import { aclsCommand } from './acls.ts'
import type { CommandPorts } from './command.ts'
import { explainCommand } from './explain.ts'
import { graphCommand } from './graph.ts'
import { lagCommand } from './lag.ts'
import { testCommand } from './test.ts'
import { validateCommand } from './validate.ts'

/** Commands that look and change nothing: validate, explain, graph, lag, test, acls. */
export function lookCommands(ports: CommandPorts): void {
  validateCommand(ports)
  explainCommand(ports)
  graphCommand(ports)
  lagCommand(ports)
  testCommand(ports)
  aclsCommand(ports)
}
