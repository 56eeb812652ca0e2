import { aclCommands, type Workload } from '../../topology/index.ts'
import { CommandError, EXIT } from '../output.ts'
import { loadTopology } from '../runtime/load-topology.ts'
import { rightsOf } from '../runtime/operations/read-rights.ts'
import { aclsText, workloadJson } from './acls-text.ts'
import type { CommandPorts } from './command.ts'

interface AclsFlags {
  readonly principalPrefix: string
  readonly commands?: boolean
  readonly json?: boolean
}

/** `stonks acls`: the least that each workload has to be let do. Looks at the topology alone. */
export function aclsCommand({ program, settings, output, finish }: CommandPorts): void {
  program
    .command('acls')
    .description('the least rights that each workload needs on the cluster and in the registry')
    .argument('[workloads...]', 'nodes of the topology, query, shadow, operator; all unless given')
    .option('--principal-prefix <prefix>', 'what principals begin with', 'User:stonks-')
    .option('--commands', 'as commands of kafka-acls.sh, for KAFKA_BROKERS')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Topics have to be there: whoever runs \`stonks apply\` is the operator. What a cluster has is compared by
\`stonks plan --principal-prefix\`. Of subjects the registry's own means decide; Kafka's do not know them.

Examples:
  stonks acls
  stonks acls extract --principal-prefix User:svc-
  stonks acls --commands | sh
  stonks acls shadow --json | jq '.data[].rights[] | select(.operation == "Write")'`,
    )
    .action((names: string[], flags: AclsFlags) => {
      const chosen = settings()
      const workloads = choose(rightsOf(loadTopology(chosen, output)), names)
      const prefix = flags.principalPrefix
      const server = ['--bootstrap-server', chosen.kafkaBrokers.join(',') || 'localhost:9092']
      if (flags.json) output.json(workloads.map((workload) => workloadJson(workload, prefix)))
      else if (flags.commands) output.data(workloads.flatMap((one) => aclCommands(one, prefix, server)).join('\n'))
      else output.data(aclsText(workloads, prefix))
      finish(EXIT.done)
    })
}

function choose(workloads: readonly Workload[], names: readonly string[]): readonly Workload[] {
  const known = workloads.map(({ name }) => name)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new CommandError(EXIT.usage, `there is no workload ${unknown}`, `the workloads are ${known.join(', ')}`)
  return names.length === 0 ? workloads : workloads.filter(({ name }) => names.includes(name))
}
