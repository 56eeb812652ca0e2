import type { CommitBatch, LogConsumer, LogDriver, LogProducer } from '../log/port.ts'
import { type LogRecord, type ProducerRecord, partitionKey, type TopicPartition } from '../record.ts'

const POLL_MS = 100
/** How often something is looked for before it is taken to be missing. */
const LOOKS_MAX = 300

/** A consumer with what it holds and what it got. */
class Observer {
  readonly consumer: LogConsumer
  readonly held = new Set<string>()
  readonly got: string[] = []

  constructor(driver: LogDriver, groupId: string, topic: string) {
    const take = async (partitions: readonly TopicPartition[]): Promise<void> => {
      for (const { partition } of partitions) this.held.add(String(partition))
    }
    const leave = async (partitions: readonly TopicPartition[]): Promise<void> => {
      for (const { partition } of partitions) this.held.delete(String(partition))
    }
    const listener = { assigned: take, revoked: leave, lost: leave }
    this.consumer = driver.consumer({ groupId, topics: [topic], broadcast: [], listener })
  }

  async look(): Promise<void> {
    for (const record of await this.consumer.poll(100, POLL_MS)) this.got.push(describe(record))
  }

  get holding(): string {
    return [...this.held].sort().join(' ')
  }
}

const describe = ({ partition, offset, value }: LogRecord): string =>
  `${partition}@${offset}=${value === undefined ? 'none' : Buffer.from(value).toString()}`

/**
 * One script of operations against any log that promises exactly once, and what was seen: offsets with markers, aborted
 * nothing, fencing by id and by group, hand-over. The simulated broker has to show what the real one shows.
 */
export async function sameOperations(driver: LogDriver, unique: string): Promise<readonly string[]> {
  const seen: string[] = []
  const [topic, groupId] = [`same.${unique}`, `same.${unique}.group`]
  const admin = await driver.admin()
  await admin.ensureTopics([{ topic, partitions: 2, cleanup: 'delete', retentionMs: -1 }])
  const note = async (what: string, doing: Promise<unknown>): Promise<void> => {
    const told = await doing.then(String, (error: unknown) => String((error as { code?: unknown }).code ?? error))
    seen.push(`${what}: ${told}`)
  }
  const ends = async (): Promise<void> => {
    await note('ends', admin.endOffsets(topic))
    await note('written ends', admin.writtenEnds?.(topic) ?? Promise.reject(new Error('no written ends')))
  }
  const record = (partition: number, text: string): ProducerRecord => ({
    topic,
    partition,
    timestampMs: 1_700_000_000_000,
    key: undefined,
    value: Buffer.from(text),
    headers: {},
  })
  const open = (id: string, guarantee: 'exactly_once' | 'at_least_once' = 'exactly_once'): Promise<LogProducer> =>
    driver.producer({ guarantee, transactionalId: `same.${unique}.${id}` })
  const outputs = (...records: readonly ProducerRecord[]): CommitBatch => ({
    outputs: records,
    consumer: undefined,
    groupId,
    offsets: new Map(),
  })
  const position = (consumer: LogConsumer, partition: number, offset: bigint): CommitBatch => {
    const at = { topic, partition }
    const offsets = new Map([[partitionKey(at), { at, committed: { offset, metadata: `up to ${offset}` } }]])
    return { outputs: [], consumer, groupId, offsets }
  }
  const committed = async (): Promise<void> => {
    const known = await admin.committedOffsets(groupId, [topic])
    seen.push(`committed: ${[...known].map(([key, c]) => `${key.at(-1)} ${c.offset} ${c.metadata}`).sort()}`)
  }

  await note('an unknown topic', admin.endOffsets(`${topic}.nowhere`))
  await ends()
  const first = await open('a')
  await note('first commit', first.commit(outputs(record(0, 'a'), record(0, 'b'), record(1, 'c'))))
  await ends()

  const one = new Observer(driver, groupId, topic)
  await one.consumer.start()
  await until(() => one.got.length === 3, one)
  seen.push(`one holds ${one.holding}, got ${[...one.got].sort()}`)
  await note('a position', first.commit(position(one.consumer, 0, 2n)))
  await committed()

  const second = await open('a')
  await note('a replaced producer', first.commit(outputs(record(0, 'never'))))
  await note('the same, again', first.commit(outputs(record(0, 'never'))))
  await note('the one that replaced it', second.commit(outputs(record(1, 'd'))))
  await note('at least once', (await open('b', 'at_least_once')).commit(outputs(record(0, 'e'))))
  await ends()

  const two = new Observer(driver, groupId, topic)
  await two.consumer.start()
  await until(() => one.held.size === 1 && two.held.size === 1, one, two)
  seen.push(`both hold ${one.held.size} and ${two.held.size}`)
  await one.consumer.close()
  await note('a position of one that left', second.commit(position(one.consumer, 0, 3n)))
  await committed()
  await until(() => two.held.size === 2 && two.got.some((text) => text.endsWith('=e')), two)
  seen.push(`two holds ${two.holding}`)
  await note('a position of one that stayed', second.commit(position(two.consumer, 1, 4n)))
  await committed()
  await two.consumer.close()

  const reader = await driver.reader(
    [0, 1].map((partition) => ({ at: { topic, partition }, offset: 'earliest' as const })),
  )
  const read: string[] = []
  for (let i = 0; i < LOOKS_MAX && read.length < 5; i++) read.push(...(await reader.poll(100, POLL_MS)).map(describe))
  seen.push(`read: ${read.sort()}`)
  await reader.close()
  for (const producer of [first, second]) await producer.close()
  await admin.close()
  return seen
}

async function until(isSo: () => boolean, ...observers: readonly Observer[]): Promise<void> {
  for (let i = 0; i < LOOKS_MAX && !isSo(); i++) await Promise.all(observers.map((observer) => observer.look()))
}
