import { openRegistryOperations, type RegistryOperations } from '../../../schemas/index.ts'
import {
  type ClusterOperations,
  type LogDriver,
  openClusterOperations,
  StreamsError,
  silentLogger,
} from '../../../streams/index.ts'
import { CommandError, EXIT } from '../../output.ts'
import type { Settings } from '../../settings.ts'
import { kafkaOf, openDriver } from '../parts.ts'

export interface Operations {
  readonly operations: ClusterOperations
  readonly registry: RegistryOperations | undefined
  /** The log of the settings; opened when it is asked for. */
  readonly log: () => Promise<LogDriver>
}

/**
 * Works with the cluster of the settings as its operators do. What the cluster or the registry refuses is no fault of ours:
 * it ends as something outside that failed.
 */
export async function withOperations<T>(
  settings: Settings,
  command: string,
  work: (ports: Operations) => Promise<T>,
): Promise<T> {
  const ports = await openOperations(settings, command)
  try {
    return await work(ports)
  } catch (error) {
    if (error instanceof StreamsError && error.code === 'INVALID_STATE')
      throw new CommandError(EXIT.outside, error.message)
    throw error
  } finally {
    await ports.close()
  }
}

/** Throws where there is none: the embedded log has nothing to operate. */
async function openOperations(settings: Settings, command: string): Promise<Operations & { close(): Promise<void> }> {
  const { schemaRegistryUrl } = settings
  if (settings.kafkaBrokers.length === 0)
    throw new CommandError(
      EXIT.usage,
      `${command} is about a Kafka cluster, and KAFKA_BROKERS is not set`,
      'the embedded log makes what it needs at the start',
    )
  const operations = await openClusterOperations(kafkaOf(settings, 'stonks'))
  let opened: Promise<LogDriver> | undefined
  return {
    operations,
    registry: schemaRegistryUrl === undefined ? undefined : openRegistryOperations(schemaRegistryUrl),
    log() {
      opened ??= openDriver(settings, silentLogger)
      return opened
    },
    async close() {
      await (await opened)?.close()
      await operations.close()
    },
  }
}
