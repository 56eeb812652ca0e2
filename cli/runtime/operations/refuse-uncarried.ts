import { type CheckedTopology, uncarried } from '../../../topology/index.ts'
import { CommandError, EXIT } from '../../output.ts'
import type { Settings } from '../../settings.ts'
import { wantedBy, worldOf } from './make-plan.ts'
import { withOperations } from './open-operations.ts'

/**
 * A renamed processor that is started before its state was carried would begin at the earliest record with empty stores.
 * @throws CommandError that says what to do first
 */
export async function refuseUncarried(topology: CheckedTopology, settings: Settings): Promise<void> {
  const { processors, stores } = topology.moved
  if (settings.driver === 'embedded' || Object.keys({ ...processors, ...stores }).length === 0) return
  const wanted = wantedBy(topology)
  const world = await withOperations(settings, 'run', (ports) => worldOf(wanted, ports))
  const nodes = uncarried(wanted.desired.moves, world)
  if (nodes.length > 0)
    throw new CommandError(
      EXIT.refused,
      `${nodes.join(', ')}: what \`moved:\` renames is not carried yet; nothing was started`,
      'stop what runs under the old name, then: stonks plan --out change.plan',
      'and: stonks apply change.plan',
    )
}
