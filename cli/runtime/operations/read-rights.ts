import { type ClusterOperations, StreamsError } from '../../../streams/index.ts'
import {
  type CheckedTopology,
  compareRights,
  type RightsDifference,
  type Workload,
  workloadsOf,
} from '../../../topology/index.ts'
import { graphWithoutCode } from '../graph-without-code.ts'

/** Everything that runs of a topology, with the least rights. */
export const rightsOf = (topology: CheckedTopology): readonly Workload[] =>
  workloadsOf(
    graphWithoutCode(topology),
    new Set(Object.values(topology.nodes).flatMap(({ name, run }) => (run === 'lag' ? [name] : []))),
  )

export interface RightsFound {
  /** `none`: the cluster has no authorizer, and everybody may do everything. `unreadable`: it does not tell us. */
  readonly authorizer: 'there' | 'none' | 'unreadable'
  readonly differences: readonly RightsDifference[]
}

/** What the principals of our workloads lack on the cluster, and what they have too much. */
export async function readRights(
  topology: CheckedTopology,
  prefix: string,
  operations: ClusterOperations,
): Promise<RightsFound> {
  try {
    const rules = await operations.acls()
    if (rules === undefined) return { authorizer: 'none', differences: [] }
    return { authorizer: 'there', differences: compareRights(rightsOf(topology), prefix, rules) }
  } catch (error) {
    if (error instanceof StreamsError && error.code === 'INVALID_STATE')
      return { authorizer: 'unreadable', differences: [] }
    throw error
  }
}
