import { type Operation, principalOf, type ResourceKind, type Right, type Workload } from './right.ts'

const OPTIONS: Readonly<Record<ResourceKind, string>> = {
  topic: '--topic',
  group: '--group',
  transactional_id: '--transactional-id',
  cluster: '--cluster',
}

/**
 * The `kafka-acls` commands that give a workload its rights, few and each for one kind of resource: what is done with
 * several resources alike is one command. Arguments are quoted for a POSIX shell.
 */
export function aclCommands(workload: Workload, prefix: string, server: readonly string[]): readonly string[] {
  return argumentsOf(workload, prefix).map((args) => ['kafka-acls.sh', ...server, ...args].map(quoted).join(' '))
}

/** The same as lists of arguments, without where the cluster is. */
export function argumentsOf(workload: Workload, prefix: string): readonly (readonly string[])[] {
  const byName = Map.groupBy(workload.rights, ({ resource, pattern, name }) => `${resource} ${pattern} ${name}`)
  const alike = Map.groupBy(byName.values(), (of) => `${of[0]?.resource} ${of[0]?.pattern} ${operationsOf(of)}`)
  return [...alike.values()].map((groups) => commandOf(groups, principalOf(prefix, workload)))
}

const operationsOf = (rights: readonly Right[]): readonly Operation[] =>
  rights.map(({ operation }) => operation).toSorted()

function commandOf(groups: readonly (readonly Right[])[], principal: string): readonly string[] {
  const rights = groups.flatMap((of) => of[0] ?? [])
  const { resource = 'topic', pattern = 'literal' } = rights[0] ?? {}
  const named = resource === 'cluster' ? [OPTIONS.cluster] : rights.flatMap(({ name }) => [OPTIONS[resource], name])
  return [
    ...['--add', '--allow-principal', principal],
    ...operationsOf(groups[0] ?? []).flatMap((operation) => ['--operation', operation]),
    ...named,
    ...(resource === 'cluster' ? [] : ['--resource-pattern-type', pattern]),
  ]
}

const quoted = (argument: string): string =>
  /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`
