import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { kafkaTool } from '../../../test/services/index.ts'
import { describeWith } from '../../../test/services/require-service.ts'
import type { ProducerRecord } from '../../record.ts'
import { openKafkajsDriver } from '../kafkajs/driver.ts'
import { openLibrdkafkaDriver } from '../librdkafka/driver.ts'
import { loadNative, promised } from '../librdkafka/native.ts'
import type { LogDriver } from '../port.ts'
import { interruptCommits } from '../testing/interrupted-commits.ts'
import { readAll } from '../testing/member.ts'
import { openWireDriver } from './driver.ts'
import type { Compression } from './records/compression.ts'

const COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'lz4', 'zstd']
const PER_WRITER = 50
const folder = mkdtempSync(join(tmpdir(), 'interop-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const recordsOf = (topic: string, name: string): readonly ProducerRecord[] =>
  Array.from({ length: PER_WRITER }, (_, n) => ({
    topic,
    partition: 0,
    timestampMs: 1_700_000_000_000 + n,
    key: n % 10 === 0 ? undefined : Buffer.from(`${name}-${n}`),
    value: Buffer.from(`${name} says ${'again and '.repeat(n % 7)}${n}`),
    headers: n % 3 === 0 ? { writer: name, größe: `${n}` } : {},
  }))

const text = (bytes: Uint8Array | undefined): string => (bytes === undefined ? 'null' : Buffer.from(bytes).toString())

const shown = ({
  key,
  value,
  headers,
  timestampMs,
}: Pick<ProducerRecord, 'key' | 'value' | 'headers' | 'timestampMs'>) =>
  `${timestampMs} ${text(key)} ${text(value)} ${JSON.stringify(headers)}`

const onlyOutputs = (outputs: readonly ProducerRecord[]) => ({
  outputs,
  consumer: undefined,
  groupId: '',
  offsets: new Map(),
})

describeWith(['kafka'], 'what wire writes, others read, and the reverse', ({ kafka }) => {
  const connection = { brokers: kafka.brokers, clientId: 'interop' }
  const newTopic = async (): Promise<string> => {
    const topic = `interop.${randomUUID().slice(0, 8)}`
    const admin = await openWireDriver(connection).admin()
    await admin.ensureTopics([{ topic, partitions: 1, cleanup: 'delete', retentionMs: -1 }])
    await admin.close()
    return topic
  }
  const write = async (driver: LogDriver, records: readonly ProducerRecord[]): Promise<void> => {
    const producer = await driver.producer({ guarantee: 'exactly_once', transactionalId: randomUUID() })
    await producer.commit(onlyOutputs(records))
    await producer.close()
  }
  const read = async (driver: LogDriver, topic: string, count: number): Promise<readonly string[]> => {
    const reader = await driver.reader([{ at: { topic, partition: 0 }, offset: 'earliest' }])
    const records = await readAll(reader, count, 5_000)
    await reader.close()
    return records.map(shown)
  }
  /** A transaction whose end never comes: the next holder of its id aborts it. */
  const abortOne = async (topic: string): Promise<void> => {
    const transactionalId = randomUUID()
    const driver = openWireDriver(connection)
    const restore = interruptCommits('wire', async (_, lose) => lose())
    const producer = await driver.producer({ guarantee: 'exactly_once', transactionalId })
    await producer.commit(onlyOutputs(recordsOf(topic, 'aborted'))).catch(() => undefined)
    restore()
    await producer.close()
    await (await driver.producer({ guarantee: 'exactly_once', transactionalId })).close()
  }

  test('every compression and an aborted transaction, read by Java, librdkafka, kafkajs and itself', async () => {
    const topic = await newTopic()
    const forAll: ProducerRecord[] = []
    for (const compression of COMPRESSIONS) {
      if (compression === 'lz4') await abortOne(topic)
      const records = recordsOf(topic, compression)
      await write(openWireDriver(connection, { compression }), records)
      forAll.push(...records)
    }
    expect(await read(openWireDriver(connection), topic, forAll.length)).toEqual(forAll.map(shown))
    expect(await read(openLibrdkafkaDriver(connection), topic, forAll.length)).toEqual(forAll.map(shown))
    const java = async (isolation: string, count: number): Promise<readonly string[]> => {
      const printed = await kafkaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', [
        ...['--bootstrap-server', kafka.brokers.join(','), '--topic', topic, '--from-beginning'],
        ...['--isolation-level', isolation, '--max-messages', String(count), '--timeout-ms', '20000'],
        ...['key', 'headers', 'timestamp'].flatMap((what) => ['--formatter-property', `print.${what}=true`]),
      ])
      return printed.trimEnd().split('\n')
    }
    const line = ({ timestampMs, headers, key, value }: ProducerRecord): string => {
      const list = Object.entries(headers).map(([name, of]) => `${name}:${of}`)
      return `CreateTime:${timestampMs}\t${list.join(',') || 'NO_HEADERS'}\t${text(key)}\t${text(value)}`
    }
    expect(await java('read_committed', forAll.length)).toEqual(forAll.map(line))
    expect(await java('read_uncommitted', forAll.length + PER_WRITER)).toHaveLength(forAll.length + PER_WRITER)
  })

  test('what kafkajs can unpack, it reads', async () => {
    const topic = await newTopic()
    const all = (['none', 'gzip', 'zstd'] as const).flatMap((name) => recordsOf(topic, name))
    for (const compression of ['none', 'gzip', 'zstd'] as const)
      await write(openWireDriver(connection, { compression }), recordsOf(topic, compression))
    expect(await read(openKafkajsDriver(connection), topic, all.length)).toEqual(all.map(shown))
  })

  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('Java writes %s, wire reads it', async (compression) => {
    const topic = await newTopic()
    const lines = Array.from({ length: 100 }, (_, n) => `payload ${n} ${'and more '.repeat(n)}`)
    const file = join(folder, 'payloads')
    writeFileSync(file, lines.join('\n'))
    await kafkaTool('org.apache.kafka.tools.ProducerPerformance', [
      ...['--topic', topic, '--num-records', '2000', '--throughput', '-1', '--payload-file', file],
      ...['--producer-props', `bootstrap.servers=${kafka.brokers.join(',')}`, `compression.type=${compression}`],
    ])
    const reader = await openWireDriver(connection).reader([{ at: { topic, partition: 0 }, offset: 'earliest' }])
    const records = await readAll(reader, 2_000, 5_000)
    await reader.close()
    expect(records).toHaveLength(2_000)
    const known = new Set(lines)
    expect(records.filter(({ value }) => !known.has(text(value)))).toEqual([])
    expect(records.map(({ offset }) => Number(offset))).toEqual(Array.from({ length: 2_000 }, (_, n) => n))
  })

  test.each(['gzip', 'snappy', 'lz4', 'zstd'])('librdkafka writes %s, wire reads it', async (codec) => {
    const topic = await newTopic()
    const { Producer } = loadNative()
    const producer = new Producer({
      'bootstrap.servers': kafka.brokers.join(','),
      'compression.codec': codec,
      'linger.ms': 50,
    })
    await promised((done) => producer.connect({ timeout: 10_000 }, done))
    const records = recordsOf(topic, codec)
    for (const { timestampMs, key, value, headers } of records) {
      const list = Object.entries(headers).map(([name, of]) => ({ [name]: Buffer.from(of) }))
      producer.produce(topic, 0, value as Buffer, (key ?? null) as Buffer | null, timestampMs, undefined, list)
    }
    await promised<void>((done) => producer.flush(10_000, done))
    await new Promise<void>((resolve) => producer.disconnect(() => resolve()))
    expect(await read(openWireDriver(connection), topic, records.length)).toEqual(records.map(shown))
  })

  test('an offset committed by one is read by the others', async () => {
    const topic = await newTopic()
    const drivers = [openWireDriver(connection), openLibrdkafkaDriver(connection)]
    for (const driver of drivers) {
      const groupId = `group.${randomUUID()}`
      const producer = await driver.producer({ guarantee: 'exactly_once', transactionalId: randomUUID() })
      const committed = { offset: 5n, metadata: 'bits: ü' }
      const offsets = new Map([['in', { at: { topic, partition: 0 }, committed }]])
      await producer.commit({ outputs: recordsOf(topic, 'x'), consumer: undefined, groupId, offsets })
      await producer.close()
      for (const other of drivers) {
        const admin = await other.admin()
        const read = (await admin.committedOffsets(groupId, [topic])).get(`${topic}-0`)
        // The native client takes the last byte of metadata for the zero that it writes itself.
        if (other.name === 'librdkafka' && driver.name === 'wire') expect(read?.offset).toBe(committed.offset)
        else expect(read).toEqual(committed)
        await admin.close()
      }
    }
  })
})
