import { createHash } from 'node:crypto'
import { loadAvroSchemas } from '../../../schemas/index.ts'
import {
  type CheckedTopology,
  type Desired,
  desiredOf,
  type Plan,
  planOf,
  type World,
} from '../../../topology/index.ts'
import { graphWithoutCode } from '../graph-without-code.ts'
import type { Operations } from './open-operations.ts'
import { readWorld } from './read-world.ts'

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

export interface Wanted {
  readonly desired: Desired
  /** Another one where the topology wants something else. */
  readonly digest: string
}

export function wantedBy(topology: CheckedTopology): Wanted {
  const schemas = loadAvroSchemas(topology.schemaDirectory)
  const desired = desiredOf(topology, graphWithoutCode(topology), (name) => JSON.stringify(schemas.get(name)))
  return { desired, digest: sha256(JSON.stringify(desired)).slice(0, 16) }
}

export const worldOf = ({ desired }: Wanted, { operations, registry }: Operations): Promise<World> =>
  readWorld(desired, { operations, registry, nowMs: () => Date.now() })

export async function makePlan(wanted: Wanted, operations: Operations, prune: boolean): Promise<Plan> {
  return planOf(wanted.desired, await worldOf(wanted, operations), { prune, digest: wanted.digest })
}
