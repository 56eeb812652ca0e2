import { openRegistryOperations, type RegistryOperations } from '../../../schemas/index.ts'
import { type ClusterOperations, openClusterOperations } from '../../../streams/index.ts'
import { CommandError, EXIT } from '../../output.ts'
import type { Settings } from '../../settings.ts'

export interface Operations {
  readonly operations: ClusterOperations
  readonly registry: RegistryOperations | undefined
}

/** The cluster of the settings for its operators. Throws where there is none: the embedded log has nothing to operate. */
export async function openOperations(settings: Settings, command: string): Promise<Operations> {
  const { kafkaBrokers: brokers, schemaRegistryUrl } = settings
  if (brokers.length === 0)
    throw new CommandError(
      EXIT.usage,
      `${command} is about a Kafka cluster, and KAFKA_BROKERS is not set`,
      'the embedded log makes what it needs at the start',
    )
  return {
    operations: await openClusterOperations({ brokers, clientId: 'stonks' }),
    registry: schemaRegistryUrl === undefined ? undefined : openRegistryOperations(schemaRegistryUrl),
  }
}
