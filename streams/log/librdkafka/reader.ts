import type { LogRecord, TopicPartition } from '../../record.ts'
import type { KafkaConnection } from '../kafka/connection.ts'
import type { LogReader } from '../port.ts'
import type { Native } from './native.ts'
import { Subscription } from './subscription.ts'

/** The client wants a group's name for assigned partitions too; without a commit or a join the broker never hears of it. */
const NO_GROUP = 'stonks-reader'

/** Reads committed records from given offsets. */
export async function openLibrdkafkaReader(
  native: Native,
  connection: KafkaConnection,
  from: readonly { readonly at: TopicPartition; readonly offset: bigint | 'earliest' }[],
): Promise<LogReader> {
  const subscription = new Subscription(native, connection, NO_GROUP, { 'enable.partition.eof': true })
  const begin = async (): Promise<void> => {
    await subscription.open()
    for (const topic of new Set(from.map(({ at }) => at.topic))) await subscription.partitionsOf(topic)
    await subscription.assign(
      from.map(({ at, offset }) => ({ ...at, offset: offset === 'earliest' ? undefined : offset })),
    )
  }
  await begin().catch(async (error: unknown) => {
    await subscription.close()
    throw subscription.failure(error, 'reading')
  })
  return {
    position: (at) => subscription.position(at),
    poll: (recordsMax, waitMs) => pollUntil(subscription, recordsMax, waitMs),
    close: () => subscription.close(),
  }
}

async function pollUntil(
  subscription: Subscription,
  recordsMax: number,
  waitMs: number,
): Promise<readonly LogRecord[]> {
  const until = performance.now() + waitMs
  for (;;) {
    const records = await subscription.take(recordsMax)
    const leftMs = until - performance.now()
    if (records.length > 0 || leftMs <= 0) return records
    await subscription.events.wait(leftMs)
  }
}
