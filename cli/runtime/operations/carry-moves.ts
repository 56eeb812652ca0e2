import {
  type ClusterOperations,
  type LogDriver,
  type LogProducer,
  type LogRecord,
  partitionKey,
  StreamsError,
  type TopicPartition,
} from '../../../streams/index.ts'

export interface MovePorts {
  readonly operations: ClusterOperations
  readonly log: () => Promise<LogDriver>
}

const READ_RECORDS = 2_000
const READ_WAIT_MS = 500

/**
 * Copies a topic, record by record, to the same partitions of another. How far it is lies in the offsets of a group of the new
 * topic's name, committed with what is written (in one transaction where the driver has them): stopped anywhere, it goes on
 * from there. On a driver without, the last records may be there twice, which a changelog does not mind.
 * @throws StreamsError INVALID_STATE where a group that writes one of them has members
 */
export async function copyTopic(
  { from, to, groups }: { readonly from: string; readonly to: string; readonly groups: readonly string[] },
  { operations, log }: MovePorts,
): Promise<void> {
  await refuseMembers(groups, operations)
  const partitions = (await operations.topics()).find(({ topic }) => topic === from)?.partitions ?? 0
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic: from, partition }))
  const [start, end] = [await operations.find(all, 'earliest'), await operations.find(all, 'stable')]
  const driver = await log()
  const admin = await driver.admin()
  const copied = await admin.committedOffsets(to, [from]).finally(() => admin.close())
  const guarantee = driver.capabilities.guarantees.includes('exactly_once') ? 'exactly_once' : 'at_least_once'
  const producer = await driver.producer({ guarantee, transactionalId: `${to}.copy` })
  try {
    for (const at of all) {
      const key = partitionKey(at)
      const first = copied.get(key)?.offset ?? start.get(key)?.offset ?? 0n
      await copyPartition(at, to, { next: first, end: end.get(key)?.offset ?? 0n, driver, producer })
    }
  } finally {
    await producer.close()
  }
}

interface Copying {
  next: bigint
  readonly end: bigint
  readonly driver: LogDriver
  readonly producer: LogProducer
}

async function copyPartition(at: TopicPartition, to: string, copying: Copying): Promise<void> {
  const { driver, producer, end } = copying
  if (copying.next >= end) return
  const reader = await driver.reader([{ at, offset: copying.next }])
  try {
    while (copying.next < end) {
      const records = await reader.poll(READ_RECORDS, READ_WAIT_MS)
      const behind = (records.at(-1)?.offset ?? copying.next - 1n) + 1n
      const position = reader.position?.(at) ?? behind
      copying.next = position > behind ? position : behind
      const committed = { offset: copying.next, metadata: '' }
      await producer.commit({
        outputs: records.map((record) => copyOf(record, to)),
        consumer: undefined,
        groupId: to,
        offsets: new Map([[partitionKey(at), { at, committed }]]),
      })
    }
  } finally {
    await reader.close()
  }
}

const copyOf = ({ partition, timestampMs, key, value, headers }: LogRecord, topic: string) => ({
  topic,
  partition,
  timestampMs,
  key,
  value,
  headers,
})

/**
 * Commits for one group all that another has committed, with its metadata: in one request, so all of it or nothing. Waits for
 * transactions of the old group that are not ended.
 * @throws StreamsError INVALID_STATE where one of them has members
 */
export async function carryOffsets(
  { from, to }: { readonly from: string; readonly to: string },
  { operations, log }: MovePorts,
): Promise<void> {
  await refuseMembers([from, to], operations)
  const topics = [...new Set((await operations.offsets(from)).map(({ at }) => at.topic))]
  const admin = await (await log()).admin()
  const committed = await admin.committedOffsets(from, topics).finally(() => admin.close())
  const offsets = (await operations.offsets(from)).flatMap(({ at }) => {
    const found = committed.get(partitionKey(at))
    return found === undefined ? [] : [{ at, committed: found }]
  })
  await operations.commitOffsets(to, offsets)
}

async function refuseMembers(groups: readonly string[], operations: ClusterOperations): Promise<void> {
  const running = (await operations.groups()).find(({ groupId, hasMembers }) => hasMembers && groups.includes(groupId))
  if (running !== undefined)
    throw new StreamsError('INVALID_STATE', `${running.groupId} has members; stop the processes that run it`)
}
