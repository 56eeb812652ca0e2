/** What Kafka lets somebody do, in its own words. Read, write, delete and alter bring describe along. */
export type Operation =
  | 'Read'
  | 'Write'
  | 'Create'
  | 'Delete'
  | 'Alter'
  | 'AlterConfigs'
  | 'Describe'
  | 'DescribeConfigs'

export type ResourceKind = 'topic' | 'group' | 'transactional_id' | 'cluster'

/** The name that Kafka has for the cluster as a resource. */
export const CLUSTER_NAME = 'kafka-cluster'

/** One thing on the cluster, or all whose names begin so, and what is done with it. */
export interface Right {
  readonly resource: ResourceKind
  readonly name: string
  readonly pattern: 'literal' | 'prefixed'
  readonly operation: Operation
  /** What it is needed for, `reads`, `changelog of evidence`. */
  readonly why: string
}

/** What a workload does with a subject of the schema registry. */
export interface SubjectRight {
  readonly subject: string
  readonly operation: 'read' | 'write'
}

/** Whatever runs under one name on the cluster, and the least it has to be let do. */
export interface Workload {
  readonly name: string
  readonly kind: 'source' | 'processor' | 'sink' | 'api' | 'shadow' | 'operator'
  readonly rights: readonly Right[]
  readonly subjects: readonly SubjectRight[]
}

/** `User:stonks-` and `extract` give `User:stonks-extract`. */
export const principalOf = (prefix: string, { name }: Pick<Workload, 'name'>): string => `${prefix}${name}`

export const rightKey = ({ resource, name, pattern, operation }: Omit<Right, 'why'>): string =>
  `${resource} ${pattern} ${name} ${operation}`

/** Each right once, with all that it is for. */
export function distinctRights(rights: readonly Right[]): readonly Right[] {
  return [...Map.groupBy(rights, rightKey).values()].flatMap((same) => {
    const [first] = same
    return first === undefined ? [] : [{ ...first, why: [...new Set(same.map(({ why }) => why))].join(', ') }]
  })
}
