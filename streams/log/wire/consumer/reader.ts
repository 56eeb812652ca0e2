import { type LogRecord, partitionKey, type TopicPartition } from '../../../record.ts'
import type { KafkaConnection } from '../../kafka/connection.ts'
import { topicMissing } from '../../kafka/failures.ts'
import { Wakeup } from '../../kafka/wakeup.ts'
import type { LogReader } from '../../port.ts'
import { toStreamsError } from '../failures.ts'
import { Cluster } from '../network/cluster.ts'
import { Fetcher } from './fetcher.ts'
import { earliestOffsets } from './offsets.ts'

/** Reads committed records by plain fetch requests: no group is made, so none is left behind. */
export async function openWireReader(
  connection: KafkaConnection,
  from: readonly { readonly at: TopicPartition; readonly offset: bigint | 'earliest' }[],
): Promise<LogReader> {
  const cluster = new Cluster(connection)
  const arrived = new Wakeup()
  const fetcher = new Fetcher(cluster, arrived)
  const naming = (error: unknown): Promise<never> =>
    Promise.reject(toStreamsError(error, 'reading', connection.brokers))
  const close = async (): Promise<void> => {
    fetcher.close()
    cluster.close()
  }
  await begin(cluster, fetcher, from).catch(async (error: unknown) => {
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
    position: (at) => {
      const offset = fetcher.position(at)
      return offset === undefined ? undefined : BigInt(offset)
    },
    poll: (recordsMax, waitMs) => poll(recordsMax, waitMs).catch(naming),
    close,
  }
}

async function begin(
  cluster: Cluster,
  fetcher: Fetcher,
  from: readonly { readonly at: TopicPartition; readonly offset: bigint | 'earliest' }[],
): Promise<void> {
  await cluster.refresh(from.map(({ at }) => at.topic))
  for (const { at } of from) {
    if (cluster.topic(at.topic).partitions[at.partition] === undefined)
      throw topicMissing(`${at.topic}, partition ${at.partition}`)
  }
  const unknown = from.filter(({ offset }) => offset === 'earliest').map(({ at }) => at)
  const earliest = unknown.length === 0 ? new Map<string, number>() : await earliestOffsets(cluster, unknown)
  fetcher.assign(
    from.map(({ at, offset }) => ({
      ...at,
      offset: offset === 'earliest' ? (earliest.get(partitionKey(at)) ?? 0) : Number(offset),
    })),
  )
}
