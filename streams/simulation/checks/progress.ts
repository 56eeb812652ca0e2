import type { SimBroker } from '../broker/sim-broker.ts'
import { visible } from './visible.ts'

const READERS = [
  { group: 'g.map', topics: ['g.in'] },
  { group: 'g.count', topics: ['g.mid'] },
  { group: 'g.enrich', topics: ['g.out', 'g.ticks'] },
  { group: 'g.deliver', topics: ['g.final'] },
]

/** What is not read and committed by those who have to; nothing when all is done. */
export function unfinished(broker: SimBroker, inputs: number): readonly string[] {
  const fed = visible(broker, 'g.in').length
  if (fed < inputs) return [`feed stands at ${fed} of ${inputs}`]
  return READERS.flatMap(({ group, topics }) =>
    topics.flatMap((topic) =>
      broker.partitionsOf(topic).flatMap((partition) => {
        const key = `${topic}-${partition.at.partition}`
        const committed = Number(broker.group(group).offsets.get(key)?.committed.offset ?? 0n)
        const left = partition.read(committed, 1_000).records.length
        if (left > 0) return [`${group} stands at ${committed} of ${key}, ${left} records behind`]
        return partition.hasOpen ? [`a transaction stays open in ${key}`] : []
      }),
    ),
  )
}
