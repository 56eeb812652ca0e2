import { PARKED_STORE } from '../../graph.ts'
import type { SimBroker } from '../broker/sim-broker.ts'
import type { SimDisk } from '../world/sim-disk.ts'
import { visible } from './visible.ts'

/** A changelog partition's committed records, folded into what the store holds; up to an offset. */
export function foldOf(
  broker: SimBroker,
  topic: string,
  partition: number,
  before = Number.POSITIVE_INFINITY,
): ReadonlyMap<string, string> {
  const fold = new Map<string, string>()
  for (const record of visible(broker, topic)) {
    if (record.partition !== partition || record.offset >= before) continue
    if (record.text === undefined) fold.delete(record.key)
    else fold.set(record.key, `${record.timestampMs} ${record.text}`)
  }
  return fold
}

const STORES = [
  { node: 'feed', store: 'position' },
  { node: 'map', store: 'answers' },
  { node: 'map', store: PARKED_STORE },
  { node: 'count', store: 'counts' },
  { node: 'enrich', store: 'seen' },
]

/** A disk holds nothing but what the changelogs hold up to the positions noted beside. */
export function violationsOnDisk(broker: SimBroker, disk: SimDisk, whose: string): string[] {
  return STORES.flatMap(({ node, store }) => {
    const topic = `g.${node}.${store}.changelog`
    const partitions = broker.topics.get(topic) ?? []
    return partitions.flatMap(({ at, end }) => {
      const position = disk.stores.get(`${node}/$changelog/${at.partition}`)?.get(store)
      const copy = disk.stores.get(`${node}/${store}/${at.partition}`)?.range(undefined, undefined) ?? []
      const next = Number(position ?? 0)
      if (next > end) return [`${whose}: ${node}_${at.partition} is at ${next} of a changelog that ends at ${end}`]
      // Before the first record a store's time is -1; a changelog's timestamps have no such value.
      const found = JSON.stringify([...copy].map(([key, text]) => [key, text.replace(/^-1 /, '0 ')]))
      const wanted = JSON.stringify([...foldOf(broker, topic, at.partition, next)].sort(([a], [b]) => (a < b ? -1 : 1)))
      return found === wanted ? [] : [`${whose}: ${node}_${at.partition} up to ${next} is ${found}, not ${wanted}`]
    })
  })
}
