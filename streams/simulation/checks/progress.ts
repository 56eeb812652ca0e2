import { PARKED_STORE } from '../../graph.ts'
import { decodeTaskMetadata } from '../../task/task-metadata.ts'
import type { SimBroker } from '../broker/sim-broker.ts'
import { foldOf } from './stores.ts'
import { visible } from './visible.ts'

const READERS = [
  { group: 'g.map', topic: 'g.in', broadcast: undefined },
  { group: 'g.count', topic: 'g.mid', broadcast: undefined },
  { group: 'g.enrich', topic: 'g.out', broadcast: 'g.ticks' },
  { group: 'g.deliver', topic: 'g.final', broadcast: undefined },
]

/** What is not read and committed by those who have to; nothing when all is done. */
export function unfinished(broker: SimBroker, inputs: number): readonly string[] {
  const fed = new Set(visible(broker, 'g.in').map(({ text }) => text)).size
  if (fed < inputs) return [`feed stands at ${fed} of ${inputs}`]
  const open = openTransactions(broker)
  if (open.length > 0) return open
  const parked = parkedKeys(broker)
  if (parked.length > 0) return [`map has parked ${parked.join(' ')}`]
  return READERS.flatMap(({ group, topic, broadcast }) =>
    broker.partitionsOf(topic).flatMap(({ at }) => {
      const committed = broker.group(group).offsets.get(`${topic}-${at.partition}`)?.committed
      const behind = unread(broker, group, topic, at.partition, committed?.offset)
      // Beside its offset lies what timers a task waits for, and how far it is in a broadcast topic.
      const { broadcast: positions, punctuators, streamTimeMs } = decodeTaskMetadata(committed?.metadata ?? '')
      if (punctuators.some((dueMs) => dueMs !== null && dueMs <= streamTimeMs)) {
        return [...behind, `a timer of ${group} task ${at.partition} is due and has not fired`]
      }
      if (broadcast === undefined) return behind
      const shared = broker.partitionsOf(broadcast).flatMap(({ at: { partition } }) => {
        const position = positions.get(`${broadcast}-${partition}`)
        return unread(broker, `${group} task ${at.partition}`, broadcast, partition, position)
      })
      return [...behind, ...shared]
    }),
  )
}

/** Where a transaction is not ended. */
export function openTransactions(broker: SimBroker): readonly string[] {
  return [...broker.topics.values()].flat().flatMap(({ hasOpen, at }) => {
    return hasOpen ? [`a transaction stays open in ${at.topic}-${at.partition}`] : []
  })
}

function unread(
  broker: SimBroker,
  who: string,
  topic: string,
  partition: number,
  offset: bigint | undefined,
): readonly string[] {
  const left = broker.partition({ topic, partition }).read(Number(offset ?? 0n), 1_000).records.length
  return left > 0 ? [`${who} stands at ${offset ?? 0} of ${topic}-${partition}, ${left} records behind`] : []
}

/** Keys that wait for their first record to be handled. */
function parkedKeys(broker: SimBroker): readonly string[] {
  const topic = `g.map.${PARKED_STORE}.changelog`
  const partitions = broker.topics.get(topic) ?? []
  return partitions.flatMap(({ at }) =>
    [...foldOf(broker, topic, at.partition).keys()].filter((key) => key.startsWith('k/')),
  )
}
