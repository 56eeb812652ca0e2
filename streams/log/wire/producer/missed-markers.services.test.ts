import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningKafka, startKafka } from '../../../../test/services/index.ts'
import { describeWith } from '../../../../test/services/require-service.ts'
import { type ProducerRecord, partitionKey, type TopicPartition } from '../../../record.ts'
import { readAll } from '../../testing/member.ts'
import { memberless, toCommittedTopics } from '../consumer/group-offsets.ts'
import { openWireDriver } from '../driver.ts'
import { Cluster } from '../network/cluster.ts'
import { PRODUCE } from '../protocol/record-messages.ts'
import { TXN_OFFSET_COMMIT } from '../protocol/transaction-messages.ts'
import { Delivery } from './delivery.ts'
import { initTransactional } from './init-producer.ts'
import { MissedMarkers } from './missed-markers.ts'
import { toBatches } from './outgoing.ts'
import { Transaction } from './transaction.ts'

const record = (topic: string, partition: number, value: string): ProducerRecord => ({
  topic,
  partition,
  timestampMs: 1,
  key: undefined,
  value: Buffer.from(value),
  headers: {},
})

describeWith(['kafka'], 'records of a transaction whose marker was left out', () => {
  let broker: RunningKafka
  beforeAll(async () => {
    // Lets a partition be written to without the coordinator's knowing: that is how it looks when a marker is missing.
    const properties = { 'transaction.partition.verification.enable': 'false' }
    broker = await startKafka({ heapMb: 192, properties })
  })
  afterAll(() => broker.stop())

  /** With `committed`, a transaction of the other partition that ended so just before. */
  async function openUnknown(committed?: boolean) {
    const [topic, id] = [`t.${randomUUID().slice(0, 8)}`, randomUUID()]
    const connection = { brokers: broker.brokers, clientId: 'markers' }
    const driver = openWireDriver(connection)
    const admin = await driver.admin()
    await admin.ensureTopics([{ topic, partitions: 2, cleanup: 'delete', retentionMs: -1 }])
    await admin.close()
    const cluster = new Cluster(connection)
    await cluster.refresh([topic])
    let session = await initTransactional(cluster, id, undefined)
    if (committed !== undefined) {
      const before = new Transaction(cluster, id, session)
      await before.write(toBatches([record(topic, 1, 'before')], session, 'none').partitions)
      session = await before.end(committed)
    }
    const outgoing = toBatches([record(topic, 0, 'open')], session, 'none')
    await new Delivery(cluster, PRODUCE, id, outgoing.partitions).run()
    const commitNext = async (): Promise<void> => {
      const next = await initTransactional(cluster, id, undefined)
      const transaction = new Transaction(cluster, id, next)
      await transaction.write(toBatches([record(topic, 0, 'next')], next, 'none').partitions)
      await transaction.end(true)
    }
    const read = async (): Promise<readonly string[]> => {
      const reader = await driver.reader([{ at: { topic, partition: 0 }, offset: 'earliest' }])
      const values = (await readAll(reader, 2, 2_000)).map(({ value }) => Buffer.from(value ?? []).toString())
      await reader.close()
      return values
    }
    return { topic, id, driver, cluster, session, commitNext, read }
  }

  test.each([
    // Hashes of group ids are placed without their sign: one of each.
    ['hello', true],
    ['below.zero', true],
    ['copy-7', false],
  ])('offsets of a group %s are ended again too, committed: %s', async (groupId, committed) => {
    const { topic, id, driver, cluster, session } = await openUnknown()
    const at = { topic, partition: 0 }
    const offsets = new Map([[partitionKey(at), { at, committed: { offset: 7n, metadata: '' } }]])
    const { producerId, producerEpoch } = session
    const body = { transactionalId: id, producerId, producerEpoch, topics: toCommittedTopics(offsets.values()) }
    const asked = { ...body, ...memberless(groupId) }
    await cluster.askCoordinator({ group: groupId }, TXN_OFFSET_COMMIT, asked, {
      untilMs: performance.now() + 10_000,
      codes: ({ topics }) => topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode)),
    })
    const markers = new MissedMarkers(cluster, id)
    for (let twice = 0; twice < 2; twice++)
      await markers.endEverywhere(session, { partitions: [at], groupId, committed })
    const admin = await driver.admin()
    const found = await admin.committedOffsets(groupId, [topic])
    expect(found.get(partitionKey(at))?.offset).toBe(committed ? 7n : undefined)
    await admin.close()
    cluster.close()
  })

  test('the broker commits them with the next transaction, when nobody looks', async () => {
    const { commitNext, read, cluster } = await openUnknown()
    await commitNext()
    expect(await read()).toEqual(['open', 'next'])
    cluster.close()
  })

  test('they are aborted again, and only what was committed is read', async () => {
    const { topic, id, cluster, session, commitNext, read } = await openUnknown()
    const partitions = [0, 1].map((partition) => ({ topic, partition }))
    const ended = { partitions, groupId: undefined, committed: false }
    await new MissedMarkers(cluster, id).endEverywhere(session, ended)
    await commitNext()
    expect(await read()).toEqual(['next'])
    cluster.close()
  })

  test.each([
    ['committed', true, ['open']],
    ['aborted', false, []],
  ])('whoever takes the id over ends them as the last transaction ended: %s', async (_, committed, found) => {
    const { topic, id, driver, cluster, read } = await openUnknown(committed)
    const earlier = { topics: [topic, 'not.there'], groupId: 'unknown' }
    const next = await driver.producer({ guarantee: 'exactly_once', transactionalId: id, earlier })
    expect(await read()).toEqual(found)
    await next.close()
    cluster.close()
  })
})

describeWith(['kafka'], 'a commit whose broker is killed the moment it has answered', () => {
  let broker: RunningKafka
  beforeAll(async () => {
    broker = await startKafka({ heapMb: 192 })
  })
  afterAll(() => broker.stop())

  test('is read when the broker is back, without another commit', async () => {
    const driver = openWireDriver({ brokers: broker.brokers, clientId: 'markers' })
    const admin = await driver.admin()
    const topic = `t.${randomUUID().slice(0, 8)}`
    const all = [0, 1, 2, 3, 4, 5].map((partition) => ({ topic, partition }))
    await admin.ensureTopics([{ topic, partitions: all.length, cleanup: 'delete', retentionMs: -1 }])
    const producer = await driver.producer({ guarantee: 'exactly_once', transactionalId: topic })
    const commit = (n: number): Promise<unknown> => {
      const [at] = all as [TopicPartition]
      const offsets = new Map([[partitionKey(at), { at, committed: { offset: BigInt(n), metadata: '' } }]])
      const outputs = all.map(({ partition }) => record(topic, partition, String(n)))
      return producer.commit({ outputs, consumer: undefined, groupId: topic, offsets })
    }
    await commit(1)
    await commit(2)
    process.kill(broker.pid, 'SIGKILL')
    await broker.kill()
    await broker.restart()
    const reader = await driver.reader(all.map((at) => ({ at, offset: 'earliest' })))
    const values = (await readAll(reader, 2 * all.length, 20_000)).map(({ value }) =>
      Buffer.from(value ?? []).toString(),
    )
    expect(values.toSorted()).toEqual([...all.map(() => '1'), ...all.map(() => '2')])
    const committed = await admin.committedOffsets(topic, [topic])
    expect(committed.get(partitionKey({ topic, partition: 0 }))?.offset).toBe(2n)
    await Promise.all([reader.close(), producer.close(), admin.close()])
  })
})
