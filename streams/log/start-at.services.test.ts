import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { describeWith } from '../../test/services/require-service.ts'
import { partitionKey, type TopicPartition } from '../record.ts'
import { openKafkajsDriver } from './kafkajs/driver.ts'
import { openLibrdkafkaDriver } from './librdkafka/driver.ts'
import { loadNative } from './librdkafka/native.ts'
import type { LogDriver } from './port.ts'
import { openWireDriver } from './wire/driver.ts'

const PARTITIONS = [0, 1, 2]

describeWith(['kafka'], 'a member whose progress is kept elsewhere', ({ kafka }) => {
  const connection = { brokers: kafka.brokers, clientId: 'start-at' }
  const drivers: Readonly<Record<string, () => Promise<LogDriver> | LogDriver>> = {
    wire: () => openWireDriver(connection),
    kafkajs: () => openKafkajsDriver(connection),
    ...(hasNative() ? { librdkafka: () => openLibrdkafkaDriver(connection) } : {}),
  }

  test.each(Object.keys(drivers))('%s: begins where it is told, else at its committed offset', async (name) => {
    const driver = await (drivers[name] as () => Promise<LogDriver>)()
    const topic = `start-at.${randomUUID()}`
    try {
      const admin = await driver.admin()
      await admin.ensureTopics([{ topic, partitions: PARTITIONS.length, cleanup: 'delete', retentionMs: -1 }])
      await fill(driver, topic)
      // The group has read five records of each partition.
      expect(await firstOffsets(driver, topic, async () => new Map(), 5n)).toEqual([0n, 0n, 0n])
      const asked: string[][] = []
      const elsewhere = async (own: readonly TopicPartition[]) => {
        asked.push(own.map(partitionKey).sort())
        return new Map<string, bigint | 'earliest'>([
          [partitionKey({ topic, partition: 0 }), 'earliest'],
          [partitionKey({ topic, partition: 1 }), 8n],
        ])
      }
      expect(await firstOffsets(driver, topic, elsewhere)).toEqual([0n, 8n, 5n])
      expect(asked[0]).toEqual(PARTITIONS.map((partition) => partitionKey({ topic, partition })))
    } finally {
      await driver.close()
    }
  })
})

async function fill(driver: LogDriver, topic: string): Promise<void> {
  const producer = await driver.producer({ guarantee: 'at_least_once', transactionalId: topic })
  const outputs = PARTITIONS.flatMap((partition) =>
    Array.from({ length: 10 }, (_, i) => ({
      ...{ topic, partition, timestampMs: 1_700_000_000_000 + i, key: undefined, headers: {} },
      value: Buffer.from(String(i)),
    })),
  )
  await producer.commit({ outputs, consumer: undefined, groupId: '', offsets: new Map() })
  await producer.close()
}

/** The first offset of each partition that a new member of the group reads; then it commits, where that is asked for. */
async function firstOffsets(
  driver: LogDriver,
  topic: string,
  startAt: (own: readonly TopicPartition[]) => Promise<ReadonlyMap<string, bigint | 'earliest'>>,
  commit?: bigint,
): Promise<readonly bigint[]> {
  const groupId = `group.${topic}`
  const nothing = async (): Promise<void> => {}
  const listener = { assigned: nothing, revoked: nothing, lost: nothing }
  const consumer = driver.consumer({ groupId, topics: [topic], broadcast: [], listener, startAt })
  await consumer.start()
  const first = new Map<number, bigint>()
  while (first.size < PARTITIONS.length) {
    for (const { partition, offset } of await consumer.poll(100, 500))
      if (!first.has(partition)) first.set(partition, offset)
  }
  if (commit !== undefined) {
    const producer = await driver.producer({ guarantee: 'at_least_once', transactionalId: groupId })
    const offsets = new Map(
      PARTITIONS.map((partition) => {
        const at = { topic, partition }
        return [partitionKey(at), { at, committed: { offset: commit, metadata: '' } }]
      }),
    )
    await producer.commit({ outputs: [], consumer, groupId, offsets })
    await producer.close()
  }
  await consumer.close()
  return PARTITIONS.map((partition) => first.get(partition) ?? -1n)
}

function hasNative(): boolean {
  try {
    loadNative()
    return true
  } catch {
    return false
  }
}
