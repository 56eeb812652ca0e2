import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../../../test/services/require-service.ts'
import type { StreamsError } from '../../../errors.ts'
import type { Guarantee } from '../../../graph.ts'
import { type ProducerRecord, partitionKey } from '../../../record.ts'
import type { ClusterOperations } from '../../operations.ts'
import { interruptCommits } from '../../testing/interrupted-commits.ts'
import { Member } from '../../testing/member.ts'
import { openWireDriver } from '../driver.ts'
import { openWireOperations } from './open.ts'

const START_MS = 1_700_000_000_000
const KEPT = { 'retention.ms': '-1', 'cleanup.policy': 'delete' }
const fresh = (what: string): string => `${what}.${randomUUID().slice(0, 8)}`

const records = (topic: string, count: number, from = 0): readonly ProducerRecord[] =>
  Array.from({ length: count }, (_, n) => ({
    topic,
    partition: 0,
    timestampMs: START_MS + (from + n) * 1000,
    key: Buffer.from(`k${n}`),
    value: Buffer.from(`v${n}`),
    headers: {},
  }))

describeWith(['kafka'], 'a cluster as its operators see it', ({ kafka }) => {
  const connection = { brokers: kafka.brokers, clientId: 'operations' }
  const driver = openWireDriver(connection)
  let operations: ClusterOperations
  beforeAll(() => {
    operations = openWireOperations(connection)
  })
  afterAll(() => operations.close())

  const write = async (
    outputs: readonly ProducerRecord[],
    transactionalId = randomUUID(),
    guarantee: Guarantee = 'exactly_once',
  ): Promise<void> => {
    const producer = await driver.producer({ guarantee, transactionalId })
    await producer.commit({ outputs, consumer: undefined, groupId: '', offsets: new Map() })
    await producer.close()
  }
  const abort = async (outputs: readonly ProducerRecord[]): Promise<void> => {
    const transactionalId = randomUUID()
    const restore = interruptCommits('wire', async (_, lose) => lose())
    await write(outputs, transactionalId).catch(() => undefined)
    restore()
    await (await driver.producer({ guarantee: 'exactly_once', transactionalId })).close()
  }
  const codeOf = (failing: Promise<unknown>): Promise<string> =>
    failing.then(
      () => 'nothing failed',
      (error: StreamsError) => error.code ?? String(error),
    )

  test('a topic is created with its settings, altered without losing others, grown, and deleted by its id', async () => {
    const topic = fresh('made')
    await operations.createTopic(topic, 2, { ...KEPT, 'max.message.bytes': '2000000' })
    await operations.createTopic(topic, 2, KEPT)
    await operations.alterSettings(topic, { 'retention.ms': '60000' })
    const names = ['retention.ms', 'cleanup.policy', 'max.message.bytes', 'segment.bytes']
    const settings = (await operations.settings([topic], names)).get(topic)
    expect(settings?.get('retention.ms')).toEqual({ value: '60000', isOwn: true })
    expect(settings?.get('max.message.bytes')).toEqual({ value: '2000000', isOwn: true })
    expect(settings?.get('segment.bytes')?.isOwn).toBe(false)
    await operations.addPartitions(topic, 5)
    const found = (await operations.topics()).find((one) => one.topic === topic)
    expect(found).toMatchObject({ partitions: 5, replicationFactor: 1, isInternal: false })
    await operations.deleteTopic(found?.topicId ?? '')
    await operations.deleteTopic(found?.topicId ?? '')
    expect((await operations.topics()).some((one) => one.topic === topic)).toBe(false)
  })

  test('what the cluster refuses is an error that says so, and a missing topic is named', async () => {
    expect(await codeOf(operations.createTopic('not a name', 1, {}))).toBe('INVALID_STATE')
    const topic = fresh('refused')
    await operations.createTopic(topic, 2, KEPT)
    expect(await codeOf(operations.addPartitions(topic, 1))).toBe('INVALID_STATE')
    expect(await codeOf(operations.alterSettings(topic, { 'retention.ms': 'soon' }))).toBe('INVALID_STATE')
    expect(await codeOf(operations.settings([fresh('missing')], []))).toBe('TOPIC_MISSING')
  })

  test('a peek gives the time of the next record, and does not count markers and what was aborted', async () => {
    const topic = fresh('peeked')
    const at = { topic, partition: 0 }
    await operations.createTopic(topic, 1, KEPT)
    await write(records(topic, 3))
    await abort(records(topic, 4, 100))
    await write(records(topic, 2, 3))
    await expect
      .poll(async () => (await operations.find([at], 'stable')).get(partitionKey(at))?.offset, { timeout: 30_000 })
      .toBe(12n)
    // 3 records and their marker, 4 aborted and theirs, 2 and theirs.
    const end = 12n
    const look = async (offset: bigint, countMax = 100) =>
      (await operations.peek([{ at, offset, end }], countMax)).get(partitionKey(at))
    expect(await look(0n)).toEqual({ timestampMs: START_MS, records: 5n, isExact: true })
    expect(await look(3n)).toEqual({ timestampMs: START_MS + 3000, records: 2n, isExact: true })
    expect(await look(11n)).toEqual({ timestampMs: undefined, records: 0n, isExact: true })
    expect(await look(0n, 2)).toEqual({ timestampMs: START_MS, records: 12n, isExact: false })
    expect(await look(3n, 2)).toMatchObject({ timestampMs: START_MS + 3000, isExact: false })
  })

  test('offsets are found by time; a time after the last record is the end', async () => {
    const topic = fresh('timed')
    const at = { topic, partition: 0 }
    await operations.createTopic(topic, 1, KEPT)
    // Without a transaction: its marker is of the time it was committed, and would be found by a time after the records.
    await write(records(topic, 5), undefined, 'at_least_once')
    const offsetAt = async (timestampMs: number) => (await operations.find([at], { timestampMs })).get(partitionKey(at))
    expect(await offsetAt(START_MS + 1500)).toEqual({ offset: 2n, timestampMs: START_MS + 2000 })
    expect(await offsetAt(START_MS + 99_000)).toEqual({ offset: 5n, timestampMs: -1 })
    expect((await operations.sizes([topic])).get(topic)).toBeGreaterThan(0n)
  })

  test('offsets of a group are committed, forgotten and left alone while it has members', async () => {
    const [topic, groupId] = [fresh('grouped'), fresh('group')]
    await operations.createTopic(topic, 2, KEPT)
    const committed = { offset: 0n, metadata: 'bits' }
    const offsets = [0, 1].map((partition) => ({ at: { topic, partition }, committed }))
    await operations.commitOffsets(groupId, offsets)
    expect(await operations.offsets(groupId)).toEqual(offsets)
    expect((await operations.groups()).find((one) => one.groupId === groupId)).toMatchObject({
      state: 'Empty',
      hasMembers: false,
    })
    const member = new Member(driver, groupId, [topic])
    await member.consumer.start()
    await member.pollUntil(() => member.holds.length === 2)
    expect((await operations.groups()).find((one) => one.groupId === groupId)?.hasMembers).toBe(true)
    expect(await operations.members(groupId)).toHaveLength(1)
    expect(await codeOf(operations.commitOffsets(groupId, offsets))).not.toBe('nothing failed')
    expect(await codeOf(operations.forgetOffsets(groupId, [{ topic, partition: 0 }]))).not.toBe('nothing failed')
    await member.consumer.close()
    await operations.forgetOffsets(groupId, [{ topic, partition: 0 }])
    expect(await operations.offsets(groupId)).toEqual([offsets[1]])
    await operations.deleteGroup(groupId)
    expect(await operations.offsets(groupId)).toEqual([])
  })
})
