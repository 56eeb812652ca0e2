import { type ClusterOperations, type Graph, StreamsError } from '../../../streams/index.ts'
import { compareRights, type RightsDifference, workloadsOf } from '../../../topology/index.ts'

export interface RightsFound {
  /** `none`: the cluster has no authorizer, and everybody may do everything. `unreadable`: it does not tell us. */
  readonly authorizer: 'there' | 'none' | 'unreadable'
  readonly differences: readonly RightsDifference[]
}

/** What the principals of our workloads lack on the cluster, and what they have too much. */
export async function readRights(graph: Graph, prefix: string, operations: ClusterOperations): Promise<RightsFound> {
  try {
    const rules = await operations.acls()
    if (rules === undefined) return { authorizer: 'none', differences: [] }
    return { authorizer: 'there', differences: compareRights(workloadsOf(graph), prefix, rules) }
  } catch (error) {
    if (error instanceof StreamsError && error.code === 'INVALID_STATE')
      return { authorizer: 'unreadable', differences: [] }
    throw error
  }
}
