import { ancestry, type TableMetadata } from './table-metadata.ts'

/** Offset to be read next, by partition. */
export type Offsets = ReadonlyMap<number, bigint>

const offsetsKey = (topic: string): string => `stonks.offsets.${topic}`
const eventTimeKey = (topic: string): string => `stonks.event-time.${topic}`

/**
 * How far a table holds a topic. The newest snapshot of ours still known tells: data and offsets came in one swap, so a
 * table that was rolled back is read again from there. Compaction and expiry leave snapshots of others only; the table's
 * properties, which every swap of ours sets too, tell then. Empty where nothing was ever written.
 */
export function offsetsOf(metadata: TableMetadata, topic: string): Offsets {
  return parse(told(metadata, offsetsKey(topic)))
}

/** Time of the newest record of each partition, epoch milliseconds. */
export function eventTimesOf(metadata: TableMetadata, topic: string): Offsets {
  return parse(told(metadata, eventTimeKey(topic)))
}

function told(metadata: TableMetadata, key: string): string | undefined {
  let oldest: number | bigint | undefined
  for (const snapshot of ancestry(metadata)) {
    const here = snapshot.summary[key]
    if (here !== undefined) return here
    oldest = snapshot['parent-snapshot-id']
  }
  // The chain goes on to a snapshot that was expired: what it said is in the properties. One that begins without us,
  // or with nothing, has none of our records, whatever the properties say.
  const hasExpired = oldest !== undefined
  return hasExpired ? metadata.properties?.[key] : undefined
}

const parse = (text: string | undefined): Offsets =>
  new Map(
    Object.entries(JSON.parse(text ?? '{}') as Record<string, string>).map(([partition, offset]) => [
      Number(partition),
      BigInt(offset),
    ]),
  )

/** What a commit says: the next offsets and times of all partitions, those that it does not touch included. */
export function offsetProperties(
  topic: string,
  offsets: Offsets,
  eventTimes: Offsets,
): Readonly<Record<string, string>> {
  return { [offsetsKey(topic)]: text(offsets), [eventTimeKey(topic)]: text(eventTimes) }
}

const text = (offsets: Offsets): string =>
  JSON.stringify(Object.fromEntries([...offsets].sort(([a], [b]) => a - b).map(([p, offset]) => [p, String(offset)])))
