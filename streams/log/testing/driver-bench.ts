import { randomUUID } from 'node:crypto'
import type { StreamsError } from '../../errors.ts'
import type { ProducerRecord } from '../../record.ts'
import type { KafkaConnection } from '../kafka/connection.ts'
import { openKafkajsDriver } from '../kafkajs/driver.ts'
import { openLibrdkafkaDriver } from '../librdkafka/driver.ts'
import { loadNative } from '../librdkafka/native.ts'
import type { CommitBatch, LogAdmin, LogDriver, LogProducer } from '../port.ts'
import { openWireDriver } from '../wire/driver.ts'
import { Member } from './member.ts'

/** Records carry times of long ago, and brokers count retention from those. */
export const KEEP_MS = -1

/** A driver on its broker, with all that a case may ask for. */
export interface Bench {
  readonly connection: KafkaConnection
  readonly driver: LogDriver
  readonly admin: LogAdmin
  /** Of the strongest guarantee the driver has. */
  producer(transactionalId?: string): Promise<LogProducer>
  topic(partitions?: number, name?: string): Promise<string>
  /** Closed after the case, last one first. */
  closing<T extends { close(): Promise<void> }>(opened: T): T
  member(topics: readonly string[], groupId: string, broadcast?: readonly string[]): Promise<Member>
}

export const fresh = (what: string): string => `${what}.${randomUUID().slice(0, 8)}`

export const record = (topic: string, partition: number, n: number): ProducerRecord => ({
  topic,
  partition,
  timestampMs: 1_700_000_000_000 + n,
  key: Buffer.from(`k${n}`),
  value: Buffer.from(`v${n}`),
  headers: {},
})

export const records = (topic: string, partitions: number, count: number): readonly ProducerRecord[] =>
  Array.from({ length: count }, (_, n) => record(topic, n % partitions, n))

export const onlyOutputs = (outputs: readonly ProducerRecord[]): CommitBatch => ({
  outputs,
  consumer: undefined,
  groupId: '',
  offsets: new Map(),
})

export const text = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString()

export const everything = (topic: string, partitions: number) =>
  Array.from({ length: partitions }, (_, partition) => ({ at: { topic, partition }, offset: 'earliest' as const }))

export async function codeOf(failing: Promise<unknown>): Promise<string> {
  return failing.then(
    () => 'nothing failed',
    (error: StreamsError) => error.code ?? String(error),
  )
}

/** Every driver, and why it is not here. */
export const DRIVERS = [
  { name: 'kafkajs', why: '', open: openKafkajsDriver },
  { name: 'librdkafka', why: whyNot(), open: openLibrdkafkaDriver },
  { name: 'wire', why: '', open: openWireDriver },
  { name: 'wire, at least once', why: '', open: openWireAtLeastOnce },
] as const

/** The same driver as whoever asks for less gets it. */
function openWireAtLeastOnce(connection: KafkaConnection): LogDriver {
  const driver = openWireDriver(connection)
  return { ...driver, capabilities: { ...driver.capabilities, guarantees: ['at_least_once'] } }
}

function whyNot(): string {
  try {
    loadNative()
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

export const PRESENT = DRIVERS.filter(({ why }) => why === '')

function benchOf(open: (connection: KafkaConnection) => LogDriver, brokers: readonly string[]) {
  const connection: KafkaConnection = { brokers, clientId: 'conformance' }
  const driver = open(connection)
  const opened: { close(): Promise<void> }[] = []
  const closing = <T extends { close(): Promise<void> }>(part: T): T => {
    opened.push(part)
    return part
  }
  const build = async (): Promise<Bench> => {
    const admin = closing(await driver.admin())
    const [guarantee = 'at_least_once'] = driver.capabilities.guarantees
    return {
      connection,
      driver,
      admin,
      closing,
      producer: async (transactionalId = fresh('id')) => closing(await driver.producer({ guarantee, transactionalId })),
      topic: async (partitions = 1, name = fresh('topic')) => {
        await admin.ensureTopics([{ topic: name, partitions, cleanup: 'delete', retentionMs: KEEP_MS }])
        return name
      },
      member: async (topics, groupId, broadcast = []) => {
        const member = new Member(driver, groupId, topics, broadcast)
        closing(member.consumer)
        await member.consumer.start()
        return member
      },
    }
  }
  const close = async (): Promise<void> => {
    for (const part of opened.toReversed()) await part.close().catch(() => undefined)
    await driver.close()
  }
  return { build, close }
}

/** A bench for one case, with everything it opened closed afterwards. */
export async function withBench(
  open: (connection: KafkaConnection) => LogDriver,
  brokers: readonly string[],
  use: (bench: Bench) => Promise<void>,
) {
  const { build, close } = benchOf(open, brokers)
  try {
    await use(await build())
  } finally {
    await close()
  }
}
