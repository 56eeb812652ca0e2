import type { RegistryOperations } from '../../../schemas/index.ts'
import { type ClusterOperations, type LogDriver, StreamsError } from '../../../streams/index.ts'
import type { Action, Change } from '../../../topology/index.ts'
import { CommandError, EXIT } from '../../output.ts'
import { carryOffsets, copyTopic } from './carry-moves.ts'

export interface CarryOutPorts {
  readonly operations: ClusterOperations
  readonly registry: RegistryOperations | undefined
  /** The log of the settings, for what reads and writes records. */
  readonly log: () => Promise<LogDriver>
}

/**
 * Does one change after the other, telling of each before. What is done stays done.
 * @throws CommandError that names the change that failed, and how to go on
 */
export async function carryOut(
  changes: readonly Change[],
  ports: CarryOutPorts,
  begins: (change: Change, index: number) => void,
): Promise<void> {
  for (const [index, change] of changes.entries()) {
    begins(change, index)
    await act(change.action, ports).catch((error: unknown) => {
      throw stoppedAt(change, index, changes.length, error)
    })
  }
}

/** Anything but what the cluster or the registry says is a fault of ours, and stays as it is. */
function stoppedAt({ name, what }: Change, done: number, all: number, error: unknown): unknown {
  if (!(error instanceof StreamsError)) return error
  return new CommandError(
    error.code === 'TOPIC_MISSING' ? EXIT.missing : EXIT.outside,
    `${name}: ${what} failed; ${done} of ${all} changes are made`,
    error.message,
    'mend that and apply again: it goes on where it stopped',
  )
}

function act(action: Action, ports: CarryOutPorts): Promise<unknown> {
  const { operations, registry } = ports
  switch (action.kind) {
    case 'create_topic':
      return operations.createTopic(action.topic, action.partitions, action.settings)
    case 'alter_topic':
      return operations.alterSettings(action.topic, action.settings)
    case 'add_partitions':
      return operations.addPartitions(action.topic, action.total)
    case 'delete_topic':
      return operations.deleteTopic(action.topic_id)
    case 'delete_group':
      return operations.deleteGroup(action.group)
    case 'copy_topic':
      return copyTopic(action, ports)
    case 'carry_offsets':
      return carryOffsets(action, ports)
    case 'set_compatibility':
      return asked(registry).setCompatibility(action.subject, action.level)
    case 'register_schema':
      return asked(registry).register(action.subject, action.schema)
  }
}

function asked(registry: RegistryOperations | undefined): RegistryOperations {
  if (registry !== undefined) return registry
  throw new StreamsError('INVALID_STATE', 'the plan changes subjects, and SCHEMA_REGISTRY_URL is not set')
}
