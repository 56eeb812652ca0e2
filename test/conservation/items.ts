import { loadAvroSchemas, openAvroSerde, openLocalRegistry, type SchemaRegistry } from '../../schemas/index.ts'
import { type LogDriver, partitionOf, type Serde } from '../../streams/index.ts'
import { PARTITIONS } from './bridge-graph.ts'

/** An item of the list, as an older service writes it. */
export const itemOf = (id: string): string =>
  JSON.stringify({
    job_id: id,
    source_id: `s${id.length}${id.at(-1)}`,
    source_type: 'rss',
    scheduled_at: '2025-01-01T00:00:00.000Z',
    credibility: 0.5,
  })

export const idOf = (item: string): string => (JSON.parse(item) as { job_id: string }).job_id

export async function jobSerde(
  subject = 'jobs-value',
  registry: SchemaRegistry = openLocalRegistry(undefined),
): Promise<Serde<unknown>> {
  const record = loadAvroSchemas().get('IngestionJob')
  if (record === undefined) throw new Error('no schema IngestionJob')
  return await openAvroSerde(subject, record, registry)
}

/** Writes records of these ids to the topic; each is there when it resolves. */
export async function writeRecords(
  driver: LogDriver,
  topic: string,
  serde: Serde<unknown>,
  ids: readonly string[],
): Promise<void> {
  const producer = await driver.producer({ guarantee: 'at_least_once', transactionalId: `${topic}.writer` })
  const outputs = ids.map((id) => {
    const key = Buffer.from(id)
    const value = { ...(JSON.parse(itemOf(id)) as object), scheduled_at: 1_735_689_600_000 }
    const partition = partitionOf(key, PARTITIONS)
    // Of now: a topic that keeps records for a while takes old ones away at once.
    return { topic, partition, timestampMs: Date.now(), key, value: serde.serialize(value), headers: {} }
  })
  await producer.commit({ outputs, consumer: undefined, groupId: '', offsets: new Map() })
  await producer.close()
}

/** Ids of all committed records of the topic, partition by partition in their order. */
export async function readIds(driver: LogDriver, topic: string, serde: Serde<unknown>): Promise<string[]> {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }))
  const reader = await driver.reader(partitions.map((at) => ({ at, offset: 'earliest' as const })))
  const admin = await driver.admin()
  const ends = await admin.endOffsets(topic)
  await admin.close()
  const ids: string[] = []
  const isAtEnd = (): boolean => partitions.every((at, i) => (reader.position?.(at) ?? 0n) >= (ends[i] ?? 0n))
  while (!isAtEnd()) {
    for (const { value } of await reader.poll(5_000, 250))
      if (value !== undefined) ids.push((serde.deserialize(value) as { job_id: string }).job_id)
  }
  await reader.close()
  return ids
}

/** What is not as it must be: each wanted id once and no other. */
export function differences(what: string, wanted: readonly string[], got: readonly string[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const id of got) counts.set(id, (counts.get(id) ?? 0) + 1)
  const lost = wanted.filter((id) => !counts.has(id))
  const doubled = [...counts].flatMap(([id, count]) => (count > 1 ? [id] : []))
  const known = new Set(wanted)
  const foreign = [...counts.keys()].filter((id) => !known.has(id))
  return Object.entries({ lost, doubled, foreign }).flatMap(([kind, ids]) =>
    ids.length === 0 ? [] : [`${what}: ${ids.length} ${kind}, ${ids.slice(0, 5).join(' ')}`],
  )
}
