import type { KafkaConfig, logCreator } from 'kafkajs'
import { StreamsError } from '../../errors.ts'
import { type LogRecord, partitionKey, type TopicPartition } from '../../record.ts'
import { Wakeup } from '../kafka/wakeup.ts'
import type { LogReader } from '../port.ts'
import { toStreamsError } from './failures.ts'
import { Fetcher } from './fetcher.ts'
import { createCluster } from './internals.ts'
import { earliestOffsets } from './positions.ts'

/** Reads by plain fetch requests: no group is made, so none is left behind. */
export async function openKafkajsReader(
  config: KafkaConfig & { logCreator: logCreator },
  brokers: readonly string[],
  from: readonly { readonly at: TopicPartition; readonly offset: bigint | 'earliest' }[],
): Promise<LogReader> {
  const cluster = createCluster(config)
  const arrived = new Wakeup()
  const fetcher = new Fetcher(cluster, arrived)
  const naming = (error: unknown): Promise<never> => Promise.reject(toStreamsError(error, 'reading', brokers))
  const begin = async (): Promise<void> => {
    await cluster.connect()
    await cluster.addMultipleTargetTopics([...new Set(from.map(({ at }) => at.topic))])
    const unknown = from.filter(({ offset }) => offset === 'earliest').map(({ at }) => at)
    const earliest = await earliestOffsets(cluster, unknown)
    fetcher.assign(
      from.map(({ at, offset }) => ({ ...at, offset: offset === 'earliest' ? known(earliest, at) : offset })),
    )
  }
  const close = async (): Promise<void> => {
    await fetcher.close()
    await cluster.disconnect()
  }
  await begin().catch(async (error: unknown) => {
    await close()
    return naming(error)
  })
  const poll = async (recordsMax: number, waitMs: number): Promise<readonly LogRecord[]> => {
    const until = performance.now() + waitMs
    for (;;) {
      const records = fetcher.take(recordsMax)
      const leftMs = until - performance.now()
      if (records.length > 0 || leftMs <= 0) return records
      await arrived.wait(leftMs)
    }
  }
  return {
    position: (at) => fetcher.position(at),
    poll: (recordsMax, waitMs) => poll(recordsMax, waitMs).catch(naming),
    close,
  }
}

function known(earliest: ReadonlyMap<string, bigint>, at: TopicPartition): bigint {
  const offset = earliest.get(partitionKey(at))
  if (offset !== undefined) return offset
  throw new StreamsError('TOPIC_MISSING', `${at.topic} has no partition ${at.partition}`, { topic: at.topic })
}
