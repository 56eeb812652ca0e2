import { principalOf, type ResourceKind, type Right, rightKey, type Workload } from './right.ts'

/** A rule as a cluster has it; its words are Kafka's. */
export interface FoundRule {
  readonly principal: string
  readonly host: string
  readonly resource: string
  readonly name: string
  readonly pattern: string
  readonly operation: string
  readonly permission: string
}

export interface RightsDifference {
  readonly principal: string
  /** Needed, and no rule allows it. */
  readonly missing: readonly Right[]
  /** Allowed to this principal, and needed for nothing here. */
  readonly extra: readonly FoundRule[]
}

const RESOURCES: Readonly<Record<ResourceKind, string>> = {
  topic: 'Topic',
  group: 'Group',
  transactional_id: 'TransactionalId',
  cluster: 'Cluster',
}

/**
 * What each workload lacks on a cluster, and what it may beyond its needs. A rule for every principal, for a prefix or for
 * all operations counts; one that denies takes away. Which host it is for is not looked at.
 */
export function compareRights(
  workloads: readonly Workload[],
  prefix: string,
  rules: readonly FoundRule[],
): readonly RightsDifference[] {
  return workloads.flatMap((workload): RightsDifference[] => {
    const principal = principalOf(prefix, workload)
    const of = rules.filter((rule) => rule.principal === principal || rule.principal === 'User:*')
    const [allowing, denying] = [of.filter(isAllow), of.filter((rule) => rule.permission === 'Deny')]
    const isAllowed = (right: Right): boolean =>
      allowing.some((rule) => covers(rule, right)) && !denying.some((rule) => touches(rule, right))
    const missing = workload.rights.filter((right) => !isAllowed(right))
    const needed = new Set(workload.rights.map(ruleKey))
    const extra = allowing.filter((rule) => rule.principal === principal && !needed.has(foundKey(rule)))
    return missing.length + extra.length === 0 ? [] : [{ principal, missing, extra }]
  })
}

const isAllow = ({ permission }: FoundRule): boolean => permission === 'Allow'
const ruleKey = (right: Right): string =>
  rightKey({ ...right, resource: RESOURCES[right.resource] as ResourceKind }).toLowerCase()
const foundKey = ({ resource, pattern, name, operation }: FoundRule): string =>
  `${resource} ${pattern} ${name} ${operation}`.toLowerCase()

/** Read, write, delete and alter bring describe along; both kinds of configs bring nothing but themselves. */
const IMPLIED: Readonly<Record<string, readonly string[]>> = {
  Describe: ['Read', 'Write', 'Delete', 'Alter'],
  DescribeConfigs: ['AlterConfigs'],
}

function covers(rule: FoundRule, right: Right): boolean {
  if (rule.resource !== RESOURCES[right.resource]) return false
  const isOperation =
    rule.operation === 'All' ||
    rule.operation === right.operation ||
    (IMPLIED[right.operation] ?? []).includes(rule.operation)
  return isOperation && holds(rule, right)
}

/** Everything that the right is about is under the rule. */
function holds(rule: FoundRule, right: Right): boolean {
  if (rule.pattern === 'Prefixed') return right.name.startsWith(rule.name)
  return right.pattern === 'literal' && (rule.name === right.name || rule.name === '*')
}

/** Something of what the right is about is under the rule: enough for one that denies. */
function touches(rule: FoundRule, right: Right): boolean {
  if (rule.resource !== RESOURCES[right.resource]) return false
  if (rule.operation !== 'All' && rule.operation !== right.operation) return false
  if (rule.name === '*' || holds(rule, right)) return true
  return right.pattern === 'prefixed' && rule.name.startsWith(right.name)
}
