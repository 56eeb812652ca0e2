import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningKafka, startKafka } from '../../../../test/services/index.ts'
import { describeWith } from '../../../../test/services/require-service.ts'
import type { ProducerRecord } from '../../../record.ts'
import { readAll } from '../../testing/member.ts'
import { openWireDriver } from '../driver.ts'
import { Cluster } from '../network/cluster.ts'
import { PRODUCE } from '../protocol/record-messages.ts'
import { Delivery } from './delivery.ts'
import { initTransactional } from './init-producer.ts'
import { endMissed } from './missed-markers.ts'
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

describeWith(['kafka'], 'records of an aborted transaction whose marker was left out', () => {
  let broker: RunningKafka
  beforeAll(async () => {
    // Lets a partition be written to without the coordinator's knowing: that is how it looks when a marker is missing.
    const properties = { 'transaction.partition.verification.enable': 'false' }
    broker = await startKafka({ heapMb: 192, properties })
  })
  afterAll(() => broker.stop())

  async function openUnknown() {
    const [topic, id] = [`t.${randomUUID().slice(0, 8)}`, randomUUID()]
    const connection = { brokers: broker.brokers, clientId: 'markers' }
    const driver = openWireDriver(connection)
    const admin = await driver.admin()
    await admin.ensureTopics([{ topic, partitions: 2, cleanup: 'delete', retentionMs: -1 }])
    await admin.close()
    const cluster = new Cluster(connection)
    await cluster.refresh([topic])
    const session = await initTransactional(cluster, id, undefined)
    const outgoing = toBatches([record(topic, 0, 'aborted')], session, 'none')
    await new Delivery(cluster, PRODUCE, id, outgoing.partitions).run()
    const commitNext = async (): Promise<readonly string[]> => {
      const next = await initTransactional(cluster, id, undefined)
      const transaction = new Transaction(cluster, id, next)
      await transaction.write(toBatches([record(topic, 0, 'committed')], next, 'none').partitions)
      await transaction.end(true)
      const reader = await driver.reader([{ at: { topic, partition: 0 }, offset: 'earliest' }])
      const values = (await readAll(reader, 2)).map(({ value }) => Buffer.from(value ?? []).toString())
      await reader.close()
      cluster.close()
      return values
    }
    return { topic, id, cluster, session, commitNext }
  }

  test('the broker commits them with the next transaction, when nobody looks', async () => {
    const { commitNext } = await openUnknown()
    expect(await commitNext()).toEqual(['aborted', 'committed'])
  })

  test('they are aborted again, and only what was committed is read', async () => {
    const { topic, id, cluster, session, commitNext } = await openUnknown()
    const partitions = [0, 1].map((partition) => ({ topic, partition }))
    await endMissed(cluster, id, session, partitions)
    expect(await commitNext()).toEqual(['committed'])
  })
})
